"""How a run is to be done: all that shapes its steps, and where it ends."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rnndsl.train.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class Settings:
    """What shapes every step of a run; a resumed run has the same ones."""

    seed: int = 0
    batch: int = 32
    chunk: int = 64
    optimiser: str = "adam"
    momentum: float = 0.9
    rate: float = 3e-3
    schedule: str = "cosine"
    warm_up: int = 50
    clip: float = 5.0
    held_out: float = 0.1
    bucket: bool = False
    scheduled_sampling: str | None = None
    checkpoint: str | None = None

    def require_same(self, earlier: Mapping[str, Any]) -> None:
        """Refuse to go on with other settings than the run began with.

        Raises:
            CheckpointError: RNN709, with every difference.
        """
        now = asdict(self)
        differences = [f"{k} was {earlier[k]}, now {now[k]}" for k in now if k in earlier and earlier[k] != now[k]]
        if differences:
            way_out = "leave these options out, or start a new run in another --out"
            raise CheckpointError.of("RNN709", f"a resumed run cannot change: {'; '.join(differences)}", help=way_out)

    @property
    def segments(self) -> str | int | None:
        """How many points a segment between two kept states has, "sqrt" for the root of all."""
        return int(self.checkpoint) if self.checkpoint and self.checkpoint.isdecimal() else self.checkpoint


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a run ends: after so many steps, epochs or minutes, whichever comes first; one at least is given."""

    steps: int | None = None
    epochs: float | None = None
    minutes: float | None = None

    def done(self, step: int, count: int, seconds: float) -> float:
        """Return which share of the run is done, 1 or more at its end; `count` is the batches of an epoch."""
        shares = [0.0]
        if self.steps is not None:
            shares.append(step / self.steps if self.steps else 1.0)
        if self.epochs is not None:
            shares.append(step / (self.epochs * count))
        if self.minutes is not None:
            shares.append(seconds / (self.minutes * 60))
        return max(shares)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a run is judged by: the bits of a target per point, or the loss (`target` None)."""

    label: str = "loss"
    target: str | None = None
