"""Adjoints of elementwise operators: `g` is the cotangent of the result, `y` the result, `a`, `b` the operands."""

from collections.abc import Mapping
from typing import Any

from rnndsl.autodiff.fit import letters
from rnndsl.autodiff.site import Contributions, Rule, Site
from rnndsl.graph.node import Labels
from rnndsl.ops import Op
from rnndsl.sizes import Size


def neg(site: Site, g: int) -> Contributions:
    """Return -g."""
    return [site.neg(g)]


def tanh(site: Site, g: int) -> Contributions:
    """Return g (1 - y^2)."""
    y = site.result(g)
    return [site.mul(g, site.op(Op.SUB, site.const(1), site.mul(y, y)))]


def sigmoid(site: Site, g: int) -> Contributions:
    """Return g y (1 - y)."""
    y = site.result(g)
    return [site.mul(g, site.mul(y, site.op(Op.SUB, site.const(1), y)))]


def relu(site: Site, g: int) -> Contributions:
    """Return g where y > 0."""
    return [site.where(site.op(Op.LESS, site.const(0), site.number), g)]


def softplus(site: Site, g: int) -> Contributions:
    """Return g sigmoid(a)."""
    return [site.mul(g, site.op(Op.SIGMOID, site.value(0, g)))]


def exp(site: Site, g: int) -> Contributions:
    """Return g y."""
    return [site.mul(g, site.result(g))]


def log(site: Site, g: int) -> Contributions:
    """Return g / a."""
    return [site.op(Op.DIV, g, site.value(0, g))]


def sqrt(site: Site, g: int) -> Contributions:
    """Return g / 2y, and 0 where y = 0."""
    y = site.result(g)
    root = site.op(Op.EQUAL, y, site.const(0))
    slope = site.op(Op.DIV, site.const(0.5), site.where(root, site.const(1), y))
    return [site.where(root, site.const(0), site.mul(g, slope))]


def absolute(site: Site, g: int) -> Contributions:
    """Return g sign(a)."""
    return [site.mul(g, site.op(Op.SIGN, site.value(0, g)))]


def sin(site: Site, g: int) -> Contributions:
    """Return g cos(a)."""
    return [site.mul(g, site.op(Op.COS, site.value(0, g)))]


def cos(site: Site, g: int) -> Contributions:
    """Return -g sin(a)."""
    return [site.neg(site.mul(g, site.op(Op.SIN, site.value(0, g))))]


def add(site: Site, g: int) -> Contributions:
    """Return g for every operand."""
    return [g] * len(site.node.operands)


def sub(site: Site, g: int) -> Contributions:
    """Return g and, for what is taken away, -g."""
    return [g, *[site.neg(g) for _ in site.node.operands[1:]]]


def mul(site: Site, g: int) -> Contributions:
    """Return g times the other operands."""
    slots = range(len(site.node.operands))
    return [site.mul(g, *(site.value(other, g) for other in slots if other != slot)) for slot in slots]


def div(site: Site, g: int) -> Contributions:
    """Return g / b and -(g / b) y; where b is the root of the mean square of a, both come to (g - y (g.y) / n) / b.

    That is the adjoint of layer normalisation (Ba, Kiros & Hinton 2016) but for the mean that was subtracted before.
    A guarded y will not do for it: where one component of g is 0, its own y counts all the same.
    """
    share, y = site.op(Op.DIV, g, site.value(1, g)), site.result(g)
    count = None if site.guarded else _count_of_mean_square(site)
    if count is None:
        return [share, site.neg(site.op(Op.MUL, share, y))]
    labels = Labels((letters(site.builder.nodes[share]), letters(site.node)), "")
    mean = site.op(Op.DIV, site.builder.product(labels, share, y), count)
    return [site.op(Op.SUB, share, site.op(Op.MUL, y, mean)), None]


def _count_of_mean_square(site: Site) -> int | None:
    """Return the n of a quotient a / sqrt(a.a / n + eps) with a positive eps, None where it is another quotient."""
    (a, number), nodes = site.node.operands, site.builder.nodes
    found = []
    for op in (Op.SQRT, Op.ADD, Op.DIV):
        if nodes[number].op is not op:
            return None
        number, *rest = nodes[number].operands
        found += rest
    square, own, (epsilon, count) = nodes[number], nodes[a], found
    labels, least = Labels((letters(own), letters(own)), ""), nodes[epsilon].attr
    whole = (square.op, square.operands, square.attr) == (Op.CONTRACT, (a, a), labels)
    alike = (square.domain, square.batch) == (own.domain, own.batch) and nodes[count].op in {Op.SIZE, Op.CONST}
    return count if whole and alike and isinstance(least, float) and least > 0 else None


