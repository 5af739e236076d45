"""Lowering `f(body over indices)`: reductions, normalisations, ends, and families that become components."""

from collections.abc import Callable, Mapping
from typing import Final

from rnndsl.graph.instances import axes
from rnndsl.graph.lower_products import count, multiply_all, sum_nodes, sum_over
from rnndsl.graph.lower_reads import needed_accesses, read_at
from rnndsl.graph.lower_state import Lowering, Scope, refuse
from rnndsl.graph.node import Over as Fold
from rnndsl.indices import Access, Affine, Child, Domain, End, Index, Root, here
from rnndsl.ops import Op
from rnndsl.semantics.model import Over

#: The body's node (where the whole body is wanted), the bound indices, and the scope inside.
Rule = Callable[[Lowering, Over, Domain, Scope], int]


def lower_over(state: Lowering, expr: Over, scope: Scope) -> int:
    """Lower a call that binds indices."""
    indices, inside = _bind(state, expr, scope)
    number = FOLDS[expr.function](state, expr, indices, inside)
    if expr.function not in KEEPING:
        return number
    at = {b: scope.at.get(index, here(index)) for index, b in zip(expr.indices, indices, strict=True)}
    return read_at(state, number, at)


def _bind(state: Lowering, expr: Over, scope: Scope) -> tuple[Domain, Scope]:
    """Open a scope in which the bound indices stand for themselves, renamed where another one stands for them."""
    at = dict(scope.at)
    bound = []
    for index in expr.indices:
        at.pop(index, None)
        bound.append(index)
    for k, index in enumerate(bound):
        if not any(index in access.indices for access in at.values()):
            continue
        if index.ragged or index.high is None:
            way = f"give the value read at a shifted point of `{index.name}` an equation of its own"
            raise refuse("RNN490", f"`{index.name}` would be bound twice in an init", expr.span, way)
        bound[k] = state.fresh_range(index.name, index.low, index.high)
        at[index] = here(bound[k])
    captured = scope.guard is not None and set(expr.indices) & set(state.node(scope.guard).domain)
    return tuple(bound), Scope(at, None if captured else scope.guard, scope.owner)


def _sum(state: Lowering, expr: Over, indices: Domain, scope: Scope) -> int:
    return sum_over(state, expr.body, indices, scope)


def _mean(state: Lowering, expr: Over, indices: Domain, scope: Scope) -> int:
    """Divide by the number of points, or by 1 where there is none: the mean of nothing is 0."""
    total = sum_over(state, expr.body, indices, scope)
    counts, one = [], state.builder.const(1)
    for together in axes(indices):
        nodes = tuple(index for index in together if any(child.of == index for child in together))
        points = sum_nodes(state, [count(state, index) for index in together if index not in nodes], nodes)
        counts.append(state.apply(Op.MAXIMUM, points, one) if together[0].ragged else points)
    return state.apply(Op.DIV, total, multiply_all(state, counts))


def _fold(op: Op) -> Rule:
    def rule(state: Lowering, expr: Over, indices: Domain, scope: Scope) -> int:
        body = state.spread(state.real(expr.body, scope), indices)
        return _nested(state, op, body, indices)

    return rule


def _nested(state: Lowering, op: Op, body: int, indices: Domain) -> int:
    """Fold over ranges first and over sequences then, so that one fold never runs over both.

    The softmax of a whole is the softmax inside each part times the part's share, softmax of logsumexp.
    """
    build = state.builder.apply
    ranges = Fold(tuple(index for index in indices if not index.ragged))
    ragged = Fold(tuple(sorted((i for i in indices if i.ragged), key=lambda index: index.sort_key)))
    if not ranges.indices or not ragged.indices:
        return build(op, body, attr=ranges if ranges.indices else ragged)
    if op is not Op.SOFTMAX:
        return build(op, build(op, body, attr=ranges), attr=ragged)
    share = build(Op.SOFTMAX, build(Op.LOGSUMEXP, body, attr=ranges), attr=ragged)
    return state.apply(Op.MUL, build(Op.SOFTMAX, body, attr=ranges), share)


def _min(state: Lowering, expr: Over, indices: Domain, scope: Scope) -> int:
    body = state.spread(state.real(expr.body, scope), indices)
    return state.apply(Op.NEG, _nested(state, Op.MAX, state.apply(Op.NEG, body), indices))


def _normalize(state: Lowering, expr: Over, indices: Domain, scope: Scope) -> int:
    """Divide by the sum; what varies over nothing that is ragged is there without any point, and is divided by 1."""
    body = state.real(expr.body, scope)
    total = sum_nodes(state, [body], indices)
    for index in indices:
        if index.ragged and index not in state.node(body).domain:
            empty = state.apply(Op.EQUAL, count(state, index), state.builder.const(0))
            total = state.apply(Op.WHERE, empty, state.builder.const(1), total)
    return state.divide(body, total, scope)


