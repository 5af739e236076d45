"""Which nodes may hold poles where their cotangent is zero.

`log(x) / x if x > 0 else 0` has the gradient 0 where the branch is not taken, yet 0 * infinity is not 0. Such a node
stands only in branches, or has an absent target in it, and its rule has to look at the cotangent first.
"""

from collections.abc import Collection, Mapping

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node
from rnndsl.graph.order import MOVING
from rnndsl.ops import DType, Op

#: Operators whose value or slope can be infinite or undefined at finite operands, and the operand that decides it.
POLES: Mapping[Op, int] = {Op.DIV: 1, Op.LOG: 0, Op.POW: 0, Op.SQRT: 0, Op.EXP: 0}


def hazards(graph: RecurrenceGraph, active: Collection[int]) -> frozenset[int]:
    """Return the nodes of `active` whose rule must not trust a product with a cotangent of zero."""
    branches = _in_branches(graph, active)
    tainted = _absent(graph)
    for component in graph.components:
        for number in component:
            node = graph.nodes[number]
            if number not in branches or _is_guard(graph, node):
                continue
            if _has_pole(graph, node) or any(operand in tainted for operand in node.operands):
                tainted.add(number)
    return frozenset(number for number in tainted if number in branches)


def _has_pole(graph: RecurrenceGraph, node: Node) -> bool:
    """Whether an operator can leave the finite numbers; not where what decides it was chosen to be harmless."""
    if node.op not in POLES:
        return False
    decisive = graph.nodes[node.operands[POLES[node.op]]]
    if decisive.op is Op.CONST or _is_guard(graph, decisive):
        return False
    match node.op:
        case Op.POW:
            exponent = _number(graph, node.operands[1])
            return exponent is None or exponent < 1
        case Op.EXP:
            bounded = decisive.op is Op.MINIMUM
            return not (bounded and any(_number(graph, operand) is not None for operand in decisive.operands))
        case _:
            return True


def _number(graph: RecurrenceGraph, number: int) -> float | None:
    attr = graph.nodes[number].attr
    return attr if isinstance(attr, float) else None


def _is_guard(graph: RecurrenceGraph, node: Node) -> bool:
    """Whether a node chooses between a value and a number: then it chooses the number where the value is bad."""
    return node.op is Op.WHERE and any(graph.nodes[operand].op is Op.CONST for operand in node.operands[1:])


def _in_branches(graph: RecurrenceGraph, active: Collection[int]) -> frozenset[int]:
    """Return the nodes all of whose uses lead, at the same point, into branches of a choice.

    A read at another point is a use of its own, so this needs no fixed point.
    """
    found: set[int] = set()
    kept = {info.node for name, info in graph.outputs.items() if name == "loss"}
    for component in reversed(graph.components):
        for number in component:
            users = [user for user in graph.users[number] if user in active]
            if users and number not in kept and all(_conditional(graph, user, number, found) for user in users):
                found.add(number)
    return frozenset(found)


def _conditional(graph: RecurrenceGraph, user: int, number: int, found: Collection[int]) -> bool:
    node = graph.nodes[user]
    if node.op is Op.WHERE and node.operands[0] != number:
        return True
    return user in found and node.op not in MOVING


def _absent(graph: RecurrenceGraph) -> set[int]:
    """Return what may be absent (NaN) in the data: numbers of which the graph asks whether they are seen."""
    asked = {node.operands[0] for node in graph.nodes.values() if node.op is Op.SEEN}
    return {number for number in asked if graph.nodes[number].dtype is DType.REAL}
