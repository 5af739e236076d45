"""What is written of one level of loops, before the lines are put together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnndsl.ops import DType
from rnndsl.schedule.plan import Layout

Feed = tuple[str, Layout | None, str]  # kind, of which layout, and what it depends on besides

DTYPES: Mapping[DType, str] = {DType.REAL: "", DType.INT: ", np.intp", DType.BOOL: ", bool"}


@dataclass
class Block:
    """Lines of one loop level, with what has been bound there: `preamble` comes before the loop, `after` behind it.

    `rebind` runs where the number of rows changes, `closing` at the end of every step; `feeds` run with the loop.
    """

    lines: list[str] = field(default_factory=list)
    bound: dict[object, str] = field(default_factory=dict)
    preamble: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    rebind: list[str] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)
    feeds: dict[Feed, str] = field(default_factory=dict)
    rooms: int = 0  # of one step that other loops have, too

    def room(self) -> str:
        """Return the name of room for the rows of a step, which no other loop is in at the same time."""
        self.rooms += 1
        return f"rows_{self.rooms}_step"

    def under(self, condition: str, start: int) -> None:
        """Put the lines from number `start` on under a condition."""
        self.lines[start:] = [f"if {condition}:", *(f"    {line}" for line in self.lines[start:])]
