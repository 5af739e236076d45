"""Music as a file that any player opens: a Standard MIDI File of format 0, one track with everything in it.

Source: MIDI Manufacturers Association, "Standard MIDI Files 1.0" (1996): a chunk is a name, its size and its content; a
track is a sequence of events, each after the ticks since the one before, as a number of 7 bits a byte.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

TICKS: Final = 480  # of a quarter
VELOCITY: Final = 80
TEMPO, END, PROGRAM, NOTE_ON, NOTE_OFF = b"\xff\x51\x03", b"\xff\x2f\x00", 0xC0, 0x90, 0x80
MICROSECONDS: Final = 60_000_000  # of a minute


def write_midi(path: Path, chords: Sequence[Iterable[int]], quarters_a_minute: int = 90, instrument: int = 19) -> None:
    """Write chords of MIDI notes, a quarter each; a note that goes on is held. Instrument 19 is a church organ."""
    events = b"\x00" + TEMPO + (MICROSECONDS // quarters_a_minute).to_bytes(3)
    events += bytes([0, PROGRAM, instrument])
    sounding: set[int] = set()
    waited = 0
    for chord in [*map(set, chords), set()]:
        changes = [(NOTE_OFF, note, 0) for note in sorted(sounding - chord)]
        changes += [(NOTE_ON, note, VELOCITY) for note in sorted(chord - sounding)]
        for change in changes:
            events += _number(waited) + bytes(change)
            waited = 0
        sounding, waited = chord, waited + TICKS
    events += b"\x00" + END
    header = b"".join(number.to_bytes(2) for number in (0, 1, TICKS))  # format, tracks, time
    path.write_bytes(_chunk(b"MThd", header) + _chunk(b"MTrk", events))


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4) + content


def _number(value: int) -> bytes:
    """Write a number in groups of 7 bits, the highest first; every byte but the last has its highest bit set."""
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(0x80 | value & 0x7F)
    return bytes(reversed(groups))
