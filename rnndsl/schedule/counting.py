"""Counting what every statement of a schedule does in one call of the program, for a batch of some extents.

Statements are those of the NumPy backend, as `rnndsl/codegen/` writes them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, cast

from rnndsl.graph.node import Labels, Node, ReadAt, Segments
from rnndsl.indices import Domain, Index, Kind
from rnndsl.ops import Op
from rnndsl.schedule.extents import Extents
from rnndsl.schedule.plan import Evaluate, Loop, Place, Schedule, Step, Walk, walks_around
from rnndsl.schedule.products import Product, is_of_matrices, product_of
from rnndsl.schedule.work import (
    COPY,
    DOT,
    EINSUM,
    LIGHT,
    MATMUL,
    MOVE,
    ONCE,
    OPERAND,
    RESULT,
    SOFTMAX_OF_POINTS,
    SUM,
    TOTAL,
    Cost,
    Work,
    cost_of_activations,
)

#: Bytes that stay in the cache of a core (its second level).
CACHE: Final = 1 << 20
#: What a call of the program does beside its statements, in calls of NumPy: always, for a buffer, for a structure, and
#: for each of its nodes; and at every step of a loop, in names of parts.
CALLING: Final = 200
BUFFER: Final = 6
STRUCTURE: Final = 1500
NODE: Final = 3
STEP: Final = 4

#: What is no statement: numbers in the code, and what is bound.
BOUND: Final = frozenset({Op.PARAM, Op.CONST, Op.SIZE, Op.FRESH, Op.OPTION, Op.VAR})
BUFFERS: Final = frozenset({Place.WHOLE, Place.TAPE, Place.RING, Place.STEP, Place.SUM})


def count_work(schedule: Schedule, extents: Extents) -> Iterator[Work]:
    """Yield what a call of the program does: at first what belongs to no statement, then the statements in order."""
    structures = [index for index in schedule.graph.indices if index.structured]
    nodes = extents.examples * sum(map(extents.along, structures))
    buffers = sum(storage.place in BUFFERS for storage in schedule.storage.values())
    yield Work(None, CALLING + BUFFER * buffers + STRUCTURE * len(structures) + NODE * nodes)
    for step in schedule.steps:
        if isinstance(step, Loop):
            yield from _loop(schedule, extents, step)
        else:
            yield from _Site(schedule, extents).statement(step.node)


def _loop(schedule: Schedule, extents: Extents, loop: Loop) -> Iterator[Work]:
    sites: dict[tuple[Walk, ...], _Site] = {}
    known, spills = set[int](), _step_bytes(schedule, extents, loop) > CACHE
    for evaluate, walks in _inside(loop):
        if walks not in sites:
            sites[walks] = _Site(schedule, extents, walks, known, spills)
            yield Work(None, views=STEP * extents.steps(walks))
        yield from sites[walks].statement(evaluate.node)


def _inside(step: Step, walks: tuple[Walk, ...] = ()) -> Iterator[tuple[Evaluate, tuple[Walk, ...]]]:
    """Yield the statements in a step with the walks around each."""
    if isinstance(step, Evaluate):
        yield step, walks
        return
    for own in step.body:
        around = walks_around(step.walk, step.inside, own.spot) if isinstance(own, Evaluate) else (step.walk,)
        yield from _inside(own, (*walks, *around))


def _step_bytes(schedule: Schedule, extents: Extents, loop: Loop) -> float:
    """Return how many bytes a step of a loop goes over."""
    found: dict[int, float] = {}
    for evaluate, walks in _inside(loop):
        for number in (evaluate.node, *schedule.graph.nodes[evaluate.node].operands):
            node = schedule.graph.nodes[number]
            if schedule.storage[number].place is not Place.VIEW:
                found[number] = extents.numbers(node) / (extents.steps(walks) if node.batch else 1)
    return extents.width * sum(found.values())


def _are_folded(summed: Collection[Index], *, vectors: bool) -> bool:
    """Tell products that are made number by number, and then summed by the points that they belong to."""
    return any(index.kind is Kind.CHILDREN or (vectors and index.ragged) for index in summed)


@dataclass(frozen=True)
class _Site:
    """Where statements stand: in walks, of which each step meets a part of the points.

    `known` are buffers, and transposed matrices (by their complement), that the loop has met; a step that `spills` goes
    over more than the cache holds.
    """

    schedule: Schedule
    extents: Extents
    walks: tuple[Walk, ...] = ()
    known: set[int] = field(default_factory=set)
    spills: bool = False

    @property
    def walked(self) -> Domain:
        return tuple(index for walk in self.walks for index, _ in walk)

    @property
    def steps(self) -> float:
        return self.extents.steps(self.walks)

    def statement(self, number: int) -> Iterator[Work]:
        """Yield what a statement does; nothing where there is none."""
        node, place = self.node(number), self.place(number)
        if node.op in BOUND:
            return
        if place is Place.VIEW:
            yield Work(number, views=0.0 if node.op is Op.BROADCAST else self.steps)
            return
        work = self.operator(number, node)
        far, views = self.met(number, node)
        if self.spills and node.batch:
            arrays = 1 + sum(self.node(operand).batch for operand in node.operands)
            far += arrays * self.numbers(number) * self.extents.width
        yield replace(work, far=far, views=work.views + views)

    def operator(self, number: int, node: Node) -> Work:
        """Return what an operator does, by the form of its statements."""
        match node.op:
            case Op.ADD:
                return self.added(number, node)
            case Op.ACTIVATE:
                return self.elementwise(number, cost_of_activations(cast("Segments", node.attr), self.extents))
            case Op.CONTRACT if len(node.operands) == 1:
                return self.summed(number, node)
            case Op.CONTRACT:
                return self.multiplied(number, node)
            case Op.CONCAT:
                return self.joined(number, node)
            case Op.READ:
                return self.gathered(number, node)
            case Op.SOFTMAX if any(index.ragged for index in getattr(node.attr, "indices", ())):
                return self.folded(number, SOFTMAX_OF_POINTS)
        if node.op in OPERAND:
            return self.folded(number, OPERAND[node.op])
        return self.elementwise(number, RESULT.get(node.op, ONCE))

    # Forms of statements ----------------------------------------------------------------------------------------------

    def elementwise(self, number: int, cost: Cost) -> Work:
        """Count an operator on arrays that are all of one shape, or spread over that of the result."""
        operands = self.node(number).operands
        calls = cost.calls + any(self.is_other(operand, number) for operand in operands)
        spread = any(self.is_spread(operand, number) for operand in operands) or self.node(number).op is Op.SOFTMAX
        rows = cost.calls * self.rows(number) if spread else 0.0
        return Work(number, self.steps * calls, numbers=cost.on(self.numbers(number)), rows=rows)

    def added(self, number: int, node: Node) -> Work:
        """Count a sum of terms: the first two make the buffer, the others are added to it."""
        times = max(1, len(node.operands) - 1)
        calls = times + sum(self.is_other(operand, number) for operand in node.operands)
        rows = self.rows(number) * sum(self.is_spread(operand, number) for operand in node.operands)
        return Work(number, self.steps * calls, numbers={LIGHT: times * self.numbers(number)}, rows=rows)

    def folded(self, number: int, cost: Cost) -> Work:
        """Count an operator that goes over its operand."""
        operand = self.node(number).operands[0]
        return Work(
            number, self.steps * cost.calls, numbers=cost.on(self.numbers(operand)), rows=2 * self.rows(operand)
        )

    def summed(self, number: int, node: Node) -> Work:
        """Count a sum of one operand."""
        lost = set(self.node(node.operands[0]).domain) - set(node.domain) - set(self.walked)
        by_example = node.batch and any(index.ragged for index in lost)
        work = self.folded(number, TOTAL if by_example else SUM)
        return replace(work, calls=work.calls + self.grown(number))

    def multiplied(self, number: int, node: Node) -> Work:
        """Count a product: of matrices, of numbers, of vectors, or of numbers that are summed by points."""
        found = product_of(self.schedule.graph, number, self.extents, self.walked, self.steps)
        terms, last = found.operations / 2, self.last(number)
        several, grown = found.count > found.calls, self.grown(number)
        lost = {index for operand in node.operands for index in self.node(operand).domain} - set(node.domain)
        if found.inner == 1:
            return Work(number, MATMUL * self.steps + grown, numbers={LIGHT: terms}, rows=terms / last)
        vectors = several and found.rows == found.columns == 1
        if several and node.batch and _are_folded(lost, vectors=vectors):
            cost = Cost(ONCE.calls + TOTAL.calls, {LIGHT: 1 + TOTAL.times[LIGHT]})
            return Work(number, cost.calls * self.steps, numbers=cost.on(terms), rows=3 * terms / last)
        if vectors or not self.is_ordered(number, node):
            cost, rows = DOT if vectors else EINSUM, terms / max(found.inner, last)
            return Work(number, cost.calls * self.steps + grown, numbers=cost.on(terms), rows=rows)
        numbers = {LIGHT: grown * self.extents.components(node.shape), MOVE: self.transposed(node)}
        return Work(number, MATMUL * self.steps + grown, numbers=numbers, product=self.without_leaves(number, found))

    def is_ordered(self, number: int, node: Node) -> bool:
        """Tell products of matrices from what is left to einsum; of points that differ examples are padded."""
        labels = node.attr
        arrays = (*node.operands, number)
        rows = {frozenset(i for i in self.node(each).domain if i.ragged) for each in arrays if self.node(each).batch}
        if not isinstance(labels, Labels) or len(rows) > 1:
            return True
        left, right, out = (
            [*(["rows"] if self.node(each).batch else []), *(f"[{i.name}]" for i in self.ranges(each)), *letters]
            for each, letters in zip(arrays, (*labels.operands, labels.out), strict=True)
        )
        return is_of_matrices(left, right, out)

    def joined(self, number: int, node: Node) -> Work:
        """Count components side by side: those that were not computed in place."""
        copied = [self.node(o) for o in node.operands if self.schedule.storage[o].into != number]
        calls = COPY * (1 if len(copied) == len(node.operands) else len(copied))
        alike = [replace(operand, domain=node.domain, batch=node.batch) for operand in copied]
        numbers = sum(map(self.extents.numbers, alike))
        return Work(number, self.steps * calls, numbers={LIGHT: numbers}, rows=len(copied) * self.rows(number))

    def gathered(self, number: int, node: Node) -> Work:
        """Count a read of other points: rows, or single numbers along a range."""
        ragged = isinstance(node.attr, ReadAt) and any(index.ragged for index, _ in node.attr.at)
        numbers = {LIGHT if ragged else MOVE: self.numbers(number)}
        return Work(number, COPY * self.steps, self.steps, numbers, rows=self.rows(number))

    # Sizes ------------------------------------------------------------------------------------------------------------

    def node(self, number: int) -> Node:
        return self.schedule.graph.nodes[number]

    def place(self, number: int) -> Place:
        return self.schedule.storage[number].place

    def numbers(self, number: int) -> float:
        return self.extents.numbers(self.node(number))

    def grown(self, number: int) -> float:
        """Return how often a sum grows that is whole after its loop."""
        return self.steps if self.place(number) is Place.SUM else 0.0

    def ranges(self, number: int) -> list[Index]:
        return [index for index in self.node(number).domain if not index.ragged and index not in self.walked]

    def axes(self, number: int) -> int:
        """Return how many axes an array has, all points on one; what is only repeated has those that it had before."""
        while self.node(number).op is Op.BROADCAST and self.place(number) is Place.VIEW:
            number = self.node(number).operands[0]
        return self.node(number).batch + len(self.ranges(number)) + len(self.node(number).shape)

    def is_other(self, operand: int, number: int) -> bool:
        return self.axes(operand) != self.axes(number)

    def is_spread(self, operand: int, number: int) -> bool:
        """Tell arrays that are repeated along axes of the result; a single number costs nothing."""
        return self.axes(operand) not in {0, self.axes(number)}

    def last(self, number: int) -> float:
        """Return the length of an array's last axis, 1 of one that has points alone."""
        node, ranges = self.node(number), self.ranges(number)
        return self.extents.size(node.shape[-1]) if node.shape else self.extents.along(ranges[-1]) if ranges else 1

    def rows(self, number: int) -> float:
        """Return how many rows an array has in all steps: one in a step where it has points alone."""
        return self.steps if self.axes(number) < 2 else self.numbers(number) / self.last(number)

    def without_leaves(self, number: int, product: Product) -> Product:
        """Leave out what is zero at the leaves of trees: in their step, or in a sum over all nodes."""
        node = self.node(number)
        inner = (number,) if self.walks else () if node.batch else node.operands
        if self.schedule.inner.isdisjoint(inner):
            return product
        tree = next(index for operand in node.operands for index in self.node(operand).domain if index.structured)
        share, steps = self.extents.inner[tree.name], self.steps - 1
        if not self.walks:
            return replace(product, inner=product.inner * share)
        share *= self.steps / max(1, steps)  # those of a step that is left
        if self.node(node.operands[0]).batch:
            return replace(product, calls=steps, count=steps, rows=product.rows * share)
        return replace(product, calls=steps, count=steps, columns=product.columns * share)

    def transposed(self, node: Node) -> float:
        """Return the numbers of a matrix that is transposed once before its loop."""
        if not self.walks or not isinstance(node.attr, Labels) or not self.walked[0].ragged:
            return 0.0
        for operand, letters in zip(node.operands, node.attr.operands, strict=True):
            given = self.node(operand)
            turned = len(letters) == 2 and letters[1] not in node.attr.out and not given.batch and not given.domain
            if turned and ~operand not in self.known:
                self.known.add(~operand)
                return self.numbers(operand)
        return 0.0

    def met(self, number: int, node: Node) -> tuple[float, float]:
        """Return the bytes of large buffers that a loop meets for the first time, and the names of their parts."""
        far, views = 0.0, 0.0
        for array in (number, *node.operands):
            owner = array
            while self.place(owner) is Place.VIEW:
                owner = self.node(owner).operands[0]
            if self.place(owner) not in {Place.WHOLE, Place.TAPE} or (self.walks and owner in self.known):
                continue
            self.known.add(owner)
            size = self.extents.width * self.numbers(owner)
            far += size if size > CACHE else 0.0
            views += self.steps if self.walks and self.node(owner).batch else 0.0
        return far, views
