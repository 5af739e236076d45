"""The state of a run between two steps: all of it is saved, so that a resumed run is the same run."""

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnndsl.train.checkpoint import Checkpoint
from rnndsl.train.errors import CheckpointError
from rnndsl.train.optimisers import Optimiser
from rnndsl.train.packing import pack, unpack
from rnndsl.train.protocols import Array, Arrays


@dataclass
class RunState:
    """Parameters, optimiser, carried state and counters.

    Randomness has no state of its own: order of data and dropout masks are drawn from the run's seed and the step.
    """

    params: Arrays
    optimiser: Optimiser
    step: int = 0
    seconds: float = 0.0
    carry: Any = None
    best: float | None = None
    recent: list[float] = field(default_factory=list)

    def checkpoint(self, about: Mapping[str, Any]) -> Checkpoint:
        """Return the state as a checkpoint; `about` describes the model, the data and the settings."""
        arrays = {f"params/{name}": array for name, array in self.params.items()}
        arrays |= {f"optimiser/{name}": array for name, array in self.optimiser.state().items()}
        state: dict[str, object] = {
            "seconds": self.seconds,
            "best": self.best,
            "recent": self.recent,
            "environment": environment(),
        }
        state["carry"] = pack(self.carry, arrays, "carry/")
        return Checkpoint({**about, "step": self.step, "state": state}, arrays)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint; arrays are copied into the parameters that are there, whose layout so stays.

        Raises:
            CheckpointError: RNN702, it lacks something that every run has.
        """
        try:
            for name, array in self.params.items():
                array[...] = checkpoint.arrays[f"params/{name}"]
            self.optimiser.restore(checkpoint.part("optimiser/"))
            state = checkpoint.about["state"]
            self.step = checkpoint.about["step"]
            self.seconds, self.best, self.recent = state["seconds"], state["best"], list(state["recent"])
            self.carry = unpack(state["carry"], checkpoint.arrays)
        except KeyError as missing:
            raise CheckpointError.of("RNN702", f"the checkpoint lacks {missing}") from None

    def train_value(self) -> float:
        """Return the mean of the batches since the last measurement."""
        return math.fsum(self.recent) / len(self.recent) if self.recent else math.nan


def environment() -> dict[str, str]:
    """Return what the last bits of a result depend on, beside the data: machine and NumPy."""
    return {"machine": platform.machine(), "numpy": np.__version__, "python": platform.python_version()}


def fresh_noise(seed: int, step: int) -> int:
    """Return the seed of a step's dropout masks."""
    return int(np.random.SeedSequence([seed, step]).generate_state(1)[0])


def learned(grads: Mapping[str, Array], frozen: frozenset[str]) -> dict[str, Array]:
    """Return the gradients of those parameters that are learned."""
    return {name: grad for name, grad in grads.items() if name not in frozen}
