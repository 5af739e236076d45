"""One point of a sequence as a graph of its own, in which there is no sequence.

A model that can be run point by point reads earlier points only. What it reads, and so has carried, becomes an input,
`NAME@-DELAY`; what the next point will read becomes an output, `NAME@0`. All else stays as it is, with the sequence
taken out of every domain: no layout of points is made, and no loop is walked, for a single one.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import InputInfo, OutputInfo, RecurrenceGraph
from rnndsl.graph.node import Labels, Node, Over, ReadAt
from rnndsl.indices import Affine, Domain, Index
from rnndsl.ops import DType, Op

#: Operators that need to know where a point is, or which random numbers come there.
PLACED = frozenset({Op.IOTA, Op.LENGTH, Op.FRESH, Op.RANDOM, Op.OPTION, Op.VAR, Op.BEAM, Op.MISSING, Op.USES})


@dataclass(frozen=True, slots=True)
class Moment:
    """The graph of one point; `states` gives by name of what is carried by how many points it is read back.

    `recurrent` are the matrices that a loop along the sequence multiplies by.
    """

    graph: RecurrenceGraph
    states: Mapping[str, tuple[int, ...]]
    recurrent: frozenset[int]


def given_name(state: str, delay: int) -> str:
    """Return the name of the input that holds what was carried, so many points earlier."""
    return f"{state}@-{delay}"


def left_name(state: str) -> str:
    """Return the name of the output that the next point reads."""
    return f"{state}@0"


def make_moment(
    graph: RecurrenceGraph, stream: Index, states: Mapping[int, str], looped: Collection[int]
) -> Moment | None:
    """Return the graph of one point, None where something needs more than that.

    `states` names the nodes that are carried from point to point, `looped` are the nodes of loops.
    """
    outputs = [info for info in graph.outputs.values() if stream in info.domain]
    plain = len(outputs) == len(graph.outputs) and not any(i.ragged for o in outputs for i in _less(o.domain, stream))
    order = list(_in_order(graph, [info.node for info in outputs], stream, states)) if plain else []
    own = [number for number in order if _delay(graph.nodes[number], stream, states) is None]
    before = {number: place for place, number in enumerate(order)}
    cyclic = any(before[operand] > before[number] for number in own for operand in graph.nodes[number].operands)
    if not order or cyclic or any(_why_not(graph, number, stream) for number in own):
        return None
    return _Moment(graph, stream, states, order).run(outputs, looped)


def _less(domain: Domain, stream: Index) -> Domain:
    return tuple(index for index in domain if index != stream)


def _delay(node: Node, stream: Index, states: Mapping[int, str]) -> int | None:
    """Return by how many points a read of a carried value goes back along the stream, and nowhere else."""
    if node.op is not Op.READ or node.operands[0] not in states:
        return None
    match node.attr:
        case ReadAt(((index, Affine(terms, offset)),)) if index == stream and terms == ((stream, 1),) and offset < 0:
            return -offset
    return None


def _why_not(graph: RecurrenceGraph, number: int, stream: Index) -> bool:
    """Tell what a point alone does not have: its place, other points, other points' sums."""
    node = graph.nodes[number]
    ragged = [index for index in node.domain if index.ragged and index != stream]
    if ragged or node.op in PLACED or (not node.batch and stream in node.domain):
        return True
    match node.attr:
        case ReadAt(at):
            return any(index.ragged for index, _ in at)
        case Over(indices):
            return any(index.ragged for index in indices)
        case Labels():
            return any(i.ragged and i not in node.domain for o in node.operands for i in graph.nodes[o].domain)
    return False


def _in_order(
    graph: RecurrenceGraph, roots: Collection[int], stream: Index, states: Mapping[int, str]
) -> Iterator[int]:
    """Yield what `roots` need and what is carried for the next point, operands first; carried values are given."""
    seen: set[int] = set()
    stack = [(number, False) for number in reversed(list(roots))]
    while stack:
        number, done = stack.pop()
        if done:
            yield number
        elif number not in seen:
            seen.add(number)
            node = graph.nodes[number]
            given = _delay(node, stream, states) is not None
            stack.append((number, True))
            stack += [(operand, False) for operand in reversed(node.operands) if not given]
            if given and node.operands[0] not in seen:
                stack.insert(0, (node.operands[0], False))


class _Moment:
    def __init__(
        self, graph: RecurrenceGraph, stream: Index, states: Mapping[int, str], order: Collection[int]
    ) -> None:
        self.graph, self.stream, self.names, self.order = graph, stream, states, order
        self.builder, self.made = Builder(), dict[int, int]()
        self.inputs = {name: replace(info, domain=_less(info.domain, stream)) for name, info in graph.inputs.items()}
        self.delays: dict[str, set[int]] = {}
        self.tokens = True

    def run(self, outputs: Collection[OutputInfo], looped: Collection[int]) -> Moment | None:
        for number in self.order:
            node = self.graph.nodes[number]
            self.builder.span = node.span
            delay = _delay(node, self.stream, self.names)
            self.made[number] = self._plain(node) if delay is None else self._given(node, delay)
        if not self.tokens:
            return None
        found = [replace(o, node=self.made[o.node], domain=_less(o.domain, self.stream)) for o in outputs]
        for number, name in self.names.items():
            if name in self.delays:
                domain = _less(self.graph.nodes[number].domain, self.stream)
                found.append(OutputInfo(left_name(name), self.made[number], domain))
        frame = replace(self.graph, inputs=self.inputs, indices=_less(self.graph.indices, self.stream))
        known = {
            name: replace(info, node=self.made[info.node], domain=_less(info.domain, self.stream))
            for name, info in self.graph.equations.items()
            if info.node in self.made
        }
        result = finish(self.builder, frame, found, known)
        matrices = [
            self.made[operand]
            for number in looped
            if number in self.made and self.graph.nodes[number].op is Op.CONTRACT
            for operand in self.graph.nodes[number].operands
            if not self.graph.nodes[operand].batch
        ]
        states = {name: tuple(sorted(delays)) for name, delays in self.delays.items()}
        return Moment(result, states, frozenset(matrices)) if len(result.nodes) == len(self.builder.nodes) else None

    def _plain(self, node: Node) -> int:
        operands = tuple(self.made[operand] for operand in node.operands)
        moved = replace(node, operands=operands, domain=_less(node.domain, self.stream))
        if node.op is Op.NOISE:  # there is none outside training
            return self.builder.broadcast(self.builder.const(1), moved.domain, moved.shape, batch=moved.batch)
        if node.op is Op.BROADCAST:
            return self.builder.broadcast(operands[0], moved.domain, moved.shape, batch=moved.batch)
        return self.builder.add(moved)

    def _given(self, node: Node, delay: int) -> int:
        operand = self.graph.nodes[node.operands[0]]
        state = self.names[node.operands[0]]
        data = self.graph.inputs.get(str(operand.attr)) if operand.op is Op.INPUT else None
        self.tokens &= operand.dtype is DType.REAL or data is not None
        token, point = (data.token, data.point) if data is not None else (None, None)
        name, domain = given_name(state, delay), _less(operand.domain, self.stream)
        info = InputInfo(name, domain, operand.shape, token, "input", node.span, point)
        self.inputs[name] = info
        self.delays.setdefault(state, set()).add(delay)
        return self.builder.input(info)
