"""Let every cycle move one way, where its equations read back and ahead but in total only one way.

Before: `a[t] = f(b[t+1])`, `b[t] = g(a[t-2])`: no loop over t can walk it as it stands.
After:  `a[t] = f(g(a[t-1]) if t + 1 <= length(t) else 0)`: what is read ahead is computed again where it is needed.

That terminates because the total offset of every cycle points the other way. (Retiming: Leiserson & Saxe 1991; here by
recomputation, so that every quantity keeps its own points.)
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, ReadAt
from rnndsl.graph.offsets import direction, read_offset, reads_inside
from rnndsl.graph.order import same_point_order
from rnndsl.graph.signatures import RESULT
from rnndsl.indices import Access, Affine, Child, Index, Parent, here, ordered
from rnndsl.ops import Op

#: A cycle that reads so far ahead that its nodes would be copied more often is left to the scheduler, which refuses it.
MOST_COPIES = 100


def retime_reads(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Replace reads against a cycle's direction by what they read; the same graph if there are none."""
    stuck = [component for component in graph.components if graph.is_cyclic(component) and _stuck(graph, component)]
    builder = Builder.of(graph)
    retimed = [_retime(builder, graph, component) for component in stuck]
    return finish(builder, graph, graph.outputs.values()) if any(retimed) else graph


def _shared(graph: RecurrenceGraph, component: tuple[int, ...]) -> list[Index]:
    """Return the indices that every member of a component varies over."""
    first = graph.nodes[component[0]].domain
    return list(ordered(set(first).intersection(*(graph.nodes[number].domain for number in component))))


def _stuck(graph: RecurrenceGraph, component: tuple[int, ...]) -> bool:
    """Whether a component moves one way along no index as it stands; trees have one way only."""
    accesses = [access for number in component for _, access in _accesses(graph.nodes[number])]
    if any(isinstance(access, Child | Parent) for access in accesses):
        return False
    return all(direction(graph, component, index) is None for index in _shared(graph, component))


def _accesses(node: Node) -> tuple[tuple[Index, Access], ...]:
    return node.attr.at if isinstance(node.attr, ReadAt) else ()


def _retime(builder: Builder, graph: RecurrenceGraph, component: tuple[int, ...]) -> bool:
    """Let a component be walked one way along the first index where that can be; tell whether there is one."""
    for index in _shared(graph, component):
        for sign in (1, -1):
            if not index.cyclic and _moves(graph, component, index, sign):
                return _Copies(builder, graph, frozenset(component), index, sign).replace_reads(component)
    return False


def _moves(graph: RecurrenceGraph, component: tuple[int, ...], index: Index, sign: int) -> bool:
    """Whether every cycle reads back, in total, along an index that is walked up (sign 1) or down (-1).

    Bellman and Ford's longest paths. Every read counts one more beside its offset, which is scaled so that this decides
    only where the offsets add up to 0; at a point operands come first, so that one round follows a path up to a read.
    """
    reads = [user for user, _ in reads_inside(graph, component)]
    weights = dict.fromkeys(component, 0)
    for user in reads:
        offset = read_offset(graph, user, index)
        if offset is None or offset[0] != offset[1]:
            return False
        weights[user] = sign * offset[0] * (len(reads) + 1) + 1
    order = same_point_order(graph, component)
    levels = dict.fromkeys(component, 0)
    for _ in range(len(reads) + 2):
        settled = True
        for number in order:
            level = max(_arriving(graph.nodes[number], levels, weights[number]), levels[number])
            settled = settled and level == levels[number]
            levels[number] = level
        if settled:
            return True
    return False


def _arriving(node: Node, levels: Mapping[int, int], weight: int) -> int:
    """Return the longest path to a node by its operands; only the first operand of a read is elsewhere."""
    steps = [weight] + [0] * (len(node.operands) - 1)
    known = zip(node.operands, steps, strict=True)
    return max((levels[operand] + step for operand, step in known if operand in levels), default=0)


