"""What a run tells while it goes on; how it is shown is the caller's business."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rnndsl.train.metrics import Measurement


@dataclass(frozen=True, slots=True)
class Moment:
    """A run after a step: `done` is the share of it (0 to 1), `value` the last batch in the run's measure."""

    step: int
    epoch: float
    seconds: float
    done: float
    value: float


class Reporter(Protocol):
    """Is told what happens."""

    def stepped(self, moment: Moment) -> None:
        """Be told about a step."""
        ...

    def measured(self, measurement: Measurement, *, best: bool) -> None:
        """Be told about an evaluation; `best`: on the held-out part it is the best one so far."""
        ...

    def saved(self, path: Path) -> None:
        """Be told about a checkpoint."""
        ...

    def note(self, text: str) -> None:
        """Be told something that the user should know."""
        ...


class Silent:
    """A reporter that says nothing."""

    def stepped(self, moment: Moment) -> None:
        """Say nothing."""

    def measured(self, measurement: Measurement, *, best: bool) -> None:
        """Say nothing."""

    def saved(self, path: Path) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""
