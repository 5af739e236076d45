"""How a kernel goes through its nodes: stages, and lanes, the pieces of one width that a stage cuts vectors into.

In a stage the numbers of a row come first, then one loop over components: `4*n` components are four lanes in a loop
over `n`. A stage ends where a number needs a sum that the loop makes, where lengths are no multiples of one another,
and where its loop would read and write so many vectors that LLVM no longer checks that none overlaps another.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, cast

from rnndsl.codegen.context import Context
from rnndsl.codegen.kernel_rows import is_shared, rows_of
from rnndsl.graph.node import Constants, Segments
from rnndsl.ops import Op
from rnndsl.schedule.clusters import adds
from rnndsl.schedule.plan import Layout, Place
from rnndsl.sizes import Size

#: More pieces than this are no lanes, but a loop of their own.
MOST: Final = 16

#: LLVM compares at most 128 pairs of vectors before a loop to see whether it can take several turns at once.
PAIRS: Final = 110


class Part(NamedTuple):
    """Components of a node from `start` on."""

    number: int
    start: Size


@dataclass
class Stage:
    """Numbers of a row, then vectors and sums over their components; `unit` is the width of a lane."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    cuts: list[Size] = field(default_factory=list)
    sums: set[int] = field(default_factory=set)

    @property
    def unit(self) -> Size:
        """The width of its lanes."""
        return unit_of(self.cuts) or Size()


def part_of(c: Context, number: int, layout: Layout | None) -> Part:
    """Follow slices that are views, and broadcasts that are never made, to what they are part of in a layout."""
    number, start = c.source(number), Size()
    while c.node(number).op is Op.SLICE and c.storage(number).place is Place.VIEW:
        node, whole = c.node(number), c.source(c.node(number).operands[0])
        there = c.layout(number) == layout or is_shared(c, number, layout)
        fits = not node.batch or (there and c.layout(whole) == c.layout(number))
        if len(node.shape) != 1 or not fits or c.axes(whole) != c.axes(number):
            break
        start, number = start + cast("Size", node.attr), whole
    return Part(number, start)


def plan_stages(c: Context, nodes: Sequence[int], kept: Collection[int] = ()) -> list[Stage]:
    """Put nodes into stages without changing their order; `kept` are those that are stored in any case."""
    stored = set(kept)
    while True:
        stages = _stages(c, nodes, stored)
        more = crossing(c, stages) - stored
        if not more:
            return stages
        stored |= more


def crossing(c: Context, stages: Sequence[Stage]) -> set[int]:
    """Return the vectors that a later stage reads: they are stored, too."""
    stage_of = {number: k for k, stage in enumerate(stages) for number in (*stage.rows, *stage.columns)}
    found = set()
    for number, stage in stage_of.items():
        for operand in c.node(number).operands:
            part = part_of(c, operand, rows_of(c, number))
            if stage_of.get(part.number, stage) < stage and c.node(part.number).shape:
                found.add(part.number)
    return found


def _stages(c: Context, nodes: Sequence[int], kept: Collection[int]) -> list[Stage]:
    stages = [Stage()]
    for number in nodes:
        node, stage = c.node(number), stages[-1]
        vector = bool(node.shape) or adds(node)
        parts = [part_of(c, operand, rows_of(c, number)) for operand in node.operands]
        starts = [part.start for part in parts if part.number in stage.columns]
        cuts = [*stage.cuts, *cuts_of(c, number), *starts] if vector else stage.cuts
        unit = unit_of(cuts)
        wide = vector and (unit is None or _pairs(c, [*stage.columns, number], unit, kept) > PAIRS)
        if not stage.sums.isdisjoint(part.number for part in parts) or (wide and stage.columns):
            stage = Stage()
            stages.append(stage)
            cuts = cuts_of(c, number) if vector else []
        stage.cuts = cuts
        (stage.columns if vector else stage.rows).append(number)
        if adds(node):
            stage.sums.add(number)
    return stages


def _pairs(c: Context, nodes: Sequence[int], unit: Size, kept: Collection[int]) -> int:
    """Return how many pairs of vectors in a loop over `unit` might overlap: what is written, with everything else."""
    written, read = 0, set[tuple[int, Size, int]]()
    rooms = {room_of(c, number) for number in nodes if number in kept} - {None}
    for number in nodes:
        node = c.node(number)
        written += (ratio(node.shape[-1], unit) or 0) if node.shape and number in kept else 0
        for operand in node.operands:
            part = part_of(c, operand, rows_of(c, number))
            whole, own = c.node(part.number), c.node(c.source(operand)).shape
            there = whole.op is Op.SEGMENTS or _taken_over(c, operand, nodes, kept) or room_of(c, part.number) in rooms
            if part.number not in nodes and own and not there:
                read |= {(part.number, part.start, lane) for lane in range(ratio(own[-1], unit) or 0)}
    return written * (written - 1) // 2 + written * len(read)


def _taken_over(c: Context, number: int, nodes: Collection[int], kept: Collection[int]) -> bool:
    """Tell whether a value stands where one of some nodes is stored in its place."""
    user = c.storage(number).into
    while user is not None and not (user in nodes and user in kept):
        user = c.storage(user).into
    return user is not None


def room_of(c: Context, number: int) -> int | None:
    """Return the owner of a value's buffer, in which a kernel's values have the same places; None with a halo."""
    while (user := c.storage(number).into) is not None:
        number = user
    storage = c.storage(number)
    if storage.place not in {Place.TAPE, Place.WHOLE, Place.STEP} or storage.halo or storage.in_ring:
        return None
    return number if storage.takes is None else storage.takes


def cuts_of(c: Context, number: int) -> list[Size]:
    """Return the lengths that a node's vectors are made of."""
    node = c.node(number)
    if node.op is Op.ACTIVATE:
        return [size for _, size in cast("Segments", node.attr)]
    if node.op is Op.CONCAT:
        return [c.node(operand).shape[0] for operand in node.operands]
    if node.op is Op.SLICE:
        return [node.shape[0], cast("Size", node.attr)]
    return [node.shape[-1]] if node.shape else [c.node(node.operands[0]).shape[0]]


def unit_of(cuts: Sequence[Size]) -> Size | None:
    """Return the width of the lanes that all lengths are whole numbers of; None where there is none."""
    lengths = [cut for cut in cuts if cut.terms]
    for unit in lengths:
        counts = [ratio(cut, unit) for cut in lengths]
        if all(count is not None and 0 < count <= MOST for count in counts):
            return unit
    return None


def ratio(size: Size, unit: Size) -> int | None:
    """Return how many times `unit` a size is; None where it is not a whole number of times."""
    if not size.terms:
        return 0
    if not unit.terms or [m for m, _ in size.terms] != [m for m, _ in unit.terms]:
        return None
    count = size.terms[0][1] // unit.terms[0][1]
    return count if unit * count == size else None


def constant_of(c: Context, part: Part, lane: Size, unit: Size) -> float | None:
    """Return the number that a piecewise constant vector is in all of a lane, None where it is several."""
    node = c.node(part.number)
    if node.op is not Op.SEGMENTS:
        return None
    start, first = Size(), ratio(part.start + lane, unit)
    for value, size in cast("Constants", node.attr):
        low, high = ratio(start, unit), ratio(start + size, unit)
        if None in {low, high, first}:
            return None
        if cast("int", low) <= cast("int", first) < cast("int", high):
            return value
        start = start + size
    return None
