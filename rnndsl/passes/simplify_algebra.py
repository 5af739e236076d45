"""Fold constants and drop operations that do nothing.

    before: add(add(x, 0), mul(y, 1), -(-z))        after: add(x, y, z)
            where(1 < 2, a, b)                             a
            contract(a, 2; i,->i)                          mul(a, 2)

Sums of sums are one sum where both vary over the same points and stand in the same loop (what `hoist_sums` took out
of a loop stays out). `x * 0` is left alone: it is not 0 where x is not finite.
"""

import math
import operator
from collections.abc import Callable, Mapping

from rnndsl.graph.build import Builder
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node
from rnndsl.ops import Op
from rnndsl.passes.rewriting import Rewriting, Rule, rewrite


def simplify_algebra(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with constants folded and neutral operations dropped."""
    return rewrite(graph, RULES)


def constant(builder: Builder, number: int) -> float | None:
    """Return the number that a node is everywhere, else None."""
    node = builder.nodes[number]
    while node.op is Op.BROADCAST:
        node = builder.nodes[node.operands[0]]
    if node.op is Op.CONST and isinstance(node.attr, float):
        return node.attr
    if node.op is Op.SEGMENTS and isinstance(node.attr, tuple):
        values = {part[0] for part in node.attr if isinstance(part, tuple)}
        only = values.pop() if len(values) == 1 else None
        return only if isinstance(only, float) else None
    return None


_FOLDED: Mapping[Op, Callable[..., float]] = {
    Op.NEG: operator.neg,
    Op.ABS: abs,
    Op.TANH: math.tanh,
    Op.EXP: math.exp,
    Op.LOG: math.log,
    Op.SQRT: math.sqrt,
    Op.SIN: math.sin,
    Op.COS: math.cos,
    Op.SUB: operator.sub,
    Op.MUL: operator.mul,
    Op.DIV: operator.truediv,
    Op.MINIMUM: lambda *values: min(values),
    Op.MAXIMUM: lambda *values: max(values),
}

_TRUTH: Mapping[Op, Callable[..., bool]] = {
    Op.LESS: operator.lt,
    Op.LESS_EQUAL: operator.le,
    Op.EQUAL: operator.eq,
}


_WIDEST = 64  # operands of a joint sum: longer chains stay chains, so that joining them is not quadratic


def _fold(work: Rewriting, _: int, node: Node) -> int | None:
    values = [constant(work, operand) for operand in node.operands]
    if None in values:
        return None
    try:
        value = _FOLDED[node.op](*values)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None  # what the program would compute there is the program's business
    return work.fit(work.const(value), node) if math.isfinite(value) else None


def _add(work: Rewriting, number: int, node: Node) -> int | None:
    terms: list[int] = []
    known, flat = 0.0, False
    for operand in node.operands:
        value = constant(work, operand)
        if value is not None:
            known += value
        elif _joins(work, number, operand):
            flat = True
            terms.extend(work.nodes[operand].operands)
        else:
            terms.append(operand)
    constants = len(node.operands) - len([o for o in node.operands if constant(work, o) is None])
    if not flat and len(node.operands) > 1 and constants == (known != 0) and _bare(work, node):
        return None
    if known or not terms:
        terms.append(work.const(known))
    total = terms[0] if len(terms) == 1 else work.apply(Op.ADD, *terms)
    return work.fit(total, node)


def _bare(work: Rewriting, node: Node) -> bool:
    """Whether the constants among the operands are plain numbers."""
    return all(work.nodes[o].op is Op.CONST for o in node.operands if constant(work, o) is not None)


def _joins(work: Rewriting, outer: int, inner: int) -> bool:
    a, b = work.nodes[outer], work.nodes[inner]
    if b.op is not Op.ADD or not work.alone(inner) or a.operands.count(inner) > 1:
        return False
    if len(a.operands) + len(b.operands) > _WIDEST:
        return False
    same = (a.domain, a.shape, a.batch) == (b.domain, b.shape, b.batch)
    return same and work.loops.get(outer) == work.loops.get(inner)


def _sub(work: Rewriting, _: int, node: Node) -> int | None:
    left, right = node.operands
    if constant(work, right) == 0:
        return work.fit(left, node)
    if constant(work, left) == 0:
        return work.fit(work.apply(Op.NEG, right), node)
    return None


def _pair(work: Rewriting, _: int, node: Node) -> int | None:
    """A product (minimum, maximum) of many is one of two, so that rules see pairs only."""
    if len(node.operands) == 2:
        return None
    product = node.operands[0]
    for operand in node.operands[1:]:
        product = work.apply(node.op, product, operand)
    return product


def _mul(work: Rewriting, _: int, node: Node) -> int | None:
    for here, there in (node.operands, node.operands[::-1]):
        value = constant(work, here)
        if value == 1:
            return work.fit(there, node)
        if value == -1:
            return work.fit(work.apply(Op.NEG, there), node)
        if value is not None and work.nodes[there].op is Op.NEG:
            return work.fit(work.apply(Op.MUL, work.nodes[there].operands[0], work.const(-value)), node)
        inner = _scaled(work, there)
        if value is not None and inner is not None and _moderate(value * inner[1]):
            return work.fit(work.apply(Op.MUL, inner[0], work.const(value * inner[1])), node)
    return None


def _moderate(product: float) -> bool:
    """Whether two numbers may become one: `1e200 * (1e200 * x)` is finite for small x, in single precision, too."""
    return 1e-30 < abs(product) < 1e30


def _scaled(work: Rewriting, number: int) -> tuple[int, float] | None:
    """Return x and c if the node is x * c and nobody else needs it."""
    node = work.nodes[number]
    if node.op is not Op.MUL or len(node.operands) != 2 or not work.alone(number):
        return None
    for here, there in (node.operands, node.operands[::-1]):
        value = constant(work, here)
        if value is not None:
            return there, value
    return None


def _div(work: Rewriting, _: int, node: Node) -> int | None:
    return work.fit(node.operands[0], node) if constant(work, node.operands[1]) == 1 else None


def _pow(work: Rewriting, _: int, node: Node) -> int | None:
    base, exponent = node.operands
    match constant(work, exponent):
        case 1.0:
            return work.fit(base, node)
        case 2.0:
            return work.fit(work.apply(Op.MUL, base, base), node)
        case _:
            return None


def _neg(work: Rewriting, _: int, node: Node) -> int | None:
    inner = work.nodes[node.operands[0]]
    return inner.operands[0] if inner.op is Op.NEG else None


def _truth(work: Rewriting, number: int) -> bool | None:
    node = work.nodes[number]
    if node.op not in _TRUTH:
        return None
    values = [constant(work, operand) for operand in node.operands]
    return None if None in values else _TRUTH[node.op](*values)


def _where(work: Rewriting, _: int, node: Node) -> int | None:
    condition, true, false = node.operands
    truth = _truth(work, condition)
    if true == false or truth:
        return work.fit(true, node)
    return None if truth is None else work.fit(false, node)


def _broadcast(work: Rewriting, _: int, node: Node) -> int | None:
    inner = work.nodes[node.operands[0]]
    if inner.op is Op.BROADCAST:
        return work.fit(inner.operands[0], node)
    if (inner.domain, inner.shape, inner.batch) == (node.domain, node.shape, node.batch):
        return node.operands[0]
    return None


def _contract(work: Rewriting, _: int, node: Node) -> int | None:
    """A contraction that sums nothing is its operand, or an elementwise product."""
    if not isinstance(node.attr, Labels) or _sums(work, node):
        return None
    out = node.attr.out
    if any(letters not in ("", out) for letters in node.attr.operands) or out not in node.attr.operands:
        return None
    return node.operands[0] if len(node.operands) == 1 else work.apply(Op.MUL, *node.operands)


def _sums(work: Rewriting, node: Node) -> bool:
    given = [work.nodes[operand] for operand in node.operands]
    outside = {index for operand in given for index in operand.domain} - set(node.domain)
    return bool(outside) or (not node.batch and any(operand.batch for operand in given))


def _scale(work: Rewriting, _: int, node: Node) -> int | None:
    """A number in a product stands outside of it."""
    if not isinstance(node.attr, Labels) or len(node.operands) == 1:
        return None
    for place in (0, 1):
        if work.nodes[node.operands[place]].op is Op.CONST:
            other = Labels((node.attr.operands[1 - place],), node.attr.out)
            rest = work.contract(other, [node.operands[1 - place]], node.domain, batch=node.batch)
            return work.apply(Op.MUL, rest, node.operands[place])
    return None


RULES: Mapping[Op, tuple[Rule, ...]] = {
    **dict.fromkeys(_FOLDED, (_fold,)),
    Op.ADD: (_add,),
    Op.SUB: (_fold, _sub),
    Op.MUL: (_pair, _fold, _mul),
    Op.MINIMUM: (_pair, _fold),
    Op.MAXIMUM: (_pair, _fold),
    Op.DIV: (_fold, _div),
    Op.POW: (_pow,),
    Op.NEG: (_fold, _neg),
    Op.WHERE: (_where,),
    Op.BROADCAST: (_broadcast,),
    Op.CONTRACT: (_contract, _scale),
}
