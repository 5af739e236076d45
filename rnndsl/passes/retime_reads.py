"""Let every cycle move one way, where its equations read back and ahead but in total only one way.

Before: `a[t] = f(b[t+1])`, `b[t] = g(a[t-2])`: no loop over t can walk it as it stands.
After:  `a[t] = f(g(a[t-1]) if t + 1 <= length(t) else 0)`: what is read ahead is computed again where it is needed.

That terminates because the total offset of every cycle points the other way. (Retiming: Leiserson & Saxe 1991; here by
recomputation, so that every quantity keeps its own points.)
"""

from dataclasses import dataclass, field, replace

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, ReadAt
from rnndsl.graph.offsets import direction, read_offset, reads_inside
from rnndsl.graph.signatures import RESULT
from rnndsl.indices import Affine, Index, ordered
from rnndsl.ops import Op

#: More copies than this of a component's nodes mean that its cycles do not all move one way.
MOST_COPIES = 64
MOST_ROUNDS = 8


def retime_reads(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Replace reads against a cycle's direction by what they read; the same graph if there are none."""
    stuck = _stuck(graph)
    if stuck is None:
        return graph
    for index in ordered(set(graph.nodes[stuck[0]].domain)):
        for forward in (True, False):
            retimed = _all_retimed(graph, index, forward=forward)
            if retimed is not None:
                return retime_reads(retimed)
    return graph


def _stuck(graph: RecurrenceGraph) -> tuple[int, ...] | None:
    """Return the first component whose cycles do not move one way along any index as they stand."""
    for component in graph.components:
        if graph.is_cyclic(component):
            shared = set(graph.nodes[component[0]].domain).intersection(*(graph.nodes[n].domain for n in component))
            if all(direction(graph, component, index) is None for index in ordered(shared)):
                return component
    return None


def _all_retimed(graph: RecurrenceGraph, index: Index, *, forward: bool) -> RecurrenceGraph | None:
    """Retime the first component in question until it moves one way; None if it never does."""
    first, found = _stuck(graph), graph
    for _ in range(MOST_ROUNDS):
        component = _stuck(found)
        if component is None or first is None or found.nodes[component[0]].span != graph.nodes[first[0]].span:
            return found
        retimed = _retimed(found, component, index, forward=forward)
        if retimed is None:
            return None
        found = retimed
    return None


def _retimed(
    graph: RecurrenceGraph, component: tuple[int, ...], index: Index, *, forward: bool
) -> RecurrenceGraph | None:
    """Return the graph with a component walked one way along an index; None if that cannot be."""
    shift = _Shift(Builder.of(graph), graph, frozenset(component), index)
    for user, _ in reads_inside(graph, component):
        offset = read_offset(graph, user, index)
        if offset is None or offset[0] != offset[1]:
            return None
        if (offset[0] > 0) if forward else (offset[0] < 0):
            value = shift.value_of(user)
            if value is None:
                return None
            node = graph.nodes[user]
            shift.builder.nodes[user] = replace(node, op=Op.VAR, operands=(value,), attr=f"retimed {user}")
    return finish(shift.builder, graph, graph.outputs.values())


@dataclass
class _Shift:
    """Copies of a component's nodes at other steps of an index."""

    builder: Builder
    graph: RecurrenceGraph
    members: frozenset[int]
    index: Index
    copies: dict[tuple[int, int], int] = field(default_factory=dict)

    def value_of(self, read: int) -> int | None:
        """Return what a read of a member gives, computed at the point where it is read."""
        node = self.graph.nodes[read]
        offset = (read_offset(self.graph, read, self.index) or (0, 0))[0]
        value = self.at(node.operands[0], offset)
        if value is None or not isinstance(node.attr, ReadAt) or len(node.attr.at) > 1:
            return None
        build = self.builder.apply
        self.builder.span = node.span
        point = build(Op.ADD, build(Op.IOTA, attr=self.index), self.builder.const(float(offset)))
        high = self.builder.size(self.index.high) if self.index.high is not None else build(Op.LENGTH, attr=self.index)
        low = self.builder.size(self.index.low)
        outside = build(Op.LESS, high, point) if offset > 0 else build(Op.LESS, point, low)
        init = node.operands[1] if len(node.operands) > 1 else self.builder.const(0.0)
        return build(Op.WHERE, outside, init, value)

    def at(self, number: int, offset: int) -> int | None:
        """Return a node's value `offset` steps on; None if copies do not come to an end."""
        if offset == 0:
            return number
        if number not in self.members:
            moved = {self.index: Affine(((self.index, 1),), offset)}
            return self.builder.read(number, moved) if self.index in self.graph.nodes[number].domain else number
        known = self.copies.get((number, offset))
        if known is not None or len(self.copies) > MOST_COPIES * len(self.members):
            return known
        self.copies[number, offset] = number  # until it is known: a node that needs itself is refused by the scheduler
        made = self._copy(self.graph.nodes[number], offset)
        if made is not None:
            self.copies[number, offset] = made
        return made

    def _copy(self, node: Node, offset: int) -> int | None:
        self.builder.span, self.builder.adjoint = node.span, node.adjoint
        if node.op is Op.READ and isinstance(node.attr, ReadAt):
            return self._read(node, node.attr, offset)
        operands = [self.at(operand, offset) for operand in node.operands]
        if any(operand is None for operand in operands):
            return None
        found = tuple(operand for operand in operands if operand is not None)
        if node.op in RESULT:
            return self.builder.apply(node.op, *found, attr=node.attr)
        return self.builder.add(replace(node, operands=found))

    def _read(self, node: Node, attr: ReadAt, offset: int) -> int | None:
        accesses = dict(attr.at)
        access = accesses.get(self.index, Affine(((self.index, 1),)))
        if not isinstance(access, Affine):
            return None
        accesses[self.index] = Affine(access.terms, access.offset + offset)
        inits = [self.at(init, offset) for init in node.operands[1:]]
        return self.builder.read(node.operands[0], accesses, inits[0] if inits else None)
