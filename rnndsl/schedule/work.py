"""Work: what every statement of a schedule does in one call of the program, for a batch of some extents.

Statements are those of the NumPy backend: an operator is so many calls of NumPy, each of which goes over so many
numbers. How long they take on some machine says `rnndsl/schedule/machine.py`.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, cast

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node, ReadAt, Segments
from rnndsl.indices import Domain
from rnndsl.indices import Kind as IndexKind
from rnndsl.ops import Op
from rnndsl.schedule.extents import Extents
from rnndsl.schedule.plan import Evaluate, Loop, Place, Schedule, Spot, Step, Walk, walks_around
from rnndsl.schedule.products import Product, product_of


class Kind(StrEnum):
    """What is done with a number; in brackets what is counted as such, too."""

    LIGHT = "light"  # a sum, a product, a copy
    TANH = "tanh"
    EXP = "exp"  # (logarithms, sines)
    POWER = "power"  # (random numbers)
    MOVE = "move"  # a copy in another order of axes, of single numbers from anywhere, or under a condition


@dataclass(frozen=True, slots=True)
class Work:
    """What a statement does, over all steps of its loops.

    Attributes:
        node: What it computes.
        calls: Of functions of NumPy.
        views: Parts of arrays that get a name, which is work for the interpreter alone.
        numbers: Over how many numbers it goes, by what it does with them.
        rows: How often a function begins anew inside a call: at rows of arrays that do not lie side by side.
        far: Bytes that do not stay in the cache.
        product: Its matrix products.
        shared: Whether it is the same for every part of a batch: made of parameters alone.
    """

    node: int | None
    calls: float = 0.0
    views: float = 0.0
    numbers: Mapping[Kind, float] = field(default_factory=dict)
    rows: float = 0.0
    far: float = 0.0
    product: Product | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Calls:
    """How an operator goes over the numbers of its result: calls of NumPy, and times by kind.

    Calls are those of a function of two arrays of one shape: others, or helpers in Python, take as long as several.
    """

    calls: float
    times: Mapping[Kind, float]


LIGHT, TANH, EXP, POWER, MOVE = Kind
ONCE: Final = Calls(1, {LIGHT: 1})

#: By operator; those that are not named are one call that goes over its numbers once.
CALLS: Final[Mapping[Op, Calls]] = {
    Op.TANH: Calls(1, {TANH: 1}),
    Op.SIGMOID: Calls(7, {LIGHT: 3, TANH: 1}),
    Op.SOFTPLUS: Calls(7, {LIGHT: 4, EXP: 2}),
    **dict.fromkeys((Op.EXP, Op.LOG, Op.SIN, Op.COS), Calls(1, {EXP: 1})),
    Op.POW: Calls(4, {POWER: 1}),
    Op.MOD: Calls(1, {POWER: 1}),
    Op.WHERE: Calls(2, {LIGHT: 1, MOVE: 1}),
    Op.SOFTMAX: Calls(11, {LIGHT: 5, EXP: 1}),
    Op.FIRST_MAX: Calls(12, {LIGHT: 4}),
    Op.NOISE: Calls(4, {POWER: 1}),
    Op.RANDOM: Calls(4, {POWER: 2}),
    Op.TEMPER: Calls(4, {LIGHT: 1}),
    Op.TOP: Calls(8, {LIGHT: 2}),
    Op.BEAM: Calls(40, {LIGHT: 4}),
    **dict.fromkeys((Op.STACK, Op.UNSTACK), Calls(4, {MOVE: 1})),
    Op.PLACE: Calls(3, {LIGHT: 2}),
    Op.LOOKUP: Calls(5, {LIGHT: 2}),
    **dict.fromkeys((Op.PUT, Op.ONE_HOT), Calls(12, {LIGHT: 2})),
    Op.PICK: Calls(14, {MOVE: 3}),
    Op.IOTA: Calls(5, {LIGHT: 1}),
    Op.LENGTH: Calls(4, {LIGHT: 1}),
    Op.MISSING: Calls(8, {LIGHT: 2}),
}

#: The same over the numbers of the operand.
FOLDS: Final[Mapping[Op, Calls]] = {
    Op.LOGSUMEXP: Calls(16, {LIGHT: 4, EXP: 1}),
    Op.MAX: Calls(4, {LIGHT: 1}),
    Op.SCATTER: Calls(60, {MOVE: 4}),
    Op.USES: Calls(25, {LIGHT: 2}),
}
#: Sums over points that belong together, and the softmax over them (`Segments`).
TOTAL: Final = Calls(12, {LIGHT: 3})
SOFTMAX_OF_POINTS: Final = Calls(40, {LIGHT: 12, EXP: 1})
#: Of a sum over an axis, einsum, a matrix product.
SUM: Final = 5
EINSUM: Final = 5
MATMUL: Final = 2
#: What the interpreter does beside its statements at every step of a loop, in names of parts.
STEP: Final = 4

#: What a call of the program does once, in calls of NumPy: always, for a buffer, a structure, and each of its nodes.
BINDING: Final = 200
BUFFER: Final = 6
STRUCTURE: Final = 1500
NODE: Final = 3
UNBUFFERED: Final = frozenset({Place.VIEW, Place.INLINE, Place.SOURCE})

#: What is no statement: numbers in the code, and what is bound.
BOUND: Final = frozenset({Op.PARAM, Op.CONST, Op.SIZE, Op.FRESH, Op.OPTION, Op.VAR})


def count_work(schedule: Schedule, extents: Extents, wanted: Collection[str] | None = None) -> Iterator[Work]:
    """Yield what the statements of a schedule do, in their order; only for some outputs, if they are said."""
    needed = _needed(schedule.graph, wanted)
    yield _binding(schedule, extents)
    for step in schedule.steps:
        if isinstance(step, Loop):
            if any(node in needed for node in _evaluated(step)):
                yield from _loop(schedule, extents, step)
        elif step.node in needed:
            yield from _Site(schedule, extents).statement(step.node)


def _binding(schedule: Schedule, extents: Extents) -> Work:
    """Return what a call does before and after all statements: it makes buffers, and tables of structures."""
    buffers = sum(storage.place not in UNBUFFERED for storage in schedule.storage.values())
    structures = [index for index in schedule.graph.indices if index.structured]
    nodes = extents.examples * sum(map(extents.along, structures))
    return Work(None, calls=BINDING + BUFFER * buffers + STRUCTURE * len(structures) + NODE * nodes)


def _needed(graph: RecurrenceGraph, wanted: Collection[str] | None) -> set[int]:
    """Return the nodes that some outputs are made of, themselves included."""
    waiting = [output.node for output in graph.outputs.values() if wanted is None or output.name in wanted]
    found = set(waiting)
    while waiting:
        more = set(graph.nodes[waiting.pop()].operands) - found
        found |= more
        waiting += more
    return found


def _evaluated(loop: Loop) -> Iterator[int]:
    return (evaluate.node for evaluate, _ in _inside(loop, ()))


def _inside(step: Step, walks: tuple[Walk, ...]) -> Iterator[tuple[Evaluate, tuple[Walk, ...]]]:
    """Yield the statements in a loop with the walks around each."""
    if isinstance(step, Evaluate):
        yield step, walks
        return
    for own in step.body:
        spot: Spot = own.spot if isinstance(own, Evaluate) else ()
        around = walks_around(step.walk, step.inside, spot) if spot else (step.walk,)
        yield from _inside(own, (*walks, *around))


def _loop(schedule: Schedule, extents: Extents, loop: Loop) -> Iterator[Work]:
    sites: dict[tuple[Walk, ...], _Site] = {}
    bound: set[int] = set()
    spills = _step_bytes(schedule, extents, loop) > CACHE
    for evaluate, walks in _inside(loop, ()):
        if walks not in sites:
            sites[walks] = _Site(schedule, extents, walks, bound, spills)
            yield Work(evaluate.node, views=STEP * extents.steps(walks))
        yield from sites[walks].statement(evaluate.node)


def _step_bytes(schedule: Schedule, extents: Extents, loop: Loop) -> float:
    """Return how many bytes a step of a loop goes over."""
    nodes, graph = dict[int, float](), schedule.graph
    for evaluate, walks in _inside(loop, ()):
        steps = extents.steps(walks)
        for number in (evaluate.node, *graph.nodes[evaluate.node].operands):
            varies = graph.nodes[number].batch
            if schedule.storage[number].place is not Place.VIEW:
                nodes[number] = extents.numbers(graph.nodes[number]) / (steps if varies else 1)
    return extents.width * sum(nodes.values())


@dataclass(frozen=True)
class _Site:
    """Where statements stand: in walks, of which each step meets a part of the points; `bound` are known buffers."""

    schedule: Schedule
    extents: Extents
    walks: tuple[Walk, ...] = ()
    bound: set[int] = field(default_factory=set)
    spills: bool = False

    @property
    def walked(self) -> Domain:
        """The indices that are walked."""
        return tuple(index for walk in self.walks for index, _ in walk)

    @property
    def steps(self) -> float:
        """How often the statements run."""
        return self.extents.steps(self.walks)

    def node(self, number: int) -> Node:
        return self.schedule.graph.nodes[number]

    def numbers(self, number: int) -> float:
        return self.extents.numbers(self.node(number))

    def statement(self, number: int) -> Iterator[Work]:
        node, place = self.node(number), self.schedule.storage[number].place
        if node.op in BOUND:
            return
        if place is Place.VIEW:
            views = 0.0 if node.op is Op.BROADCAST else self.steps
            yield Work(number, views=views)
            return
        found = self.operator(number, node)
        far, views = self.buffers(number, node)
        shared = not node.batch and not self.schedule.graph.nodes[number].adjoint and not _from_batch(self.schedule.graph, number)
        yield replace(found, far=found.far + far, views=found.views + views, shared=shared)

    def operator(self, number: int, node: Node) -> Work:
        """Return the calls and the numbers of a statement."""
        match node.op:
            case Op.ADD:
                return self.added(number, node)
            case Op.ACTIVATE:
                return self.elementwise(number, _activations(cast("Segments", node.attr), self.extents))
            case Op.CONTRACT if len(node.operands) == 1:
                return self.sum(number, node.operands[0])
            case Op.CONTRACT:
                return self.product(number, node)
            case Op.CONCAT:
                return self.joined(number, node)
            case Op.READ:
                return self.gathered(number, node)
            case Op.SEGMENTS:
                return Work(number, calls=self.steps * 2)
            case _ if node.op in FOLDS:
                return self.fold(number, node.operands[0], FOLDS[node.op])
            case Op.SOFTMAX if _folds_points(node):
                return self.fold(number, node.operands[0], SOFTMAX_OF_POINTS)
            case Op.INPUT:
                return Work(number, calls=6, numbers={LIGHT: self.numbers(number)}, rows=self.rows(number))
        return self.elementwise(number, CALLS.get(node.op, ONCE))

    def elementwise(self, number: int, how: Calls) -> Work:
        node, numbers = self.node(number), self.numbers(number)
        calls = how.calls + max((self.spread(operand, number) for operand in node.operands), default=0)
        rows = how.calls * self.rows(number) if any(self.axes(o) not in {0, self.axes(number)} for o in node.operands) or node.op is Op.SOFTMAX else 0.0
        return Work(number, self.steps * calls, numbers={kind: times * numbers for kind, times in how.times.items()}, rows=rows)

    def added(self, number: int, node: Node) -> Work:
        """Return a sum of terms: the first two make the buffer, the others are added to it."""
        times = max(1, len(node.operands) - 1)
        calls = times + sum(self.spread(operand, number) for operand in node.operands)
        spread = sum(self.axes(o) not in {0, self.axes(number)} for o in node.operands)
        return Work(number, self.steps * calls, numbers={LIGHT: times * self.numbers(number)}, rows=spread * self.rows(number))

    def spread(self, operand: int, number: int) -> int:
        """Tell operands that take as long as another call: of other axes than the result, or numbers of Python."""
        return self.axes(operand) != self.axes(number)

    def axes(self, number: int) -> int:
        """Return how many axes a value has, all its points on one."""
        node = self.node(number)
        return node.batch + sum(not index.ragged for index in node.domain if index not in self.walked) + len(node.shape)

    def rows(self, number: int) -> float:
        """Return how many rows an array has: all axes but the last one."""
        node = self.node(number)
        ranges = [index for index in node.domain if not index.ragged and index not in self.walked]
        last = self.extents.size(node.shape[-1]) if node.shape else self.extents.along(ranges[-1]) if ranges else 0
        return self.numbers(number) / last if last else self.steps

    def fold(self, number: int, operand: int, how: Calls) -> Work:
        numbers = self.numbers(operand)
        return Work(number, self.steps * how.calls, numbers={kind: times * numbers for kind, times in how.times.items()}, rows=2 * self.rows(operand))

    def sum(self, number: int, operand: int) -> Work:
        node, other = self.node(number), self.node(operand)
        points = {index for index in other.domain if index.ragged} - {index for index in node.domain if index.ragged} - set(self.walked)
        if points and node.batch:
            return self.fold(number, operand, TOTAL)
        rows = self.rows(operand)
        calls = self.steps * (SUM + (self.schedule.storage[number].place is Place.SUM))
        return Work(number, calls, numbers={LIGHT: self.numbers(operand)}, rows=2 * rows)

    def product(self, number: int, node: Node) -> Work:
        graph = self.schedule.graph
        found = product_of(graph, number, self.extents, self.walked, self.steps)
        numbers = found.count * found.rows * found.inner * found.columns
        each = found.count / found.calls
        grown = self.steps if self.schedule.storage[number].place is Place.SUM else 0.0
        more = {LIGHT: grown * self.extents.components(node.shape)} if grown else {}
        if found.inner == 1 or (found.rows == found.columns == 1 and each > 1 and not self.by_points(node)):
            times = 1 if found.inner == 1 else 2
            return Work(number, self.steps * (2 if found.inner == 1 else EINSUM) + grown, numbers={LIGHT: times * numbers}, rows=numbers / max(found.inner, self.last(number)))
        if each > 1 and self.by_children(node):
            work = Calls(1 + TOTAL.calls, {LIGHT: 1 + TOTAL.times[LIGHT]})
            return Work(number, self.steps * work.calls, numbers={LIGHT: work.times[LIGHT] * numbers}, rows=3 * numbers / max(1, self.last(number)))
        if number in self.schedule.inner and self.walks:
            share = self.extents.inner.get(self.walks[0][0][0].name, 1.0)
            found = replace(found, count=found.count * share, **{})
        turned = self.turned(node)
        return Work(number, MATMUL * self.steps + grown, numbers={**more, MOVE: turned} if turned else more, product=found)

    def last(self, number: int) -> float:
        node = self.node(number)
        return self.extents.size(node.shape[-1]) if node.shape else 1.0

    def by_points(self, node: Node) -> bool:
        domains = {index for operand in node.operands for index in self.node(operand).domain}
        return any(index.ragged for index in domains - set(node.domain))

    def by_children(self, node: Node) -> bool:
        domains = {index for operand in node.operands for index in self.node(operand).domain}
        return any(index.kind is IndexKind.CHILDREN for index in domains - set(node.domain)) and node.batch

    def turned(self, node: Node) -> float:
        """Return the numbers of a matrix of parameters that is transposed once for the products of a loop."""
        labels = node.attr
        if not self.walks or not isinstance(labels, Labels) or not self.walked[0].ragged:
            return 0.0
        for operand, letters in zip(node.operands, labels.operands, strict=True):
            given = self.node(operand)
            turns = len(letters) == 2 and letters[1] not in labels.out and not given.batch and not given.domain
            if turns and ~operand not in self.bound:
                self.bound.add(~operand)
                return self.numbers(operand)
        return 0.0

    def joined(self, number: int, node: Node) -> Work:
        copied = [operand for operand in node.operands if self.schedule.storage[operand].into != number]
        calls = 1 if len(copied) == len(node.operands) else len(copied)
        numbers = sum(self.extents.numbers(replace(self.node(o), domain=node.domain, batch=node.batch)) for o in copied)
        return Work(number, self.steps * 2 * calls, numbers={LIGHT: numbers}, rows=calls * self.rows(number))

    def gathered(self, number: int, node: Node) -> Work:
        attr = node.attr
        ragged = isinstance(attr, ReadAt) and any(index.ragged for index, _ in attr.at)
        numbers = self.numbers(number)
        return Work(number, 3 * self.steps, self.steps, numbers={LIGHT if ragged else MOVE: numbers}, rows=self.rows(number))

    def buffers(self, number: int, node: Node) -> tuple[float, float]:
        """Return the bytes from outside of the cache that a statement is the first to meet, and the names of parts."""
        views = 0.0
        touched = 1 + sum(self.node(operand).batch for operand in node.operands)
        far = touched * self.numbers(number) * self.extents.width if self.spills and node.batch else 0.0
        for operand in (number, *node.operands):
            owner = operand
            while self.schedule.storage[owner].place is Place.VIEW:
                owner = self.node(owner).operands[0]
            if self.schedule.storage[owner].place not in {Place.WHOLE, Place.TAPE}:
                continue
            size = self.numbers(owner) * self.extents.width
            if not self.walks or owner not in self.bound:
                far += size if size > CACHE else 0.0
                views += self.steps if self.walks and self.node(owner).batch else 0.0
            self.bound.add(owner)
        return far, views


#: Bytes of a buffer that stays in the cache.
CACHE: Final = 1 << 20


def _from_batch(graph: RecurrenceGraph, number: int) -> bool:
    """Tell what is made of data: sums over the batch."""
    return any(graph.nodes[operand].batch for operand in graph.nodes[number].operands)


def _folds_points(node: Node) -> bool:
    return any(index.ragged for index in getattr(node.attr, "indices", ()))


def _activations(segments: Segments, extents: Extents) -> Calls:
    """Return how functions on segments go over their numbers: one tanh does for all sigmoids and tanh."""
    sizes = Counter[Op]()
    for op, size in segments:
        sizes[op] += extents.size(size)
    total = sum(sizes.values())
    smooth = set(sizes) <= {Op.SIGMOID, Op.TANH}
    calls = sum(CALLS.get(op, ONCE).calls for op, _ in segments)
    if smooth:
        calls = 1 + 5 * sum(op is Op.SIGMOID for op, _ in segments)
    times = Counter[Kind]()
    for op, size in sizes.items():
        for kind, often in CALLS.get(op, ONCE).times.items():
            times[kind] += often * size / total
    return Calls(calls, dict(times))
