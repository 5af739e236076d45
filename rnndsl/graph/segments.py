"""A segment of a stage as a graph of its own, for backpropagation with checkpoints.

Griewank (1992), Chen et al. (2016): only the states between segments are kept, and a segment's tape is made again when
the gradient comes to it. So a segment's graph takes as inputs what the segment before it has left (`NAME@-1`, the value
one point earlier) and the cotangents of what it leaves itself (`d NAME@-1`), and to the objective comes

    the sum of cotangents times what it leaves.

The gradient of that with respect to parameters is the segment's share of the stage's; that with respect to what it was
given are the cotangents for the segment before it. Where a stage goes from the end of a sequence, so do its segments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from operator import mul

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.errors import NotCutError
from rnndsl.graph.graph import InputInfo, OutputInfo, RecurrenceGraph
from rnndsl.graph.masks import Mask, masks_as_data
from rnndsl.graph.node import Node, ReadAt
from rnndsl.graph.staging import OBJECTIVE, Stage, dot, make_stages, of_loss
from rnndsl.graph.totals import is_first
from rnndsl.indices import Access, Affine, End, Index, Kind
from rnndsl.ops import DType, Op

#: The input that says how many points an example has along the sequence that is cut.
LENGTH = "points in all"


def before(index: Index) -> str:
    """Return the name of the input that says how many points of an example come before those that are given."""
    return f"points of {index.name} before"


@dataclass(frozen=True, slots=True)
class _State:
    """What crosses from segment to segment: a value, `delay` points before the segment; tokens have no cotangent."""

    name: str
    delay: int
    real: bool

    @property
    def given(self) -> str:
        """The name of the input that holds it, and of the output that leaves it to the next segment."""
        return f"{self.name}@-{self.delay}"

    @property
    def cotangent(self) -> str:
        """The name of the input that holds the cotangent of what is left."""
        return f"d {self.given}"


@dataclass(frozen=True)
class _Read:
    """A read of earlier points: where along the sequence and along other indices."""

    number: int
    operand: int
    init: int | None
    index: Index
    along: Access
    others: Mapping[Index, Access]


def make_segment(stage: Stage) -> RecurrenceGraph:
    """Return the graph of a segment of a stage, or of all of one that is not cut: of that a chunk may be given, too.

    Raises:
        NotCutError: something crosses from segment to segment that cannot be given to one.
    """
    return _Segment(stage.graph, Builder.of(stage.graph), stage.way.index).run()


@dataclass(frozen=True)
class Segments:
    """A stage, the graph of one of its segments, and what is drawn for its dropout masks, by inputs' names."""

    stage: Stage
    graph: RecurrenceGraph
    masks: Mapping[str, Mask]

    @property
    def states(self) -> Mapping[str, InputInfo]:
        """What a segment is given of the one before; its outputs have the same names."""
        return {name: self.graph.inputs[name] for name in self.graph.outputs if name in self.graph.inputs}

    @property
    def wrt(self) -> list[str]:
        """Of what the objective's gradient is needed: parameters, states and what earlier stages handed on."""
        states = [name for name, info in self.states.items() if not info.whole]
        taken = [value.name for value in self.stage.taken if value.real]
        return [*(name for name, info in self.graph.params.items() if not info.frozen), *states, *taken]


def make_segments(graph: RecurrenceGraph) -> tuple[Segments, ...]:
    """Return the stages of a model's loss with the graphs of their segments.

    Raises:
        NotCutError: it cannot be cut into segments.
    """
    drawn, masks = masks_as_data(of_loss(graph))
    return tuple(Segments(stage, make_segment(stage), masks) for stage in make_stages(drawn))


