"""Choices of the schedule that change how long a call takes and how much memory, and its results by rounding alone.

The defaults are what is best most often. What is best for a model of some sizes on some machine can be measured
(`--tune`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Choices:
    """What a program does, or leaves.

    Attributes:
        hoisted: Sums that a loop does not change are taken out of it.
        sunk: Elementwise work that only one loop needs is done in it, step by step.
        grown: Sums over the steps of a loop grow in it, where their terms are large; only if work is sunk.
        repeated: Large values that are made of small ones are made again in the adjoint's loop, instead of being kept.
        shared: Values take over the buffers of dead ones.
    """

    hoisted: bool = True
    sunk: bool = True
    grown: bool = True
    repeated: bool = True
    shared: bool = True

    def others(self) -> Iterable["Choices"]:
        """Yield what differs in one choice."""
        for field in fields(self):
            yield replace(self, **{field.name: not getattr(self, field.name)})

    def __str__(self) -> str:
        """Name what differs from the defaults, "as usual" where nothing does."""
        usual = Choices()
        found = [f.name for f in fields(self) if getattr(self, f.name) != getattr(usual, f.name)]
        return ", ".join(f"not {name}" for name in found) or "as usual"


USUAL = Choices()
