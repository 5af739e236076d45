"""A segment of a long sequence as a graph of its own, for backpropagation with checkpoints.

Griewank (1992), Chen et al. (2016): only the states between segments are kept, and a segment's tape is made again when
the gradient comes to it. So a segment's graph takes as inputs what the segment before it has left (`NAME@-1`, the value
one point earlier) and the cotangents of what it leaves itself (`d NAME@-1`), and its objective is

    sum of its terms, over the weights of the whole sequence  +  sum of cotangents times what it leaves.

The gradient of that with respect to parameters is the segment's share of the whole gradient; that with respect to what
it was given are the cotangents for the segment before it.
"""

from dataclasses import dataclass, replace
from string import ascii_lowercase

from rnndsl.graph.adding import add_up
from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import InputInfo, OutputInfo, RecurrenceGraph
from rnndsl.graph.node import Labels, Node, ReadAt
from rnndsl.indices import Affine, Domain, End, Index, Kind
from rnndsl.ops import DType, Op

#: Whether a segment is the first one: its states begin as the spec says.
BEGIN = "begin"
OBJECTIVE = "objective"
#: The input that says how many points of an example come before the segment.
START = "points@before"


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


def weight_option(target: str) -> str:
    """Return the name of the option that gives the weight of a target's points in the whole sequence."""
    return f"weight_of_{target}"


def why_no_segments(graph: RecurrenceGraph) -> str | None:
    """Return None if a model that runs in chunks can be cut into segments, otherwise a sentence that says why not."""
    if not any(index.kind is Kind.SEQUENCE for index in graph.indices):
        return "it has no sequence"
    if sum(index.ragged for index in graph.indices) > 1:
        return "it has other sequences, or trees, beside the one that is cut"
    index = cut_sequence(graph)
    reason = _why_no_states(graph, index)
    if reason is None and "loss" not in graph.outputs:
        return "it has no loss"
    if reason is None and add_up(graph, index) is None:
        return f"its loss is no sum over the points of `{index.name}`"
    return reason


def sums_of_loss(graph: RecurrenceGraph) -> frozenset[int]:
    """Return the sums over the sequence that is cut which a loss adds up; none where it is anything else."""
    cut = any(index.kind is Kind.SEQUENCE for index in graph.indices) and "loss" in graph.outputs
    adding = add_up(graph, cut_sequence(graph)) if cut else None
    return adding.sums if adding else frozenset()


def _why_no_states(graph: RecurrenceGraph, index: Index) -> str | None:
    """Say why what crosses from segment to segment along a sequence is no value at its last points."""
    inits: dict[int, int | None] = {}
    for number, node in graph.nodes.items():
        at = dict(node.attr.at) if node.op is Op.READ and isinstance(node.attr, ReadAt) else {}
        if index not in at:
            continue
        init = node.operands[1] if len(node.operands) > 1 else None
        if _delay(graph, number, index) is None or (init is not None and len(at) > 1):
            return "it reads earlier points by a range, or along several indices at once"
        if init is not None and index in graph.nodes[init].domain:
            return f"an init varies along `{index.name}`"
        if init is not None and not set(graph.nodes[init].domain) <= set(_domain(graph, node)):
            return "an init has more indices than its quantity"
        if inits.setdefault(node.operands[0], init) != init:
            return "a quantity has several inits"
        if node.dtype is DType.INT and graph.nodes[node.operands[0]].op is not Op.INPUT:
            return "it hands tokens of its own from point to point"
    return None


def _domain(graph: RecurrenceGraph, read: Node) -> Domain:
    """Return the domain of what is read."""
    return graph.nodes[read.operands[0]].domain


