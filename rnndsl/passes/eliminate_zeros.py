"""Replace what is zero everywhere by the number 0, cycles included.

    before: g[t] = add(0, mul(da[t], w)), da[t] = read(g, t+1)       after: 0
            place(0), contract(0, x), where(c, 0, 0), read(0, t+1)          0

A cycle that nothing feeds is zero: the analysis starts from what is certainly not zero and sees what that reaches
(a cycle passes a read, whose value outside is zero or an operand). In the model itself a product with 0 stays, since 0
times infinity is not 0; a cotangent of 0 stands for "no influence" and makes its products vanish.
"""

from collections import deque
from collections.abc import Container

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node
from rnndsl.ops import DType, Op
from rnndsl.passes.rewriting import Rewriting

_UNARY = (Op.NEG, Op.STOP, Op.RELU, Op.TANH, Op.SIN, Op.SQRT, Op.ABS, Op.SIGN)
_SHAPING = (Op.CONCAT, Op.SLICE, Op.PLACE, Op.STACK, Op.UNSTACK, Op.BROADCAST, Op.READ, Op.USES)
_ALL = frozenset({*_UNARY, *_SHAPING, Op.ADD, Op.SUB, Op.MINIMUM, Op.MAXIMUM})
_ANY = frozenset({Op.MUL, Op.CONTRACT})
_FIRST = frozenset({Op.PUT, Op.SCATTER, Op.PICK, Op.LOOKUP})


def eliminate_zeros(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with zero values replaced by constants."""
    nonzero = _find_nonzero(graph)
    zeros = [
        number
        for number, node in graph.nodes.items()
        if number not in nonzero and node.dtype is DType.REAL and not _plain(graph, node)
    ]
    if not zeros:
        return graph
    work = Rewriting.start(graph)
    for number in zeros:
        node = work.nodes[number]
        if node.op is not Op.VAR:
            work.at(number)
            work.forward(number, work.fit(work.const(0.0), node))
    return work.result(graph)


def _plain(graph: RecurrenceGraph, node: Node) -> bool:
    """Whether a zero is written as one already."""
    if node.op is Op.BROADCAST:
        node = graph.nodes[node.operands[0]]
    return node.op is Op.CONST


def _find_nonzero(graph: RecurrenceGraph) -> set[int]:
    nonzero: set[int] = set()
    starts = [n for n, node in graph.nodes.items() if not (_zero(node, nonzero) if node.operands else _is_zero(node))]
    nonzero.update(starts)
    queue = deque(starts)
    while queue:
        for user in graph.users[queue.popleft()]:
            if user not in nonzero and not _zero(graph.nodes[user], nonzero):
                nonzero.add(user)
                queue.append(user)
    return nonzero


def _is_zero(node: Node) -> bool:
    if node.op is Op.SEGMENTS and isinstance(node.attr, tuple):
        return all(isinstance(part, tuple) and part[0] == 0 for part in node.attr)
    return node.op is Op.CONST and node.attr == 0


def _zero(node: Node, nonzero: Container[int]) -> bool:
    """Whether a node is zero if all nodes are but these."""
    if node.op in _ALL or (node.op in _ANY and not node.adjoint):
        return all(operand not in nonzero for operand in node.operands)
    if node.op in _ANY:
        return any(operand not in nonzero for operand in node.operands)
    if node.op in _FIRST or (node.op is Op.DIV and node.adjoint):
        return node.operands[0] not in nonzero
    if node.op is Op.WHERE:
        return all(operand not in nonzero for operand in node.operands[1:])
    return False