def power(site: Site, g: int) -> Contributions:
    """Return g b a^(b-1) and g y log(a); both are 0 where a = 0 (and log(a) below 0, where it has no value)."""
    a, b = site.value(0, g), site.value(1, g)
    exponent = site.builder.nodes[b]
    if exponent.op is Op.CONST and isinstance(exponent.attr, float):
        return [_power_of_number(site, g, a, exponent.attr), None]
    at_zero = site.op(Op.EQUAL, a, site.const(0))
    base = site.where(at_zero, site.const(1), a)
    slope = site.mul(b, site.op(Op.POW, base, site.op(Op.SUB, b, site.const(1))))
    positive = site.op(Op.LESS, site.const(0), a)
    logarithm = site.op(Op.LOG, site.where(positive, a, site.const(1)))
    return [
        site.where(at_zero, site.const(0), site.mul(g, slope)),
        site.where(at_zero, site.const(0), site.mul(g, site.mul(site.result(g), logarithm))),
    ]


def _power_of_number(site: Site, g: int, a: int, exponent: float) -> int | None:
    if exponent == 0:
        return None
    if exponent == 1:
        return g
    if exponent == 2:
        return site.mul(g, site.mul(site.const(2), a))
    below = site.const(exponent - 1)
    if not 0 < exponent < 1:
        return site.mul(g, site.mul(site.const(exponent), site.op(Op.POW, a, below)))
    at_zero = site.op(Op.EQUAL, a, site.const(0))
    slope = site.mul(site.const(exponent), site.op(Op.POW, site.where(at_zero, site.const(1), a), below))
    return site.where(at_zero, site.const(0), site.mul(g, slope))


def minimum(site: Site, g: int) -> Contributions:
    """Return g for the first of the smallest operands."""
    return [site.where(_before(site, slot, smallest=True), g) for slot in range(len(site.node.operands))]


def maximum(site: Site, g: int) -> Contributions:
    """Return g for the first of the largest operands."""
    return [site.where(_before(site, slot, smallest=False), g) for slot in range(len(site.node.operands))]


def _before(site: Site, slot: int, *, smallest: bool) -> int:
    """Say where an operand is chosen: better than those before it, and no later one better than it."""
    own, condition = site.node.operands[slot], None
    for place, other in enumerate(site.node.operands):
        if place == slot:
            continue
        better, worse = (own, other) if place < slot else (other, own)
        wins = site.op(Op.LESS, *((better, worse) if smallest else (worse, better)))
        wins = wins if place < slot else site.op(Op.NOT, wins)
        condition = wins if condition is None else site.op(Op.AND, condition, wins)
    return site.op(Op.EQUAL, own, own) if condition is None else condition


def where(site: Site, g: int) -> Contributions:
    """Return g where the condition chose the operand."""
    condition = site.node.operands[0]
    return [None, site.where(condition, g), site.where(condition, site.const(0), g)]


#: y' = c0 + y (c1 - y)
LOGISTIC: Mapping[Op, tuple[float, float]] = {Op.SIGMOID: (0.0, 1.0), Op.TANH: (1.0, 0.0)}

ELEMENTWISE_RULES: Mapping[Op, Rule] = {
    Op.NEG: neg,
    Op.TANH: tanh,
    Op.SIGMOID: sigmoid,
    Op.RELU: relu,
    Op.SOFTPLUS: softplus,
    Op.EXP: exp,
    Op.LOG: log,
    Op.SQRT: sqrt,
    Op.ABS: absolute,
    Op.SIN: sin,
    Op.COS: cos,
    Op.ADD: add,
    Op.SUB: sub,
    Op.MUL: mul,
    Op.DIV: div,
    Op.POW: power,
    Op.MINIMUM: minimum,
    Op.MAXIMUM: maximum,
    Op.WHERE: where,
}


def activate(site: Site, g: int) -> Contributions:
    """Return g (c0 + y (c1 - y)) where all functions are logistic, otherwise piece by piece."""
    segments = _segments(site)
    if all(op in LOGISTIC for op, _ in segments):
        y = site.result(g)
        first = site.op(Op.SEGMENTS, attr=tuple((LOGISTIC[op][0], size) for op, size in segments))
        second = site.op(Op.SEGMENTS, attr=tuple((LOGISTIC[op][1], size) for op, size in segments))
        return [site.mul(g, site.op(Op.ADD, first, site.mul(y, site.op(Op.SUB, second, y))))]
    pieces, start = [], Size()
    for op, size in segments:
        a, part = (site.builder.shaped(Op.SLICE, n, shape=(size,), attr=start) for n in (site.node.operands[0], g))
        piece = Site(site.builder, site.op(op, a), site.guarded)
        pieces.append(ELEMENTWISE_RULES[op](piece, part)[0] if op in ELEMENTWISE_RULES else None)
        start = start + size
    spans = [size for _, size in segments]
    return [site.op(Op.CONCAT, *(_whole(site, p, s) for p, s in zip(pieces, spans, strict=True)))]


def _segments(site: Site) -> list[tuple[Op, Size]]:
    pairs: Any = site.node.attr
    return list(pairs) if isinstance(pairs, tuple) else []


def _whole(site: Site, piece: int | None, size: Size) -> int:
    number = site.const(0) if piece is None else piece
    node = site.builder.nodes[number]
    return site.builder.broadcast(number, node.domain, (size,), batch=node.batch)
