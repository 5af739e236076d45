"""The schedule: in which order nodes are evaluated, which of them in loops, and where their values live."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Domain, Index, Kind
from rnndsl.ops import Op

#: How far every index of a walk goes on from step to step: `((i, 1), (j, 1))` are the anti-diagonals of a grid.
Walk = tuple[tuple[Index, int], ...]


#: Where in the steps of a nested walk something is computed: `(1,)` behind the first walk inside, `(0, 0)` in that
#: walk, before those inside of its own steps. Places are ordered as they come; without walks inside there is only one.
Spot = tuple[int, ...]
FIRST: Final[Spot] = (0,)


@dataclass(frozen=True, slots=True)
class Inner:
    """A walk inside every step of another one, with the walks inside of its own steps, one after the other.

    It begins in the last step of what comes before it: operands are computed first there, too.
    """

    walk: Walk
    forward: bool = True
    inside: "tuple[Inner, ...]" = ()

    @property
    def mirrored(self) -> "Inner":
        """The same walk from its end to its beginning."""
        return Inner(self.walk, not self.forward, mirror(self.inside))


def mirror(inside: tuple[Inner, ...]) -> tuple[Inner, ...]:
    """Return walks one after the other as they are met from behind."""
    return tuple(inner.mirrored for inner in reversed(inside))


def mirror_spot(inside: tuple[Inner, ...], spot: Spot) -> Spot:
    """Return where something is among walks that are met from behind."""
    if len(spot) == 1:
        return (len(inside) - spot[0],)
    return (len(inside) - 1 - spot[0], *mirror_spot(inside[spot[0]].inside, spot[1:]))


def walks_around(walk: Walk, inside: tuple[Inner, ...], spot: Spot) -> tuple[Walk, ...]:
    """Return the walks that a spot is in, outermost first."""
    if len(spot) == 1:
        return (walk,)
    inner = inside[spot[0]]
    return (walk, *walks_around(inner.walk, inner.inside, spot[1:]))


@dataclass(frozen=True, slots=True)
class Layout:
    """The order of the points of ragged indices: by step of a walk, all examples side by side.

    `sliced` walks along one sequence; points of the other indices are lanes, and an earlier step is a slice. With walks
    `inside` its steps, the points stand by the steps in which a `spot` among them meets them.
    """

    indices: Domain
    walk: Walk
    sliced: bool
    inside: tuple[Inner, ...] = ()
    spot: Spot = FIRST

    @property
    def chain(self) -> Index | None:
        """The sequence, if its points alone are laid out, in their own order."""
        alone = len(self.indices) == 1 and self.indices[0].kind is Kind.SEQUENCE and not self.inside
        return self.indices[0] if alone else None

    @property
    def walked(self) -> Domain:
        """The indices whose points are met one after the other."""
        return tuple(index for walk in walks_around(self.walk, self.inside, self.spot) for index, _ in walk)

    @property
    def when(self) -> tuple[str, ...]:
        """A word for when the points are met, if that is before walks inside, between them or behind them."""
        spot, inside = self.spot, self.inside
        while len(spot) > 1:
            spot, inside = spot[1:], inside[spot[0]].inside
        if not inside:
            return ()
        return ("before" if spot[0] == 0 else "behind" if spot[0] == len(inside) else "between",)

    def of(self, indices: Domain) -> "Layout":
        """Return how the points of other indices are met by the same steps."""
        return replace(self, indices=indices)


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Compute one node: at all its points at once, or inside a loop at the points of the current step.

    `spot` is where among the walks inside the loop.
    """

    node: int
    spot: Spot = FIRST


@dataclass(frozen=True, slots=True)
class Loop:
    """Walk one index, or several at once, forward or backward; `number` is unique in the schedule.

    Walks along ragged indices `inside` every step of it are part of the one loop, whose steps are then those of the
    innermost walks: the nodes of its body are ordered by their spots.
    """

    number: int
    walk: Walk
    forward: bool
    body: "tuple[Step, ...]"
    sliced: bool = True
    inside: tuple[Inner, ...] = ()

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
        """The indices that are walked, not those of walks inside."""
        return tuple(index for index, _ in self.walk)

    @property
    def stepped(self) -> Domain:
        """All indices that are walked, those of walks inside included."""
        return tuple(dict.fromkeys(index for walk in _all_walks(self.walk, self.inside) for index, _ in walk))

    def layout(self, indices: Domain, spot: Spot = FIRST) -> Layout:
        """Return how the points of ragged indices are laid out for this loop, at a spot of it.

        Backward loops walk layouts from their end: then those of a loop and of its adjoint are often the same.
        """
        if self.forward or not self.inside:
            return Layout(indices, self.walk, self.sliced, self.inside, spot)
        return Layout(indices, self.walk, self.sliced, mirror(self.inside), mirror_spot(self.inside, spot))


