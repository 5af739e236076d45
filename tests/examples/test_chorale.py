"""A chorale is composed, and written as a file that players open."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.examples.conftest import ROOT, Shortly

Event = tuple[int, int, int]


class Bytes:
    """A track, read from left to right."""

    def __init__(self, content: bytes) -> None:
        self.content, self.place = content, 0

    def take(self, count: int) -> bytes:
        self.place += count
        assert self.place <= len(self.content), "cut off"
        return self.content[self.place - count : self.place]

    def number(self) -> int:
        """Read a number of 7 bits a byte, of at most four bytes (Standard MIDI Files 1.0)."""
        found = 0
        for _ in range(4):
            (byte,) = self.take(1)
            found = found << 7 | byte & 0x7F
            if byte < 0x80:
                return found
        raise AssertionError("a number of more than four bytes")


#: How many bytes of data follow a status on channel 0: notes off and on, a program.
DATA = {0x80: 2, 0x90: 2, 0xC0: 1}


def events_of(path: Path) -> tuple[int, list[Event]]:
    """Read a MIDI file, strictly: the ticks of a quarter, and (time, note, whether it begins)."""
    content = path.read_bytes()
    assert content[:8] == b"MThd\x00\x00\x00\x06"
    assert content[8:12] == b"\x00\x00\x00\x01", "format 0, one track"
    quarter = int.from_bytes(content[12:14], "big")
    assert 0 < quarter < 0x8000, "ticks of a quarter, not of a frame"
    assert content[14:18] == b"MTrk"
    assert int.from_bytes(content[18:22], "big") == len(content[22:])
    track, time = Bytes(content[22:]), 0
    found: list[Event] = []
    while True:
        time += track.number()
        (status,) = track.take(1)
        if status == 0xFF:
            (kind,), text = track.take(1), track.take(track.number())
            if kind == 0x2F:
                assert text == b""
                assert track.place == len(track.content), "nothing stands behind the end"
                return quarter, found
            assert (kind, time, int.from_bytes(text, "big")) == (0x51, 0, 666_666), "90 quarters a minute"
        else:
            data = track.take(DATA[status])
            assert max(data) < 0x80, "a byte of data has seven bits"
            if status != 0xC0:
                assert (data[1] > 0) == (status == 0x90), "a note that begins is heard"
                found.append((time, data[0], int(status == 0x90)))


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
