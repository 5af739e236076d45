"""The order of nodes at one point: what is taken from other points left out, a legal graph has no cycles."""

from collections.abc import Sequence
from typing import Final

from rnndsl.graph.components import in_order
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op

#: Operators whose first operand is at other points.
MOVING: Final = frozenset({Op.READ, Op.USES})


def same_point(graph: RecurrenceGraph, members: Sequence[int] | None = None) -> dict[int, list[int]]:
    """Return, for all nodes or some, which of them a point needs at the same point (a read's init is one)."""
    chosen = graph.nodes if members is None else {number: graph.nodes[number] for number in members}
    needs = {number: node.operands[1:] if node.op in MOVING else node.operands for number, node in chosen.items()}
    return {number: [operand for operand in operands if operand in chosen] for number, operands in needs.items()}


def same_point_order(graph: RecurrenceGraph, members: Sequence[int]) -> list[int]:
    """Return the members of a component so that, at a point, operands come before their users."""
    place = {number: k for k, number in enumerate(members)}
    needs = {place[user]: [place[o] for o in operands] for user, operands in same_point(graph, members).items()}
    return [members[k] for (k,) in in_order([(k,) for k in needs], needs)]