def make_segment(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph of a segment; `why_no_segments` says which models have none."""
    return _Segment(graph, Builder.of(graph), cut_sequence(graph)).run()


def given_states(segment: RecurrenceGraph) -> list[str]:
    """Return the inputs of a segment that hold what the one before it has left; its outputs have the same names."""
    return [name for name in segment.outputs if name in segment.inputs]


def cut_sequence(graph: RecurrenceGraph) -> Index:
    """Return the sequence that is cut into segments."""
    return next(index for index in graph.indices if index.kind is Kind.SEQUENCE)


def _delay(graph: RecurrenceGraph, number: int, index: Index) -> int | None:
    """Return by how many points a read goes back along a sequence; None if that is not one number above 0."""
    attr = graph.nodes[number].attr
    access = dict(attr.at).get(index) if isinstance(attr, ReadAt) else None
    if not isinstance(access, Affine) or access.terms != ((index, 1),) or access.offset >= 0:
        return None
    return -access.offset


class _Segment:
    def __init__(self, graph: RecurrenceGraph, builder: Builder, index: Index) -> None:
        self.graph, self.builder, self.index = graph, builder, index
        self.count = 0
        self.inputs: dict[str, InputInfo] = dict(graph.inputs)
        self.outputs: list[OutputInfo] = []
        self.named = {e.node: e.name for e in reversed(list(graph.equations.values()))}
        self.dots: list[int] = []

    def run(self) -> RecurrenceGraph:
        """Put unit delays with given states in the place of reads, and the objective in that of the loss."""
        loss = self._loss()
        numbers = self._numbers()
        replaced = self._reads() | self._weights() | numbers
        for number, node in list(self.builder.nodes.items()):
            if number in numbers.values():
                continue
            operands = tuple(replaced.get(operand, operand) for operand in node.operands)
            if operands != node.operands:
                self.builder.nodes[number] = replace(node, operands=operands)
        kept = [o for o in self.graph.outputs.values() if o.name.endswith((".nll", ".weight"))]
        total = self.builder.apply(Op.ADD, loss, *self.dots) if self.dots else loss
        outputs = [*kept, OutputInfo("loss", loss, ()), *self.outputs, OutputInfo(OBJECTIVE, total, ())]
        return finish(self.builder, replace(self.graph, inputs=self.inputs), outputs)

    def _loss(self) -> int:
        """Return the segment's share of the loss.

        Raises:
            ValueError: there is none, see `why_no_segments`.
        """
        found = add_up(self.graph, self.index)
        if found is None:
            raise ValueError("the loss adds up over the sequence")
        return found.share(self.builder)

    def _weights(self) -> dict[int, int]:
        """Return by what the sums of weights are replaced in the loss: those of the whole sequence."""
        found = {}
        for name, output in self.graph.outputs.items():
            if name.endswith(".weight"):
                option = self.builder.apply(Op.OPTION, attr=weight_option(name.removesuffix(".weight")))
                found[output.node] = option
        return found

    def _numbers(self) -> dict[int, int]:
        """Return by what numbers of points are replaced: counted from the beginning of the whole sequence."""
        found = {}
        for number, node in self.graph.nodes.items():
            if node.op is Op.IOTA and node.attr == self.index:
                self.inputs[START] = InputInfo(START, (), (), None, "input")
                found[number] = self.builder.apply(Op.ADD, number, self.builder.input(self.inputs[START]))
        return found

    def _reads(self) -> dict[int, int]:
        """Return by which chain of unit delays every read of earlier points is replaced."""
        found: dict[int, int] = {}
        delays: dict[int, dict[int, list[int]]] = {}
        for number, node in self.graph.nodes.items():
            delay = _delay(self.graph, number, self.index) if node.op is Op.READ else None
            if delay is not None:
                delays.setdefault(node.operands[0], {}).setdefault(delay, []).append(number)
        for operand, by_delay in delays.items():
            first = self.graph.nodes[next(iter(by_delay.values()))[0]]
            chain = self._chain(operand, max(by_delay), first.operands[1] if len(first.operands) > 1 else None)
            for delay, numbers in by_delay.items():
                for number in numbers:
                    found[number] = self._elsewhere(number, chain[delay - 1])
        return found

    def _elsewhere(self, number: int, value: int) -> int:
        """Read a delayed value along the other indices of a read."""
        attr = self.graph.nodes[number].attr
        others = [(i, a) for i, a in attr.at if i != self.index] if isinstance(attr, ReadAt) else []
        return self.builder.read(value, dict(others))

    def _chain(self, operand: int, longest: int, init: int | None) -> list[int]:
        """Return a value 1, 2, ... points earlier, each the one before it a point earlier."""
        builder, chain, node = self.builder, list[int](), self.graph.nodes[operand]
        builder.span = node.span
        name = str(node.attr) if node.op is Op.INPUT else self.named.get(operand, f"state {self.count}")
        self.count += 1
        for delay in range(1, longest + 1):
            state = _State(name, delay, node.dtype is DType.REAL)
            start = self._start(state, node, init)
            before = chain[-1] if chain else operand
            left = builder.read(before, {self.index: End(last=True)}, start)
            domain = tuple(index for index in node.domain if index != self.index)
            self.outputs.append(OutputInfo(state.given, left, domain))
            if state.real:
                info = replace(self.inputs[state.given], name=state.cotangent)
                self.inputs[state.cotangent] = info
                labels = ascii_lowercase[: len(node.shape)]
                self.dots.append(
                    builder.contract(Labels((labels, labels), ""), [builder.input(info), left], (), batch=False)
                )
            chain.append(builder.read(before, {self.index: Affine(((self.index, 1),), -1)}, start))
        return chain

    def _start(self, state: _State, node: Node, init: int | None) -> int:
        """Return what a value is before the segment: given, or in the first one as the spec says."""
        builder = self.builder
        domain = tuple(index for index in node.domain if index != self.index)
        data = self.graph.inputs.get(state.name)
        token, point = (data.token, data.point) if data is not None and not state.real else (None, None)
        info = InputInfo(state.given, domain, node.shape, token, "input", node.span, point)
        self.inputs[state.given] = info
        given = builder.input(info)
        if not state.real and init is None:
            return given  # absent before the first one
        first = builder.apply(Op.LESS, builder.const(0.5), builder.apply(Op.OPTION, attr=BEGIN))
        return builder.apply(Op.WHERE, first, builder.const(0) if init is None else init, given)
