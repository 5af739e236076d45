"""How a kernel goes through its nodes: stages, and lanes, the pieces of one width that a stage cuts vectors into.

A stage has the loops of its nodes, over ranges and over components (`schedule/turns.py`): `4*n` components are four
lanes in a loop over `n`. Numbers of the row itself come first in a stage, so that they need no loop of their own. A
stage ends where other loops are needed, where something needs a sum that its loops make, or what they make at another
point of a range, where lengths are no multiples of one another, and where the innermost loop would read and write so
many lanes of one array that LLVM no longer checks that none overlaps another. Different arrays never do.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, cast

from rnndsl.codegen.context import Context
from rnndsl.codegen.kernel_rows import is_shared, place_in_whole, rows_of
from rnndsl.graph.node import Constants, Segments
from rnndsl.ops import Op
from rnndsl.schedule.plan import Layout, Place
from rnndsl.schedule.turns import Axis, Turns, turns_of
from rnndsl.sizes import Size

#: More pieces than this are no lanes, but a loop of their own.
MOST: Final = 16

#: What costs less than a number's way to memory and back.
CHEAP: Final = frozenset({Op.NEG, Op.ADD, Op.SUB, Op.MUL, Op.CONTRACT, Op.BROADCAST})

#: LLVM compares at most 128 pairs of lanes before a loop to see whether it can take several turns at once.
PAIRS: Final = 110


class Part(NamedTuple):
    """Components of a node from `start` on; `shift` is the read through which they are of another point of a range."""

    number: int
    start: Size
    shift: int | None = None


@dataclass
class Stage:
    """Numbers, then vectors and sums over their components, in the same `loops`; `unit` is the width of a lane."""

    loops: tuple[Axis, ...] = ()
    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    cuts: list[Size] = field(default_factory=list)
    sums: set[int] = field(default_factory=set)

    @property
    def unit(self) -> Size:
        """The width of its lanes."""
        return unit_of(self.cuts) or Size()

    def is_call(self, c: Context) -> bool:
        """Tell a stage that is one call instead of loops."""
        return len(self.columns) == 1 and not self.rows and is_weighted_sum(c, self.columns[0])


def part_of(c: Context, number: int, layout: Layout | None) -> Part:
    """Follow slices that are views, shifts and broadcasts that are never made to what they are part of in a layout."""
    number, start = c.source(number), Size()
    if number in c.schedule.shifts:
        return Part(c.source(c.node(number).operands[0]), start, number)
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
        more = crossing(c, stages, kept) - stored
        if not more:
            return stages
        stored |= more


def crossing(c: Context, stages: Sequence[Stage], kept: Collection[int] = ()) -> set[int]:
    """Return what a later stage reads, and sums that grow in place: all that is stored beside what is `kept`.

    Numbers of the row itself stay in registers, and what is made again need not be read.
    """
    stage_of = {number: k for k, stage in enumerate(stages) for number in (*stage.rows, *stage.columns)}
    calls = {stage.columns[0] for stage in stages if stage.is_call(c)}
    found = {number for number in stage_of if grows(c, number)}
    for number, stage in stage_of.items():
        needed = _operands(c, number)
        if number not in calls:
            made = [n for n in needed if stage_of.get(n, stage) < stage and n not in kept and is_remade(c, n)]
            needed = [n for n in needed if n not in made] + [part for n in made for part in _operands(c, n)]
        found |= {n for n in needed if stage_of.get(n, stage) < stage and not is_of_row(c, n)}
    return found


def _operands(c: Context, number: int) -> list[int]:
    return [part_of(c, operand, rows_of(c, number)).number for operand in c.node(number).operands]


def is_remade(c: Context, number: int) -> bool:
    """Tell what a later stage makes again instead of reading it: a number for any two of a row, `w[m] * a[j]`."""
    node, turns = c.node(number), turns_of(c.schedule.graph, number)
    if node.op not in CHEAP or not (turns.loops and turns.columns) or turns.sums:
        return False
    operands = [c.node(part) for part in _operands(c, number)]
    smaller = [not operand.shape or len(operand.domain) < len(node.domain) for operand in operands]
    return all(smaller) and not any(operand.op in {Op.READ, Op.SLICE} for operand in operands)


def is_of_row(c: Context, number: int) -> bool:
    """Tell numbers that a row has one of: they stay in registers."""
    node = c.node(number)
    return not node.shape and not any(not index.ragged for index in node.domain)


def grows(c: Context, number: int) -> bool:
    """Tell sums whose loops go on inside what they sum over: they grow in their buffer."""
    turns = turns_of(c.schedule.graph, number)
    kept = [k for k, axis in enumerate(turns.loops) if axis not in turns.gone]
    inside = bool(c.node(number).shape) or any(axis in turns.gone for axis in turns.loops[: max(kept, default=-1) + 1])
    return bool(turns.gone) and inside


def _stages(c: Context, nodes: Sequence[int], kept: Collection[int]) -> list[Stage]:
    stages = [Stage()]
    for number in nodes:
        stage, turns = stages[-1], turns_of(c.schedule.graph, number)
        parts = [part_of(c, operand, rows_of(c, number)) for operand in c.node(number).operands]
        starts = [part.start for part in parts if part.number in stage.columns]
        cuts = [*stage.cuts, *cuts_of(c, number), *starts] if turns.columns else stage.cuts
        if not _fits(c, number, stage, (turns, parts)) or _is_too_wide(c, number, stage, (cuts, kept)):
            stage = Stage()
            stages.append(stage)
            cuts = cuts_of(c, number) if turns.columns else []
        stage.loops, stage.cuts = turns.loops, cuts
        (stage.columns if turns.columns else stage.rows).append(number)
        if turns.sums:
            stage.sums.add(number)
    return stages


def _fits(c: Context, number: int, stage: Stage, given: tuple[Turns, Sequence[Part]]) -> bool:
    """Tell whether a node can be in a stage: all loops of a stage with ranges are of one kind, the innermost too."""
    turns, parts = given
    own = {*stage.rows, *stage.columns}
    if not own:
        return True
    same = turns.loops == stage.loops and (not turns.loops or turns.columns == bool(stage.columns))
    needs = any(part.number in stage.sums or (part.shift is not None and part.number in own) for part in parts)
    call = stage.is_call(c) or (is_weighted_sum(c, number) and not any(part.number in own for part in parts))
    return same and not needs and not call and all(_is_maximum(c, number) == _is_maximum(c, other) for other in own)


def _is_maximum(c: Context, number: int) -> bool:
    """Tell what has loops of its own: LLVM vectorises nothing beside a maximum."""
    return c.node(number).op is Op.MAX and bool(turns_of(c.schedule.graph, number).loops)


def is_weighted_sum(c: Context, number: int) -> bool:
    """Tell sums over one range of vectors with weights: the last two axes of one array, and the last one of another."""
    node, turns = c.node(number), turns_of(c.schedule.graph, number)
    if node.op is not Op.CONTRACT or len(node.operands) != 2 or len(turns.gone) != 1 or len(node.shape) != 1:
        return False
    (gone,) = turns.gone
    parts = [part_of(c, operand, rows_of(c, number)) for operand in node.operands]
    shapes = sorted(len(c.node(part.number).shape) for part in parts)
    ends = [c.axes(part.number)[-1 - len(c.node(part.number).shape)] == gone for part in parts]
    whole = [c.node(part.number).shape == c.node(o).shape for part, o in zip(parts, node.operands, strict=True)]
    return turns.loops == (gone,) and shapes == [0, 1] and all(ends) and all(whole) and not any(p.shift for p in parts)


def _is_too_wide(c: Context, number: int, stage: Stage, given: tuple[Sequence[Size], Collection[int]]) -> bool:
    """Tell whether the innermost loop of a stage would have no unit, or too many lanes of one array."""
    cuts, kept = given
    if not turns_of(c.schedule.graph, number).columns or not stage.columns:
        return False
    unit = unit_of(cuts)
    return unit is None or _pairs(c, [*stage.columns, number], unit, kept) > PAIRS


def _pairs(c: Context, nodes: Sequence[int], unit: Size, kept: Collection[int]) -> int:
    """Return how many pairs of lanes in a loop over `unit` might overlap: what is written, with the rest of its array.

    What is read in a place that is written, by the same turn, is no pair with it.
    """
    written = {lane for number in nodes if number in kept for lane in _lanes(c, Part(number, Size()), unit)}
    read = {part_of(c, o, rows_of(c, number)) for number in nodes for o in c.node(number).operands}
    outside = {lane for part in read if part.number not in nodes for lane in _lanes(c, part, unit)} - written
    own, other = (Counter(array for array, _ in lanes) for lanes in (written, outside))
    return sum(count * (count - 1) // 2 + count * other[array] for array, count in own.items())


def _lanes(c: Context, part: Part, unit: Size) -> Iterator[tuple[int, Size]]:
    """Yield the lanes of a value: whose array it stands in, and where in it."""
    node = c.node(part.number)
    if node.shape and node.op is not Op.SEGMENTS:
        array, start = place_in_whole(c, part.number)
        for lane in range(ratio(node.shape[-1], unit) or 0):
            yield array, start + part.start + unit * lane


def cuts_of(c: Context, number: int) -> list[Size]:
    """Return the lengths that a node's vectors are made of."""
    node = c.node(number)
    if node.op is Op.ACTIVATE:
        return [size for _, size in cast("Segments", node.attr)]
    if node.op is Op.CONCAT:
        return [c.node(operand).shape[0] for operand in node.operands]
    if node.op is Op.SLICE:
        return [node.shape[0], cast("Size", node.attr)]
    return [node.shape[-1]] if node.shape else [shape[-1] for o in node.operands if (shape := c.node(o).shape)]


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