@dataclass
class _Copies:
    """Copies of a component's nodes at other steps of an index; a stack takes the place of recursion."""

    builder: Builder
    graph: RecurrenceGraph
    members: Collection[int]
    index: Index
    sign: int
    made: dict[tuple[int, int], int] = field(default_factory=dict)

    def replace_reads(self, component: tuple[int, ...]) -> bool:
        """Put, for every read ahead, what it reads; False, and nothing is changed, where that takes too many copies."""
        ahead = [user for user, _ in reads_inside(self.graph, component) if self.sign * self._offset(user) > 0]
        if not all(self._make(need) for user in ahead for need in self._needs(user, 0)):
            return False
        for user in ahead:
            node, value = self.graph.nodes[user], self._copy(user, 0)
            self.builder.nodes[user] = replace(node, op=Op.VAR, operands=(value,), attr=f"retimed {user}")
        return True

    def _make(self, first: tuple[int, int]) -> bool:
        """Copy a node some steps on, after what it needs; False where the limit is reached."""
        stack = [first]
        while stack:
            missing = [need for need in self._needs(*stack[-1]) if need not in self.made]
            if missing:
                stack.extend(missing)
                continue
            wanted = stack.pop()
            if wanted not in self.made:
                self.made[wanted] = self._copy(*wanted)
            if len(self.made) > MOST_COPIES * len(self.members):
                return False
        return True

    def _offset(self, number: int) -> int:
        """Return how far a read of a member steps along the index; 0 for every other node."""
        node = self.graph.nodes[number]
        if node.op is not Op.READ or node.operands[0] not in self.members:
            return 0
        offset = read_offset(self.graph, number, self.index)
        return 0 if offset is None else offset[0]

    def _needs(self, number: int, offset: int) -> list[tuple[int, int]]:
        """Return the copies, as (node, offset), that a copy of a node is made of."""
        node = self.graph.nodes[number]
        first = offset + self._offset(number)
        steps = [first if self.sign * first > 0 else 0] + [offset] * (len(node.operands) - 1)
        if node.op is not Op.READ:
            steps = [offset] * len(node.operands)
        return [
            (operand, step)
            for operand, step in zip(node.operands, steps, strict=True)
            if step and operand in self.members
        ]

    def _at(self, number: int, offset: int) -> int:
        """Return a node's value `offset` steps on; copies of members are there already."""
        if offset and number in self.members:
            return self.made[number, offset]
        there = {self.index: Affine(((self.index, 1),), offset)}
        return self.builder.read(number, there) if self.index in self.graph.nodes[number].domain else number

    def _copy(self, number: int, offset: int) -> int:
        node = self.graph.nodes[number]
        self.builder.span, self.builder.adjoint = node.span, node.adjoint
        if node.op is Op.READ and isinstance(node.attr, ReadAt):
            return self._read(number, dict(node.attr.at), offset)
        operands = tuple(self._at(operand, offset) for operand in node.operands)
        if node.op in RESULT:
            return self.builder.apply(node.op, *operands, attr=node.attr)
        return self.builder.add(replace(node, operands=operands))

    def _read(self, number: int, accesses: dict[Index, Access], offset: int) -> int:
        operand, *inits = self.graph.nodes[number].operands
        init = self._at(inits[0], offset) if inits else None
        if self.index in self.graph.nodes[operand].domain:
            accesses.setdefault(self.index, here(self.index))
        moved = {index: self._moved(access, offset) for index, access in accesses.items()}
        ahead = offset + self._offset(number)
        if operand not in self.members or self.sign * ahead <= 0:
            return self.builder.read(operand, moved, init)
        moved.pop(self.index)
        inner = self.builder.read(self.made[operand, ahead], moved, init)
        otherwise = self.builder.const(0.0) if init is None else init
        return self.builder.apply(Op.WHERE, self._outside(ahead), otherwise, inner)

    def _moved(self, access: Access, offset: int) -> Access:
        """Return an access as it is `offset` steps on."""
        if not isinstance(access, Affine):
            return access
        return Affine(access.terms, access.offset + offset * dict(access.terms).get(self.index, 0))

    def _outside(self, ahead: int) -> int:
        """Return whether the point that many steps ahead does not exist."""
        apply, index = self.builder.apply, self.index
        point = apply(Op.ADD, apply(Op.IOTA, attr=index), self.builder.const(float(ahead)))
        if ahead < 0:
            return apply(Op.LESS, point, self.builder.size(index.low))
        high = apply(Op.LENGTH, attr=index) if index.high is None else self.builder.size(index.high)
        return apply(Op.LESS, high, point)
