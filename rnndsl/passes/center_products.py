"""Subtract the mean of a product's components in the matrix, once, and not from the product at every point.

    before: p = W @ h[t-1]; a[t] = sub(p, div(contract(p; i->), n))
    after:  a[t] = contract(add(W, outer(-1, div(contract(W; ij->j), n))), h[t-1])

That is how layer normalisation begins (Ba, Kiros & Hinton 2016, eq. 3). The adjoint needs no mean of cotangents then,
either: the matrix does that, too. Only where nobody else needs the product, and its matrix depends on no data.
"""

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node
from rnndsl.ops import Op
from rnndsl.passes.rewriting import Rewriting, rewrite


def center_products(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with means of products subtracted in their matrices."""
    return rewrite(graph, {Op.SUB: (_center,)})


def _center(work: Rewriting, number: int, node: Node) -> int | None:
    product, mean = node.operands
    own, quotient = work.nodes[product], work.nodes[mean]
    if own.op is not Op.CONTRACT or not own.batch or quotient.op is not Op.DIV or len(own.shape) != 1:
        return None
    total, count = quotient.operands
    if work.nodes[count].op not in (Op.SIZE, Op.CONST) or not _is_total(work, total, product):
        return None
    if set(work.users[product]) != {number, total} or product in work.kept or not work.alone(total):
        return None
    labels = own.attr.operands if isinstance(own.attr, Labels) else ()
    for place in (0, 1) if len(labels) == 2 else ():
        matrix, inner = work.nodes[own.operands[place]], labels[1 - place]
        varies = matrix.batch or any(index.ragged for index in matrix.domain) or own.operands[place] in work.loops
        if len(matrix.shape) == 2 and len(inner) == 1 and not varies:
            return _centered(work, own, place, count)
    return None


def _is_total(work: Rewriting, total: int, product: int) -> bool:
    """Tell whether a node is the sum of a product's components, at every point."""
    node, own = work.nodes[total], work.nodes[product]
    alike = (node.domain, node.batch) == (own.domain, own.batch)
    return node.op is Op.CONTRACT and node.operands == (product,) and node.shape == () and alike


def _centered(work: Rewriting, product: Node, place: int, count: int) -> int:
    """Return the product with a matrix whose columns have a mean of zero."""
    labels, number = product.attr, product.operands[place]
    matrix = work.nodes[number]
    if not isinstance(labels, Labels):
        raise TypeError("CONTRACT carries Labels")
    letters, row = labels.operands[place], labels.out
    column = letters.replace(row, "")
    total = work.contract(Labels((letters,), column), [number], matrix.domain, batch=False)
    minus = work.broadcast(work.const(-1.0), (), product.shape, batch=False)
    means = work.apply(Op.DIV, total, count)
    rows = work.contract(Labels((row, column), letters), [minus, means], matrix.domain, batch=False)
    operands = list(product.operands)
    operands[place] = work.apply(Op.ADD, number, rows)
    return work.contract(labels, operands, product.domain, batch=product.batch)
