"""Sum products without making them: a sum of an elementwise product is a contraction of its factors.

    before: contract(mul(alpha[t,s], c[t]) over t; i->i)      after: contract(alpha, c over t; ,i->i)
            contract(mul(x, 3); i->)                                 mul(contract(x; i->), 3)
            contract(mul(a[t,s], b[t]), c[t] over s)                 contract(a, mul(b, c) over s)
            contract(a[t,s], b[t]; ,i->i over s)                     mul(contract(a; -> over s), b)
            read(mul(a[t,k], b[t,j]), k+j)                           mul(read(a, k+j), b)

Only a product that nobody else needs is taken apart; one that is made anyhow is summed as it is. Of three factors those
two are multiplied first that vary over the least together, and what does not vary in a sum is multiplied after it.
"""

from collections.abc import Sequence

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node, ReadAt
from rnndsl.ops import Op
from rnndsl.passes.rewriting import Rewriting, rewrite


def contract_products(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with sums of products as contractions of two operands."""
    return rewrite(graph, {Op.READ: (_read,), Op.CONTRACT: (_split, _reuse, _pull, _pull_factor, _regroup)})


def _split(work: Rewriting, _: int, node: Node) -> int | None:
    if len(node.operands) != 1 or not isinstance(node.attr, Labels):
        return None
    product = work.nodes[node.operands[0]]
    letters, out = node.attr.operands[0], node.attr.out
    if product.op is not Op.MUL or len(product.operands) != 2 or not work.alone(node.operands[0]):
        return None
    for factor, other in (product.operands, product.operands[::-1]):
        if work.nodes[factor].op in (Op.CONST, Op.SIZE) and work.nodes[other].shape == product.shape:
            rest = work.contract(node.attr, [other], node.domain, batch=node.batch)
            return work.apply(Op.MUL, rest, factor)
    labels = Labels(tuple(letters if work.nodes[factor].shape else "" for factor in product.operands), out)
    return work.contract(labels, product.operands, node.domain, batch=node.batch)


def _reuse(work: Rewriting, _: int, node: Node) -> int | None:
    """Sum a product that stands in the graph already."""
    if len(node.operands) != 2 or not isinstance(node.attr, Labels):
        return None
    first, second = node.attr.operands
    if first != second and "" not in (first, second):
        return None
    for pair in (node.operands, node.operands[::-1]):
        product = work.find(Op.MUL, *pair)
        if product is not None:
            labels = Labels((first or second,), node.attr.out)
            return work.contract(labels, [product], node.domain, batch=node.batch)
    return None


def _pull(work: Rewriting, _: int, node: Node) -> int | None:
    """Multiply after the sum by what is not summed."""
    if len(node.operands) != 2 or not isinstance(node.attr, Labels):
        return None
    for place in (0, 1):
        kept, letters = node.operands[1 - place], node.attr.operands[1 - place]
        if _is_free(work, node, node.operands[place], node.attr.operands[place]):
            return _after(work, node, ((kept, letters),), node.operands[place])
    return None


def _pull_factor(work: Rewriting, _: int, node: Node) -> int | None:
    """The same for a factor of an operand that is smaller without it."""
    if len(node.operands) != 2 or not isinstance(node.attr, Labels):
        return None
    for place in (0, 1):
        product, letters = work.nodes[node.operands[place]], node.attr.operands[place]
        if product.op is not Op.MUL or len(product.operands) != 2:
            continue
        other = (node.operands[1 - place], node.attr.operands[1 - place])
        for kept, moved in (product.operands, product.operands[::-1]):
            smaller = _extent(work, kept, kept) < _extent(work, kept, moved)
            if smaller and _is_free(work, node, moved, letters if work.nodes[moved].shape else ""):
                return _after(work, node, ((kept, letters if work.nodes[kept].shape else ""), other), moved)
    return None


def _is_free(work: Rewriting, node: Node, operand: int, letters: str) -> bool:
    """Whether an operand is as it is in every term of the sum."""
    given = work.nodes[operand]
    fits = isinstance(node.attr, Labels) and letters in ("", node.attr.out) and len(set(letters)) == len(letters)
    return fits and set(given.domain) <= set(node.domain) and given.batch <= node.batch


def _after(work: Rewriting, node: Node, terms: Sequence[tuple[int, str]], factor: int) -> int | None:
    """Contract the terms alone and multiply by the factor; None where their letters do not allow it."""
    out = node.attr.out if isinstance(node.attr, Labels) else ""
    have = {letter for _, letters in terms for letter in letters}
    if not set(out) <= have:
        if set(out) & have or not work.nodes[factor].shape:
            return None
        out = ""
    given = [work.nodes[operand] for operand, _ in terms]
    indices = {index for operand in given for index in operand.domain}
    domain = tuple(index for index in node.domain if index in indices)
    batch = node.batch and any(operand.batch for operand in given)
    labels = Labels(tuple(letters for _, letters in terms), out)
    rest = work.contract(labels, [operand for operand, _ in terms], domain, batch=batch)
    return work.apply(Op.MUL, rest, factor)


def _regroup(work: Rewriting, _: int, node: Node) -> int | None:
    if len(node.operands) != 2 or not isinstance(node.attr, Labels):
        return None
    for place in (0, 1):
        inner, third = node.operands[place], node.operands[1 - place]
        product = work.nodes[inner]
        if product.op is not Op.MUL or len(product.operands) != 2 or not work.alone(inner):
            continue
        letters = [node.attr.operands[place] if work.nodes[o].shape else "" for o in product.operands]
        third_letters = node.attr.operands[1 - place]
        for k in (0, 1):
            kept, moved = product.operands[1 - k], product.operands[k]
            fits = letters[k] in ("", third_letters) or third_letters == ""
            if fits and _extent(work, moved, third) < _extent(work, *product.operands):
                labels = Labels((letters[1 - k], letters[k] or third_letters), node.attr.out)
                pair = work.apply(Op.MUL, moved, third)
                return work.contract(labels, [kept, pair], node.domain, batch=node.batch)
    return None


def _read(work: Rewriting, _: int, node: Node) -> int | None:
    """Read only the factor that varies over what is read elsewhere, where that is smaller than the product.

    Reads along a sequence stay: what they read is what a call carries over to the next one.
    """
    product = work.nodes[node.operands[0]]
    if len(node.operands) != 1 or product.op is not Op.MUL or len(product.operands) != 2:
        return None
    if not isinstance(node.attr, ReadAt) or not work.alone(node.operands[0]):
        return None
    moved = {index for index, _ in node.attr.at}
    if any(index.ragged for index in moved):
        return None
    for kept, factor in (product.operands, product.operands[::-1]):
        smaller = _extent(work, kept, kept) < _extent(work, kept, factor)
        if smaller and not moved & set(work.nodes[factor].domain):
            return work.apply(Op.MUL, work.apply(Op.READ, kept, attr=node.attr), factor)
    return None


def _extent(work: Rewriting, a: int, b: int) -> int:
    """Return how many axes the elementwise product of two values has."""
    first, second = work.nodes[a], work.nodes[b]
    return len({*first.domain, *second.domain}) + max(len(first.shape), len(second.shape))