class _Segment:
    def __init__(self, graph: RecurrenceGraph, builder: Builder, index: Index | None) -> None:
        self.graph, self.builder, self.index = graph, builder, index
        self.inputs: dict[str, InputInfo] = dict(graph.inputs)
        self.outputs: list[OutputInfo] = []
        self.named = {e.node: e.name for e in reversed(list(graph.equations.values()))}
        self.dots: list[int] = []

    def run(self) -> RecurrenceGraph:
        """Put unit delays with given states in the place of reads, and their cotangents into the objective."""
        numbers = self._numbers()
        replaced = numbers | self._lengths() | ({} if self.index is None else self._reads(self.index))
        for number, node in list(self.builder.nodes.items()):
            operands = tuple(replaced.get(operand, operand) for operand in node.operands)
            if operands != node.operands and number not in numbers.values():
                self.builder.nodes[number] = replace(node, operands=operands)
        kept = [replace(o, node=replaced.get(o.node, o.node)) for o in self.graph.outputs.values()]
        objective = kept.pop(next(k for k, output in enumerate(kept) if output.name == OBJECTIVE))
        total = self.builder.apply(Op.ADD, objective.node, *self.dots) if self.dots else objective.node
        outputs = [*kept, *self.outputs, OutputInfo(OBJECTIVE, total, ())]
        return finish(self.builder, replace(self.graph, inputs=self.inputs), outputs)

    def _numbers(self) -> dict[int, int]:
        """Return by what the numbers of points are replaced: counted from the beginning of whole sequences."""
        numbers = ((n, node.attr) for n, node in self.graph.nodes.items() if node.op is Op.IOTA)
        return {n: self._point(attr) for n, attr in numbers if isinstance(attr, Index) and attr.kind is Kind.SEQUENCE}

    def _lengths(self) -> dict[int, int]:
        """Return by what the number of points of the sequence that is cut is replaced: of all its segments."""
        own = (n for n, node in self.graph.nodes.items() if node.op is Op.LENGTH and node.attr == self.index)
        return {number: self._scalar(LENGTH) for number in own}

    def _point(self, index: Index) -> int:
        return self.builder.apply(Op.ADD, self.builder.apply(Op.IOTA, attr=index), self._scalar(before(index)))

    def _scalar(self, name: str) -> int:
        self.inputs[name] = InputInfo(name, (), (), None, "input")
        return self.builder.input(self.inputs[name])

    # Reads ------------------------------------------------------------------------------------------------------------

    def _reads(self, index: Index) -> dict[int, int]:
        """Return by what every read of earlier points is replaced."""
        reads: dict[int, list[_Read]] = {}
        for number, node in self.graph.nodes.items():
            at = dict(node.attr.at) if node.op is Op.READ and isinstance(node.attr, ReadAt) else {}
            if index in at:
                along = at.pop(index)
                init = node.operands[1] if len(node.operands) > 1 else None
                reads.setdefault(node.operands[0], []).append(_Read(number, node.operands[0], init, index, along, at))
        found: dict[int, int] = {}
        for operand, own in reads.items():
            init = self._common_init(own)
            longest = max(max(self._delays(read.along)) for read in own)
            chain = self._chain(operand, index, longest, init)
            found |= {read.number: self._delayed(read, chain, started=init == read.init) for read in own}
        return found

    def _common_init(self, reads: list[_Read]) -> int | None:
        """Return the init with which a quantity's states begin: of all its reads, the same at all points."""
        inits = {read.init for read in reads}
        if len(inits) > 1 or None in inits:
            return None
        (init,) = inits
        domain = set() if init is None else set(self.graph.nodes[init].domain)
        moved = {index for read in reads for access in read.others.values() for index in access.indices}
        named = {index for read in reads for index in read.others}
        own = set(self.graph.nodes[reads[0].operand].domain) - {self.index} - moved - named
        return init if domain <= own else None

    def _delays(self, along: Access) -> list[int]:
        """Return by how many points an access goes back, at all points of the ranges that it depends on."""
        if not isinstance(along, Affine):
            raise TypeError("a stage reads earlier points")
        dims = {name: value for name, value in self.graph.dims.items() if value is not None}
        terms = [(index, sign) for index, sign in along.terms if index != self.index]
        ends = [(i.low.evaluate(dims), i.low.evaluate(dims) + i.extent.evaluate(dims)) for i, _ in terms]
        signs = [sign for _, sign in terms]
        points = product(*(range(*pair) for pair in ends))
        return [-along.offset - sum(map(mul, signs, point)) for point in points]

    def _delayed(self, read: _Read, chain: list[int], *, started: bool) -> int:
        """Return what a read is replaced by: one of a chain's values, by the points of ranges; its init outside."""
        builder = self.builder
        builder.span = self.graph.nodes[read.number].span
        first, *rest = dict.fromkeys(self._delays(read.along))
        back = self._back(read.along)
        value = builder.read(chain[first], read.others, read.init)
        for delay in rest:
            here = builder.apply(Op.EQUAL, back, builder.const(delay))
            value = builder.apply(Op.WHERE, here, builder.read(chain[delay], read.others, read.init), value)
        if started or read.init is None:
            return value
        outside = builder.apply(Op.LESS_EQUAL, self._point(read.index), back)
        return builder.apply(Op.WHERE, outside, read.init, value)

    def _back(self, along: Access) -> int:
        """Return as a number by how many points an access goes back."""
        builder, offset = self.builder, along.offset if isinstance(along, Affine) else 0
        terms = [pair for pair in (along.terms if isinstance(along, Affine) else ()) if pair[0] != self.index]
        value = builder.const(-offset)
        for index, sign in terms:
            value = builder.apply(Op.SUB if sign > 0 else Op.ADD, value, builder.apply(Op.IOTA, attr=index))
        return value

    def _chain(self, operand: int, index: Index, longest: int, init: int | None) -> list[int]:
        """Return a value 0, 1, 2, ... points earlier, each the one before it a point earlier."""
        builder, node = self.builder, self.graph.nodes[operand]
        builder.span = node.span
        chain = [operand]
        for delay in range(1, longest + 1):
            state = _State(self._name(operand), delay, node.dtype is DType.REAL)
            start = self._start(state, node, init)
            left = builder.read(chain[-1], {index: End(last=True)}, start)
            domain = tuple(one for one in node.domain if one != index)
            self.outputs.append(OutputInfo(state.given, left, domain))
            if state.real:
                info = replace(self.inputs[state.given], name=state.cotangent)
                self.inputs[state.cotangent] = info
                self.dots.append(dot(builder, builder.input(info), left))
            chain.append(builder.read(chain[-1], {index: Affine(((index, 1),), -1)}, start))
        return chain

    def _name(self, operand: int) -> str:
        node = self.graph.nodes[operand]
        return str(node.attr) if node.op is Op.INPUT else self.named.get(operand, f"state {operand}")

    def _start(self, state: _State, node: Node, init: int | None) -> int:
        """Return what a value is before the segment: given, and in the first one as the spec says."""
        builder = self.builder
        domain = tuple(index for index in node.domain if index != self.index)
        data = self.graph.inputs.get(state.name)
        if node.dtype is DType.BOOL or (not state.real and data is None):
            line = f" (line {node.span.line})" if node.span.line else ""
            raise NotCutError(f"it hands tokens or conditions of its own from point to point{line}")
        token, point = (data.token, data.point) if data is not None and not state.real else (None, None)
        info = InputInfo(state.given, domain, node.shape, token, "input", node.span, point)
        self.inputs[state.given] = info
        given = builder.input(info)
        if init is None:
            return given  # zero, or absent, before the first one
        return builder.apply(Op.WHERE, is_first(builder), init, given)
