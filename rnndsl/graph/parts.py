"""What the parts of a batch have to share when each is computed by itself.

Examples know nothing of one another, so a part computes what belongs to its examples, and what belongs to none (a
parameter, a regulariser) like all others. Between them stand sums over the batch: of these a part has its share. A
share goes through linear operators as a share; the call's caller adds up those that are results, gradients above all.
Where anything else needs a sum, as the mean of a loss needs the number of points, the parts have to join it there.
"""

from dataclasses import dataclass

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node
from rnndsl.ops import Op

#: Of one operand: a share of it gives a share of the result.
_LINEAR = frozenset({Op.NEG, Op.SLICE, Op.PLACE, Op.STACK, Op.UNSTACK, Op.BROADCAST, Op.STOP, Op.VAR})
#: Of several: if every operand is a share, or zero.
_SUMS = frozenset({Op.ADD, Op.SUB, Op.CONCAT})
#: Of several: if one operand is a share.
_PRODUCTS = frozenset({Op.MUL, Op.CONTRACT})


@dataclass(frozen=True, slots=True)
class Shares:
    """The sums over the batch that parts join where they are made, and the values of which a part has a share."""

    joined: frozenset[int]
    shares: frozenset[int]


def is_many(node: Node) -> bool:
    """Tell values of examples from what all examples have in common."""
    return node.batch or any(index.ragged for index in node.domain)


def find_shares(graph: RecurrenceGraph) -> Shares:
    """Find the fewest sums that have to be joined so that every part computes what it would with the whole batch."""
    common = [number for number, node in graph.nodes.items() if not is_many(node)]
    sums = {n for n in common if any(is_many(graph.nodes[operand]) for operand in graph.nodes[n].operands)}
    joined: set[int] = set()
    while True:
        shares = _spread(graph, sums - joined)
        wrong = {o for n in graph.nodes if n not in shares or n in sums for o in _needed(graph, n, shares)}
        more = _sources(graph, wrong, shares) & sums
        if not more:
            return Shares(frozenset(joined), frozenset(shares))
        joined |= more


def _spread(graph: RecurrenceGraph, sums: set[int]) -> set[int]:
    """Return what sums reach by linear operators."""
    found = set(sums)
    stack = [user for number in sums for user in graph.users[number]]
    while stack:
        number = stack.pop()
        if number not in found and not is_many(graph.nodes[number]) and _is_linear(graph, number, found):
            found.add(number)
            stack += graph.users[number]
    return found


def _is_linear(graph: RecurrenceGraph, number: int, shares: set[int]) -> bool:
    """Tell whether the sum of a node's values for shares is its value for their sum."""
    node = graph.nodes[number]
    given = [operand in shares for operand in node.operands]
    zero = [own or _is_zero(graph, operand) for own, operand in zip(given, node.operands, strict=True)]
    if node.op in _LINEAR:
        return given[0]
    if node.op in _SUMS:
        return all(zero)
    if node.op in _PRODUCTS:
        return given.count(True) == 1
    match node.op:
        case Op.DIV:
            return given == [True, False]
        case Op.WHERE:
            return not given[0] and all(zero[1:])
        case Op.READ:
            return all(zero)
        case _:
            return False


def _needed(graph: RecurrenceGraph, number: int, shares: set[int]) -> list[int]:
    """Return the operands that a node needs whole; of a product or quotient of two shares one will do."""
    node = graph.nodes[number]
    able = node.op in _PRODUCTS | {Op.DIV} and not any(is_many(graph.nodes[operand]) for operand in node.operands)
    free = able and len(node.operands) > 1 and all(operand in shares for operand in node.operands)
    return [operand for operand in node.operands[1 if free else 0 :] if operand in shares]


def _is_zero(graph: RecurrenceGraph, number: int) -> bool:
    node = graph.nodes[number]
    return node.op is Op.CONST and node.attr == 0


def _sources(graph: RecurrenceGraph, numbers: set[int], shares: set[int]) -> set[int]:
    """Return the shares that others are made from, themselves included."""
    found, stack = set[int](), list(numbers)
    while stack:
        number = stack.pop()
        if number in shares and number not in found:
            found.add(number)
            stack += graph.nodes[number].operands
    return found