def _end(*, last: bool) -> Rule:
    def rule(state: Lowering, expr: Over, indices: Domain, scope: Scope) -> int:
        chosen = tuple(index for index in indices if index.of is not None)
        body = (state.lower if state.type(expr).token and not chosen else state.real)(expr.body, scope)
        for index in chosen:
            body = _end_child(state, body, index, last=last)
        at: Mapping[Index, Access] = {index: End(last=last) for index in indices if index not in chosen}
        return read_at(state, body, needed_accesses(state.node(body), at))

    return rule


def _end_child(state: Lowering, body: int, index: Index, *, last: bool) -> int:
    """Return the value at the first or last child, 0 where there is none: what belongs to an edge is not read along."""
    end = count(state, index) if last else state.builder.const(1)
    there = state.apply(Op.EQUAL, state.builder.apply(Op.IOTA, attr=index), end)
    return sum_nodes(state, [state.apply(Op.WHERE, there, body, state.builder.const(0))], (index,))


def _root(state: Lowering, expr: Over, indices: Domain, scope: Scope) -> int:
    body = (state.lower if state.type(expr).token else state.real)(expr.body, scope)
    at: Mapping[Index, Access] = {index: Root() for index in indices}
    return read_at(state, body, needed_accesses(state.node(body), at))


def _uses(state: Lowering, expr: Over, indices: Domain, scope: Scope) -> int:
    """Sum over the parents of a node: the body is theirs, at the place where the node is their child."""
    (index,) = indices
    if index.of is None:
        raise TypeError("`uses` binds an index over children")
    at = dict(scope.at)
    node = at.pop(index.of, here(index.of))
    body = state.real(expr.body, Scope(at, None, scope.owner))
    body = state.spread(body, (index.of, index))
    return read_at(state, state.builder.apply(Op.USES, body, attr=Child(index.of, here(index))), {index.of: node})


def _stack(state: Lowering, expr: Over, indices: Domain, scope: Scope) -> int:
    (index,) = indices
    return state.builder.apply(Op.STACK, state.spread(state.real(expr.body, scope), indices), attr=index)


def _prod(state: Lowering, expr: Over, indices: Domain, scope: Scope) -> int:
    body = state.real(expr.body, scope)
    for index in sorted(indices, key=lambda index: index.of is None):
        unordered = index.structured or index.of is not None
        body = (multiply_points if unordered else multiply_along)(state, body, index)
    return body


def multiply_points(state: Lowering, body: int, index: Index) -> int:
    """Multiply all points of an index set that has no point before another, exactly where factors are 0 or negative.

    The product is +-exp(sum log|a|) over the factors that are not 0, times 1 if none is 0, times the one factor that is
    (so that its gradient is the product of the others), times 0 if several are.
    """
    builder, apply = state.builder, state.apply
    body = state.spread(body, (index,))
    zero, one = builder.const(0), builder.const(1)
    at_zero = apply(Op.EQUAL, body, zero)

    def total(number: int) -> int:
        return sum_nodes(state, [number], (index,))

    zeros = total(apply(Op.WHERE, at_zero, one, zero))
    size = apply(Op.EXP, total(apply(Op.LOG, apply(Op.ABS, apply(Op.WHERE, at_zero, one, body)))))
    odd = apply(Op.MOD, total(apply(Op.WHERE, apply(Op.LESS, body, zero), one, zero)), builder.const(2))
    rest = apply(Op.MUL, apply(Op.SUB, one, apply(Op.MUL, builder.const(2), odd)), size)
    only = total(apply(Op.WHERE, at_zero, body, zero))
    one_zero = apply(Op.WHERE, apply(Op.LESS, zeros, builder.const(1.5)), only, zero)
    return apply(Op.MUL, rest, apply(Op.WHERE, apply(Op.LESS, zeros, builder.const(0.5)), one, one_zero))


def multiply_along(state: Lowering, body: int, index: Index) -> int:
    """Multiply all points of an index: a recurrence p = p[before] * a, whose adjoint is exact where factors are 0."""
    builder = state.builder
    body = state.spread(body, (index,))
    if index.cyclic and index.high is not None:  # the point before the first one has to be outside
        line = state.fresh_range(index.name, index.low, index.high)
        body, index = builder.read(body, {index: here(line)}), line
    node, one = state.node(body), builder.const(1)
    product = builder.placeholder(f"product {body} {index.name}", node.domain, node.shape, batch=node.batch)
    before = builder.read(product, {index: Affine(((index, 1),), -1)}, one)
    builder.define(product, builder.apply(Op.MUL, before, body))
    return builder.read(product, {index: End(last=True)}, one)


#: Functions whose value still varies over what they bind.
KEEPING: Final = frozenset({"softmax", "normalize"})
FOLDS: Final[Mapping[str, Rule]] = {
    "sum": _sum,
    "mean": _mean,
    "max": _fold(Op.MAX),
    "min": _min,
    "logsumexp": _fold(Op.LOGSUMEXP),
    "softmax": _fold(Op.SOFTMAX),
    "normalize": _normalize,
    "prod": _prod,
    "first": _end(last=False),
    "last": _end(last=True),
    "root": _root,
    "uses": _uses,
    "stack": _stack,
}
