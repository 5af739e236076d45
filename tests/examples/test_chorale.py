"""A chorale is composed, and written as a file that players open."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.examples.conftest import ROOT, Shortly

Event = tuple[int, int, int]


def events_of(path: Path) -> tuple[int, list[Event]]:
    """Read a MIDI file, strictly: the ticks of a quarter, and (time, note, whether it begins)."""
    content = path.read_bytes()
    assert content[:8] == b"MThd\x00\x00\x00\x06"
    assert content[8:12] == b"\x00\x00\x00\x01", "format 0, one track"
    quarter = int.from_bytes(content[12:14], "big")
    assert content[14:18] == b"MTrk"
    track = content[22:]
    assert int.from_bytes(content[18:22], "big") == len(track)
    time, place = 0, 0
    found: list[Event] = []
    while True:
        wait = 0
        while track[place] & 0x80:
            wait, place = (wait | track[place] & 0x7F) << 7, place + 1
        time, status, place = time + (wait | track[place]), track[place + 1], place + 2
        if status == 0xFF:
            kind, size = track[place], track[place + 1]
            place += 2 + size
            if kind == 0x2F:
                assert place == len(track), "nothing stands behind the end"
                return quarter, found
        else:
            if status & 0xF0 in {0x80, 0x90}:
                found.append((time, track[place], int(status & 0xF0 == 0x90)))
            place += 1 if status & 0xF0 == 0xC0 else 2


def chords_of(path: Path) -> list[set[int]]:
    """Return what sounds in every quarter."""
    quarter, events = events_of(path)
    sounding: set[int] = set()
    chords = []
    for tick in range(0, max(time for time, _, _ in events), quarter):
        for time, note, begins in events:
            if time == tick:
                assert (note in sounding) != bool(begins), "a note ends that sounds, or begins that does not"
                sounding ^= {note}
        chords.append(set(sounding))
    return chords


@pytest.fixture
def write_midi(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, Sequence[Any]], None]:
    monkeypatch.setattr(sys, "path", [str(ROOT / "examples"), *sys.path])
    writer: Callable[[Path, Sequence[Any]], None] = import_module("midi").write_midi
    return writer


def test_chords_are_read_back(tmp_path: Path, write_midi: Callable[[Path, Sequence[Any]], None]) -> None:
    chords = [{60, 64, 67}, {60, 64, 67}, {60, 65, 69}, set(), {127}, set(), {0}]
    write_midi(tmp_path / "a.mid", chords)
    assert chords_of(tmp_path / "a.mid") == chords
    write_midi(tmp_path / "a.mid", [{60}] * 1000)
    assert [event[0] for event in events_of(tmp_path / "a.mid")[1]] == [0, 480_000]


def test_a_chorale_is_composed(tmp_path: Path, shortly: Shortly) -> None:
    nats, losses = shortly("chorale", "chorale.mid")
    assert nats < 14.0
    assert losses[-1] < 0.3 * losses[0]
    chords = chords_of(tmp_path / "chorale.mid")
    assert 32 <= len(chords) <= 64
    assert chords[0] == {72, 76, 79, 84}, "it begins as the piece that is its prompt"
    assert max(map(len, chords[8:])) > 0