def _all_walks(walk: Walk, inside: tuple[Inner, ...]) -> Iterator[Walk]:
    yield walk
    for inner in inside:
        yield from _all_walks(inner.walk, inner.inside)


Step = Evaluate | Loop


def spot_of(step: Step) -> Spot:
    """Return where a step is among the walks inside the loop around it; that of a loop is that of all its nodes."""
    return step.spot if isinstance(step, Evaluate) else spot_of(step.body[0])


def with_spot(step: Step, spot: Spot) -> Step:
    """Return a step, and all that is in it, with another spot."""
    if isinstance(step, Loop):
        return replace(step, body=tuple(with_spot(each, spot) for each in step.body))
    return replace(step, spot=spot)


def members(loop: Loop) -> tuple[int, ...]:
    """Return all nodes inside a loop, loops inside included."""
    found: list[int] = []
    for step in loop.body:
        found += members(step) if isinstance(step, Loop) else [step.node]
    return tuple(found)


def nodes_of(step: Step) -> tuple[int, ...]:
    """Return all nodes of a step."""
    return members(step) if isinstance(step, Loop) else (step.node,)


def spots_in(loop: Loop) -> dict[int, Spot]:
    """Return where among the walks inside a loop its nodes are."""
    return {node: spot_of(step) for step in loop.body for node in nodes_of(step)}


class Place(StrEnum):
    """Where a value lives."""

    INLINE = "inline"  # a number in the code
    SOURCE = "source"  # a parameter, bound once
    VIEW = "view"  # part of its operand's buffer, never copied
    WHOLE = "whole"  # one buffer with all points, computed at once
    TAPE = "tape"  # one buffer with all points, filled step by step
    RING = "ring"  # one buffer with room for the last steps, filled step by step: each overwrites the oldest one
    STEP = "step"  # a buffer for the points of one step
    SUM = "sum"  # one buffer that grows from step to step, whole after the loop


@dataclass(frozen=True, slots=True)
class Storage:
    """The place of a value.

    With a `halo` there are rows before the points that stand for what is read outside of them. A loop that walks
    backward keeps `ring` values of later steps beside the current one; a buffer that is a ring has room for so many
    `slots`: those that stand for the halo at first, and the current step's. `into` names the only user of a value that
    is computed straight into that user's buffer (or its part of it), `takes` a value that is dead by then and leaves
    its buffer. What is `handed_on` are a value's last points, to the next chunk.
    """

    place: Place
    halo: bool = False
    ring: int = 0
    into: int | None = None
    takes: int | None = None
    in_ring: bool = False  # computed into the ring itself: nobody needs the older value any more
    handed_on: bool = False
    slots: int = 0


@dataclass(frozen=True)
class Schedule:
    """What code generation needs, all of it decided: it only has to be printed.

    `home` gives the loops around a node, outermost first. `halos` gives for every sequence the largest delay, `layouts`
    how the rows of a node's array stand; None where they are the examples, or where it has none. `stream` is the
    sequence whose chunks one call after the other is given, `crossing` what they hand on of quantities on others, too.
    `inner` are nodes in walks by height that the leaves of trees need not compute, `shifts` reads that kernels do. A
    `clustered` schedule is for kernels, which do several steps row by row; what parameters alone make is `spent` where
    no later call is given it. `spare` are the owners of buffers that a call's results can be laid out in, being dead.
    """

    graph: RecurrenceGraph
    steps: tuple[Step, ...]
    home: Mapping[int, tuple[Loop, ...]]
    storage: Mapping[int, Storage]
    halos: Mapping[Index, int]
    layouts: Mapping[int, Layout | None]
    stream: Index | None = None
    crossing: frozenset[int] = frozenset()
    inner: frozenset[int] = frozenset()
    shifts: frozenset[int] = frozenset()
    clustered: bool = False
    spent: bool = False
    spare: tuple[int, ...] = ()

    @cached_property
    def borders(self) -> frozenset[Layout]:
        """The layouts of several indices that have room for points of the chunk before, or draw on from there."""
        nodes, stream = self.graph.nodes, self.stream
        drawn = {n for n, node in nodes.items() if node.op is Op.RANDOM and stream in node.domain}
        found = (self.layouts[number] for number in self.crossing | drawn)
        return frozenset(layout for layout in found if layout is not None and layout.chain is None)


class ScheduleError(Exception):
    """A schedule that cannot be right: a bug of the compiler; names the node."""

    def __init__(self, message: str, node: int) -> None:
        """Keep what is wrong and where."""
        super().__init__(f"node {node}: {message}")
        self.node = node
