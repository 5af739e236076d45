"""The schedule: in which order nodes are evaluated, which of them in loops, and where their values live."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Domain, Index, Kind

#: How far every index of a walk goes on from step to step: `((i, 1), (j, 1))` are the anti-diagonals of a grid.
Walk = tuple[tuple[Index, int], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The order of the points of ragged indices: by step of a walk, all examples side by side.

    `sliced` walks along one sequence; points of the other indices are lanes, and an earlier step is a slice.
    """

    indices: Domain
    walk: Walk
    sliced: bool

    @property
    def chain(self) -> Index | None:
        """The sequence, if its points alone are laid out."""
        return self.indices[0] if len(self.indices) == 1 and self.indices[0].kind is Kind.SEQUENCE else None


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Compute one node: at all its points at once, or inside a loop at the points of the current step."""

    node: int


@dataclass(frozen=True, slots=True)
class Loop:
    """Walk one index, or several at once, forward or backward; `number` is unique in the schedule."""

    number: int
    walk: Walk
    forward: bool
    body: "tuple[Step, ...]"
    sliced: bool = True

    @property
    def index(self) -> Index:
        """The index, of a loop over one."""
        return self.walk[0][0]

    @property
    def ragged(self) -> bool:
        """Whether the number of steps comes with the data."""
        return self.index.ragged

    @property
    def indices(self) -> Domain:
        """The indices that are walked."""
        return tuple(index for index, _ in self.walk)

    def layout(self, indices: Domain) -> Layout:
        """Return how the points of ragged indices are laid out for this loop."""
        return Layout(indices, self.walk, self.sliced)


Step = Evaluate | Loop


def members(loop: Loop) -> tuple[int, ...]:
    """Return all nodes inside a loop, loops inside included."""
    found: list[int] = []
    for step in loop.body:
        found += members(step) if isinstance(step, Loop) else [step.node]
    return tuple(found)


class Place(StrEnum):
    """Where a value lives."""

    INLINE = "inline"  # a number in the code
    SOURCE = "source"  # a parameter, bound once
    VIEW = "view"  # part of its operand's buffer, never copied
    WHOLE = "whole"  # one buffer with all points, computed at once
    TAPE = "tape"  # one buffer with all points, filled step by step
    STEP = "step"  # a buffer for the points of one step
    SUM = "sum"  # one buffer that grows from step to step, whole after the loop


@dataclass(frozen=True, slots=True)
class Storage:
    """The place of a value.

    With a `halo` there are rows before the points that stand for what is read outside of them; `ring` values of later
    steps are kept. `into` names the only user of a value that is computed straight into that user's buffer (or its part
    of it), `takes` a value that is dead by then and leaves its buffer.
    """

    place: Place
    halo: bool = False
    ring: int = 0
    into: int | None = None
    takes: int | None = None
    in_ring: bool = False  # computed into the ring itself: nobody needs the older value any more


@dataclass(frozen=True)
class Schedule:
    """What code generation needs, all of it decided: it only has to be printed.

    `home` gives the loops around a node, outermost first. `halos` gives for every sequence the largest delay, `layouts`
    how the rows of a node's array stand; None where they are the examples, or where it has none. `inner` are nodes in
    walks by height that the leaves of trees need not compute.
    """

    graph: RecurrenceGraph
    steps: tuple[Step, ...]
    home: Mapping[int, tuple[Loop, ...]]
    storage: Mapping[int, Storage]
    halos: Mapping[Index, int]
    layouts: Mapping[int, Layout | None]
    inner: frozenset[int] = frozenset()


class ScheduleError(Exception):
    """A schedule that cannot be right: a bug of the compiler; names the node."""

    def __init__(self, message: str, node: int) -> None:
        """Keep what is wrong and where."""
        super().__init__(f"node {node}: {message}")
        self.node = node
