"""Building graphs: hash-consed nodes, placeholders for equations that read themselves, and a clean end.

Every stage that makes a graph (lowering, differentiation, passes) does it through a `Builder`; equal nodes are made
once, so common subexpressions need no pass of their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from rnndsl.diagnostics.span import NOWHERE, Span
from rnndsl.graph.graph import EquationInfo, InputInfo, OutputInfo, ParamInfo, RecurrenceGraph
from rnndsl.graph.node import Attr, Labels, Node, ReadAt
from rnndsl.graph.signatures import RESULT, contracted, domain_and_batch
from rnndsl.indices import Access, Affine, Domain, Index, Kind, ordered
from rnndsl.ops import DType, Op
from rnndsl.sizes import Shape, Size


@dataclass
class Builder:
    """A graph in the making; `span` and `adjoint` are put on every node made from now on.

    `indices` are those that the graph has, or gets beside those of its frame.
    """

    nodes: dict[int, Node] = field(default_factory=dict)
    span: Span = NOWHERE
    adjoint: int = 0
    indices: list[Index] = field(default_factory=list)
    _known: dict[tuple[object, ...], int] = field(default_factory=dict)

    @staticmethod
    def of(graph: RecurrenceGraph) -> "Builder":
        """Start from all nodes of a graph, ids kept."""
        builder = Builder(dict(graph.nodes), indices=list(graph.indices))
        builder._known = {node.key: number for number, node in graph.nodes.items()}
        return builder

    def add(self, node: Node) -> int:
        """Return the id of a node equal to `node`, made now if there is none."""
        key = node.key
        number = self._known.get(key)
        if number is None:
            number = len(self.nodes)
            n = node
            self.nodes[number] = Node(
                n.op, n.operands, n.domain, n.shape, n.batch, n.dtype, n.attr, self.span, self.adjoint
            )
            self._known[key] = number
        return number

    def apply(self, op: Op, *operands: int, attr: Attr = None) -> int:
        """Apply an operator whose shape follows from its operands (`RESULT`)."""
        given = [self.nodes[number] for number in operands]
        shape, dtype = RESULT[op](given, attr)
        domain, batch = domain_and_batch(op, given, attr)
        return self.add(Node(op, operands, domain, shape, batch, dtype, attr))

    def shaped(self, op: Op, *operands: int, shape: Shape, attr: Attr = None, dtype: DType = DType.REAL) -> int:
        """Apply an operator whose shape the caller says (`SLICE`, `PLACE`, `ONE_HOT`, `PUT`)."""
        given = [self.nodes[number] for number in operands]
        domain, batch = domain_and_batch(op, given, attr)
        return self.add(Node(op, operands, domain, shape, batch, dtype, attr))

    def const(self, value: float) -> int:
        """Return a number."""
        return self.apply(Op.CONST, attr=float(value))

    def size(self, size: Size) -> int:
        """Return a size as a number."""
        return self.const(size.value) if size.value is not None else self.apply(Op.SIZE, attr=size)

    def param(self, info: ParamInfo) -> int:
        """Return a parameter."""
        return self.add(Node(Op.PARAM, (), ordered(info.domain), info.shape, batch=False, attr=info.name))

    def input(self, info: InputInfo) -> int:
        """Return an input or target; tokens and points are whole numbers of shape ()."""
        dtype = DType.INT if info.whole else DType.REAL
        return self.add(Node(Op.INPUT, (), ordered(info.domain), info.shape, True, dtype, info.name))  # noqa: FBT003

    def read(self, operand: int, at: Mapping[Index, Access], init: int | None = None) -> int:
        """Read `operand` elsewhere; accesses to the same point are dropped, and with them perhaps the whole read."""
        moved = [(index, access) for index, access in at.items() if access != Affine(((index, 1),))]
        kept = tuple(sorted(moved, key=lambda pair: pair[0].sort_key))
        if not kept:
            return operand
        return self.apply(Op.READ, operand, *([] if init is None else [init]), attr=ReadAt(kept))

    def contract(self, labels: Labels, operands: Sequence[int], domain: Domain, *, batch: bool) -> int:
        """Multiply and sum; indices and batch that `domain` and `batch` lack are summed."""
        given = [self.nodes[number] for number in operands]
        shape = contracted(given, labels)
        return self.add(Node(Op.CONTRACT, tuple(operands), ordered(domain), shape, batch, attr=labels))

    def product(self, labels: Labels, *operands: int) -> int:
        """Contract value axes only: every index of the operands is kept."""
        given = [self.nodes[number] for number in operands]
        domain = ordered({index for node in given for index in node.domain})
        return self.contract(labels, operands, domain, batch=any(node.batch for node in given))

    def broadcast(self, operand: int, domain: Domain, shape: Shape, *, batch: bool) -> int:
        """Repeat a value over what it lacks; nothing is made where it lacks nothing."""
        node = self.nodes[operand]
        if node.domain == ordered(domain) and node.shape == shape and node.batch == batch:
            return operand
        return self.add(Node(Op.BROADCAST, (operand,), ordered(domain), shape, batch, node.dtype))

    def placeholder(self, key: str, domain: Domain, shape: Shape, *, batch: bool, dtype: DType = DType.REAL) -> int:
        """Return a node that stands for an equation until `define` says what it is."""
        return self.add(Node(Op.VAR, (), ordered(domain), shape, batch, dtype, key))

    def children_of(self, index: Index) -> Index:
        """Return an index over the children of a tree's or dag's nodes; one that is there already will do."""
        for known in self.indices:
            if known.of == index:
                return known
        return self.fresh(Index(f"{index.name}.child", Kind.CHILDREN, index.order, of=index))

    def fresh(self, like: Index) -> Index:
        """Return a new index that is like another one but for its name."""
        taken = {index.name for index in self.indices}
        names = (like.name, *(f"{like.name}_{k}" for k in range(2, len(taken) + 3)))
        made = replace(like, name=next(name for name in names if name not in taken))
        self.indices.append(made)
        return made

    def define(self, placeholder: int, value: int) -> None:
        """Say what a placeholder stands for (broadcast to what was promised)."""
        node = self.nodes[placeholder]
        value = self.broadcast(value, node.domain, node.shape, batch=node.batch)
        self.nodes[placeholder] = replace(node, operands=(value,))


def finish(
    builder: Builder,
    frame: RecurrenceGraph,
    outputs: Iterable[OutputInfo],
    equations: Mapping[str, EquationInfo] | None = None,
) -> RecurrenceGraph:
    """Make the graph: forward placeholders, drop what no output needs, number the rest in a stable order.

    `frame` gives everything but nodes, outputs and equations. Equations whose value nobody needs are dropped.
    """
    forwarded = {n: _resolve(builder, n) for n, node in builder.nodes.items() if node.op is Op.VAR}
    wanted = list(outputs)
    live = _reachable(builder, forwarded, [output.node for output in wanted])
    kept = [number for number in builder.nodes if number in live]
    numbers = {old: new for new, old in enumerate(kept)}
    numbers |= {placeholder: numbers[n] for placeholder, n in forwarded.items() if n in live}
    nodes = {numbers[old]: _renumbered(builder.nodes[old], numbers) for old in kept}
    known = frame.equations if equations is None else equations
    return replace(
        frame,
        indices=(*frame.indices, *(index for index in builder.indices if index not in frame.indices)),
        nodes=nodes,
        outputs={o.name: _at(o, numbers[o.node]) for o in wanted},
        equations={name: _at(e, numbers[e.node]) for name, e in known.items() if e.node in numbers},
    )


Info = TypeVar("Info", OutputInfo, EquationInfo)


def _at(info: Info, number: int) -> Info:
    return info if info.node == number else replace(info, node=number)


def _renumbered(node: Node, numbers: Mapping[int, int]) -> Node:
    operands = tuple(map(numbers.__getitem__, node.operands))
    if operands == node.operands:
        return node
    n = node
    return Node(n.op, operands, n.domain, n.shape, n.batch, n.dtype, n.attr, n.span, n.adjoint)


def _resolve(builder: Builder, number: int) -> int:
    """Follow placeholders; one that leads back to itself stays (the verifier refuses it)."""
    seen = set()
    while builder.nodes[number].op is Op.VAR and builder.nodes[number].operands and number not in seen:
        seen.add(number)
        number = builder.nodes[number].operands[0]
    return number


def _reachable(builder: Builder, forwarded: Mapping[int, int], roots: Sequence[int]) -> set[int]:
    live: set[int] = set()
    stack = list(roots)
    while stack:
        number = stack.pop()
        number = forwarded.get(number, number)
        if number not in live:
            live.add(number)
            stack += builder.nodes[number].operands
    return live
