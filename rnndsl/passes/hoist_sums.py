"""Take what a loop does not change out of the sums and products inside it.

    before: a[t] = add(W @ x[t], b, U @ h[t-1])         after: a[t] = add(U @ h[t-1], add(W @ x[t], b))
            v[t] = mul(mul(h[t-1], p), q)                      v[t] = mul(h[t-1], mul(p, q))
            s[t] = add(W @ x[t], b, d)                         s[t] = add(W @ x[t], add(b, d))

The outer part has no node of the loop in it, so it is evaluated at all its points at once. Only operands are grouped
that vary over no more than one of them does: a sum must not be larger than its parts.
"""

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node
from rnndsl.ops import Op
from rnndsl.passes.rewriting import Rewriting, rewrite


def hoist_sums(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with loop-invariant operands of sums and products grouped."""
    return rewrite(graph, {Op.ADD: (_hoist_terms, _join_terms), Op.MUL: (_hoist_factors,)})


def _hoist_terms(work: Rewriting, number: int, node: Node) -> int | None:
    loop = work.loops.get(number)
    if loop is None:
        return None
    outside = [operand for operand in node.operands if work.loops.get(operand) != loop]
    widest = max(outside, key=lambda o: _width(work.nodes[o]), default=None)
    if widest is None or len(outside) == len(node.operands):
        return None
    grouped = [operand for operand in outside if _within(work.nodes[operand], work.nodes[widest])]
    if len(grouped) < 2:
        return None
    rest = [operand for operand in node.operands if operand not in grouped]
    return work.apply(Op.ADD, *rest, work.apply(Op.ADD, *grouped))


def _join_terms(work: Rewriting, number: int, node: Node) -> int | None:
    """Add up first what is the same at all points and for all examples: parameters, that is."""
    same = [o for o in node.operands if not work.nodes[o].domain and not work.nodes[o].batch]
    alike = [o for o in same if work.nodes[o].shape == node.shape]
    if len(alike) < 2 or len(alike) == len(node.operands) or not (node.domain or node.batch):
        return None
    rest = [operand for operand in node.operands if operand not in alike]
    return work.apply(Op.ADD, *rest, work.apply(Op.ADD, *alike))


def _hoist_factors(work: Rewriting, number: int, node: Node) -> int | None:
    loop = work.loops.get(number)
    if loop is None or len(node.operands) != 2:
        return None
    for inner, outer in (node.operands, node.operands[::-1]):
        product = work.nodes[inner]
        pair = product.op is Op.MUL and len(product.operands) == 2
        if work.loops.get(outer) == loop or not pair or not work.alone(inner):
            continue
        for kept, moved in (product.operands, product.operands[::-1]):
            same = work.loops.get(inner) == loop == work.loops.get(kept) and work.loops.get(moved) != loop
            if same and _comparable(work.nodes[moved], work.nodes[outer]):
                return work.apply(Op.MUL, kept, work.apply(Op.MUL, moved, outer))
    return None


def _width(node: Node) -> tuple[int, bool, int]:
    return len(node.domain), node.batch, len(node.shape)


def _within(small: Node, large: Node) -> bool:
    inside = set(small.domain) <= set(large.domain) and small.batch <= large.batch
    return inside and small.shape in ((), large.shape)


def _comparable(a: Node, b: Node) -> bool:
    return _within(a, b) or _within(b, a)
