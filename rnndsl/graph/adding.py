"""Losses that add up over the points of a sequence: what a segment's share of them is.

A loss is a linear combination of sums over the points, of which a segment has its own terms, and of values that have
nothing to do with the sequence, which count once, in the first segment: penalties of weights, say.
"""

from dataclasses import dataclass, replace

from rnndsl.graph.build import Builder
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node
from rnndsl.indices import Index
from rnndsl.ops import Op

#: The option that is 1 in the first segment of a call, and 0 in all others.
ONCE = "once"

#: Linear in every operand, and in one if the others have nothing to do with the sequence.
SUMS = frozenset({Op.ADD, Op.SUB, Op.NEG, Op.BROADCAST})
PRODUCTS = frozenset({Op.MUL, Op.DIV, Op.CONTRACT})


@dataclass(frozen=True)
class Adding:
    """How a loss adds up over a sequence: `sums` over its points; `moving` is all that depends on these."""

    graph: RecurrenceGraph
    index: Index
    sums: frozenset[int]
    moving: frozenset[int]

    def share(self, builder: Builder) -> int:
        """Return a segment's share of the loss."""
        return self._share(builder, self.graph.outputs["loss"].node, {})

    def _share(self, builder: Builder, number: int, known: dict[int, int]) -> int:
        node = self.graph.nodes[number]
        if number in self.sums or number in known:
            return known.get(number, number)
        if number not in self.moving:
            return known.setdefault(number, _once(builder, number, node))
        operands = tuple(
            self._share(builder, o, known) if o in self.moving or _is_term(node, k) else o
            for k, o in enumerate(node.operands)
        )
        builder.span = node.span
        return known.setdefault(number, builder.add(replace(node, operands=operands)))


def _once(builder: Builder, number: int, node: Node) -> int:
    if node.op is Op.CONST and not node.attr:
        return number
    return builder.apply(Op.MUL, number, builder.apply(Op.OPTION, attr=ONCE))


def _is_term(node: Node, place: int) -> bool:
    """Tell whether a value has an operand as a term, and not as a factor or a condition."""
    return node.op in SUMS or (node.op is Op.WHERE and place > 0)


def add_up(graph: RecurrenceGraph, index: Index) -> Adding | None:
    """Return how the loss adds up over the points of a sequence, None if it does not."""
    moving = _moving(graph, index)
    sums, above = set[int](), set[int]()
    stack = [graph.outputs["loss"].node]
    while stack:
        number = stack.pop()
        if number in above or number in sums or number not in moving:
            continue
        if _sums_over(graph, number, index):
            sums.add(number)
            continue
        operands = _linear_in(graph.nodes[number], moving)
        if operands is None:
            return None
        above.add(number)
        stack += operands
    if any(user not in above for number in sums for user in graph.users[number]):
        return None  # a point needs what is summed over all of them
    return Adding(graph, index, frozenset(sums), frozenset(moving))


def _moving(graph: RecurrenceGraph, index: Index) -> set[int]:
    """Return what depends on the points of a sequence, but not the sums of weights, which a segment is given."""
    given = {output.node for name, output in graph.outputs.items() if name.endswith(".weight")}
    own = [n for n, node in graph.nodes.items() if n not in given and (index in node.domain or node.attr == index)]
    found, stack = set(own), list(own)
    while stack:
        more = set(graph.users[stack.pop()]) - found - given
        found |= more
        stack += more
    return found


def _sums_over(graph: RecurrenceGraph, number: int, index: Index) -> bool:
    node = graph.nodes[number]
    over = any(index in graph.nodes[operand].domain for operand in node.operands)
    return node.op is Op.CONTRACT and index not in node.domain and over


def _linear_in(node: Node, moving: set[int]) -> list[int] | None:
    """Return the operands that depend on the sequence, of a value that is linear in them; None of any other."""
    found = [operand for operand in node.operands if operand in moving]
    if node.op in SUMS:
        return found
    if node.op is Op.WHERE:
        return found if node.operands[0] not in moving else None
    one = node.op in PRODUCTS and len(found) == 1
    return found if one and not (node.op is Op.DIV and node.operands[1] in moving) else None
