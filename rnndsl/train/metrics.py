"""The log of a run: one JSON object per line, each whole or not there."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of the log; `train` is the mean since the line before, `held_out` None where it was not measured.

    Both are in the run's measure (bits per character, say); `norm` is the last gradient's before clipping.
    """

    step: int
    epoch: float
    seconds: float
    train: float
    held_out: float | None
    rate: float
    norm: float


def append(path: Path, measurement: Measurement) -> None:
    """Add a line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(measurement)) + "\n")


def read(path: Path) -> list[Measurement]:
    """Return all whole lines; a last one that a crash tore apart is left out."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(Measurement(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found


def forget_after(path: Path, step: int) -> None:
    """Remove what was logged after `step`: a resumed run will log it again."""
    kept = [json.dumps(asdict(m)) + "\n" for m in read(path) if m.step <= step]
    if path.exists():
        path.write_text("".join(kept), encoding="utf-8")
