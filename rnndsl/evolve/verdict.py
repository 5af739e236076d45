"""What is said of an individual, and what it may cost to say it."""

import math
from dataclasses import dataclass
from typing import Protocol


class OverBudgetError(Exception):
    """An individual needs more than it may; the exception's text says of what."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one trial may use: seconds of training, MiB of memory beside the interpreter's own, parameters.

    A trial that has not ended after twice its seconds and `grace` more is killed: compiling and scoring take time, too.
    """

    seconds: float = 20.0
    memory: int = 2048
    parameters: int = 10_000_000
    grace: float = 30.0

    @property
    def deadline(self) -> float:
        """After how many seconds a trial is killed."""
        return 2 * self.seconds + self.grace


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fitness of an individual, higher is better: -inf when there is none to be had, NaN when it diverged.

    `reason` says why it is not finite; `measure` what it is minus of, such as bits per character.
    """

    fitness: float
    reason: str = ""
    parameters: int | None = None
    seconds: float = 0.0
    measure: str = ""

    @property
    def finite(self) -> bool:
        """Whether the individual takes part in what follows."""
        return math.isfinite(self.fitness)


class Task(Protocol):
    """Something that an individual can do well or badly."""

    def judge(self, text: str, budget: Budget) -> Verdict:
        """Try a spec; may raise whatever compiling and training raise, and OverBudgetError."""
        ...
