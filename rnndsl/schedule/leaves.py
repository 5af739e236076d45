"""Leaves: what a walk over trees or dags need not multiply in the steps of the nodes without children.

What is summed over children, or read at a child that does not exist, is zero there, and so is a product with it; and
what only children get, as the cotangents of their values, goes nowhere. Half of a binary tree's nodes are leaves.
"""

from collections.abc import Collection

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.indices import Child, Index, Kind, Parent
from rnndsl.ops import Op
from rnndsl.schedule.plan import Loop, Step, members

#: Operators of one operand whose value is zero where that is.
SHAPING = frozenset({Op.NEG, Op.SLICE, Op.BROADCAST, Op.PLACE, Op.STACK, Op.UNSTACK})


def find_inner(graph: RecurrenceGraph, steps: tuple[Step, ...]) -> frozenset[int]:
    """Return the nodes in walks by height whose values at leaves are zero, or are read by nobody.

    A node that is read by nobody there may have any value: it is as good as zero.
    """
    loops = [step for step in steps if isinstance(step, Loop) and walks_by_height(step)]
    return frozenset(number for loop in loops for number in _inner(graph, loop))


def _inner(graph: RecurrenceGraph, loop: Loop) -> set[int]:
    index, inside = loop.index, members(loop)
    absent = {number for number in inside if _has_no_point(graph, number, index)}
    zero, unread = set(absent), set[int]()
    for number in inside:
        if _is_zero(graph, number, index, zero):
            zero.add(number)
    for number in reversed(inside):
        if _is_unread(graph, number, index, unread):
            unread.add(number)
    return (zero | unread) - absent


def walks_by_height(loop: Loop) -> bool:
    """Tell walks along one tree or dag, of which the leaves are the first steps."""
    return len(loop.walk) == 1 and loop.index.structured and not loop.inside


def _has_no_point(graph: RecurrenceGraph, number: int, index: Index) -> bool:
    """Tell values at the children of a node: a leaf has none."""
    return any(other.kind is Kind.CHILDREN and other.of == index for other in graph.nodes[number].domain)


def _is_zero(graph: RecurrenceGraph, number: int, index: Index, zero: Collection[int]) -> bool:
    node = graph.nodes[number]
    match node.op, node.attr:
        case Op.READ, ReadAt(at):
            return len(node.operands) == 1 and any(isinstance(a, Child) and a.of == index for _, a in at)
        case Op.CONTRACT, _:
            return any(operand in zero for operand in node.operands)
        case ((Op.ADD | Op.SUB | Op.CONCAT), _):
            return all(operand in zero for operand in node.operands)
    return node.op in SHAPING and node.operands[0] in zero


def _is_unread(graph: RecurrenceGraph, number: int, index: Index, unread: Collection[int]) -> bool:
    """Tell what is read at children, as by parents or by the sums over all uses of a node, or by nobody."""
    if number in graph.returned:
        return False
    for user in graph.users[number]:
        node = graph.nodes[user]
        match node.op, node.attr:
            case Op.USES, Child(of):
                goes = of == index
            case Op.READ, ReadAt(at):
                goes = any(isinstance(access, Parent) and access.of == index for _, access in at)
            case _:
                goes = _has_no_point(graph, user, index) or (node.op in SHAPING and user in unread)
        if not goes:
            return False
    return True
