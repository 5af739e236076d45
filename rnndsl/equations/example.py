"""A graph as it is for one example, run as a whole, whose targets are all there: what a derivation on paper assumes.

before: where(seen(y), 1, 0)                            after: 1
        where(total weight = 0, 0, nll / weight)               nll / weight
        sum over examples of v / number of examples            v
"""

from collections.abc import Callable
from typing import Final

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node
from rnndsl.ops import Op
from rnndsl.passes.rewriting import Rewriting, rewrite

Fact = Callable[[Rewriting, int], bool | None]


def of_one_example(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph without what only batches, chunks and absent targets need."""
    weights = {name: info.node for name, info in graph.outputs.items() if name.endswith(".weight")}

    def truth(work: Rewriting, number: int) -> bool | None:
        node = work.nodes[number]
        if node.op in {Op.SEEN, Op.FRESH}:
            return True
        if node.op is Op.EQUAL and node.operands[0] in {work.resolve(weight) for weight in weights.values()}:
            return False
        return _counted(work, node)

    return rewrite(graph, {Op.WHERE: (_choice(truth),), Op.AND: (_both(truth),), Op.DIV: (_mean,)})


def _choice(truth: Fact) -> Callable[[Rewriting, int, Node], int | None]:
    def rule(work: Rewriting, _: int, node: Node) -> int | None:
        known = truth(work, node.operands[0])
        return None if known is None else work.fit(node.operands[1 if known else 2], node)

    return rule


def _both(truth: Fact) -> Callable[[Rewriting, int, Node], int | None]:
    def rule(work: Rewriting, _: int, node: Node) -> int | None:
        for here, there in (node.operands, node.operands[::-1]):
            if truth(work, here):
                return there
        return None

    return rule


#: Less than this many missing components are none.
NONE: Final = 0.5


def _counted(work: Rewriting, node: Node) -> bool | None:
    """Say that the components that are missing of a target, where none is, are fewer than one."""
    if node.op is not Op.LESS or work.nodes[node.operands[1]].attr != NONE:
        return None
    counted = work.nodes[node.operands[0]]
    return True if counted.op is Op.CONTRACT and _is(work, counted.operands[0], 0) else None


def _mean(work: Rewriting, _: int, node: Node) -> int | None:
    """The mean over the examples of one example is its own value."""
    below = work.nodes[node.operands[1]]
    if below.op is not Op.CONTRACT or below.domain or below.batch or len(below.operands) != 1:
        return None
    counted = work.nodes[below.operands[0]]
    return work.fit(node.operands[0], node) if not counted.domain and _is(work, below.operands[0], 1) else None


def _is(work: Rewriting, number: int, value: float) -> bool:
    node = work.nodes[number]
    while node.op is Op.BROADCAST:
        node = work.nodes[node.operands[0]]
    return node.op is Op.CONST and node.attr == value


def share_products(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Sum a product that is there already as what it is: `sum(d_a[t] over t)` in place of a contraction of its factors.

    before: mul(g, s), contract(g, s; i,i->i) over t        after: contract(mul(g, s); i->i) over t
    """
    return rewrite(graph, {Op.CONTRACT: (_shared,)})


def _shared(work: Rewriting, _: int, node: Node) -> int | None:
    if not isinstance(node.attr, Labels) or len(node.operands) != 2 or len(set(node.attr.operands)) != 1:
        return None
    for operands in (node.operands, node.operands[::-1]):
        product = work.find(Op.MUL, *operands)
        if product is not None:
            labels = Labels(node.attr.operands[:1], node.attr.out)
            return work.contract(labels, [product], node.domain, batch=node.batch)
    return None
