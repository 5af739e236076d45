"""What every function of components is made of: one recipe per function, from primitive operators.

The recipes are stable at +-10,000 in single precision: exponentials only see what is not positive.
"""

from collections.abc import Callable, Mapping
from math import pi, sqrt
from typing import Final

from rnndsl.graph.lower_folds import multiply_along
from rnndsl.graph.lower_products import component_count, component_sum, inner, sum_components
from rnndsl.graph.lower_state import Lowering, Scope
from rnndsl.graph.node import Labels, Node, Noise, Over
from rnndsl.ops import Op
from rnndsl.semantics.model import Apply
from rnndsl.semantics.shapes_kinds import number_of
from rnndsl.sizes import Size

Recipe = Callable[[Lowering, Apply, Scope], int]
Values = Callable[..., int]

LAYER_NORM_EPSILON: Final = 1e-5
COSINE_EPSILON: Final = 1e-8
#: Whole exponents up to here are products.
MAX_FACTORS: Final = 4


def _plain(op: Op) -> Recipe:
    return lambda state, expr, scope: state.apply(op, *(state.real(operand, scope) for operand in expr.operands))


def _partial(op: Op, harmless: float) -> Recipe:
    """A function that does not take everything, or overflows: kept from what the branch taken does not give it."""
    return lambda state, expr, scope: state.apply(
        op, state.guarded(state.real(expr.operands[0], scope), harmless, scope)
    )


def _of_values(recipe: Values) -> Recipe:
    return lambda state, expr, scope: recipe(state, *(state.real(operand, scope) for operand in expr.operands))


# Activations ------------------------------------------------------------------------------------------------------


def _leaky_relu(state: Lowering, a: int, slope: int) -> int:
    positive = state.apply(Op.LESS, state.builder.const(0), a)
    return state.apply(Op.WHERE, positive, a, state.apply(Op.MUL, slope, a))


def _elu(state: Lowering, a: int, alpha: int) -> int:
    zero = state.builder.const(0)
    below = state.apply(Op.SUB, state.apply(Op.EXP, state.apply(Op.MINIMUM, a, zero)), state.builder.const(1))
    return state.apply(Op.WHERE, state.apply(Op.LESS, zero, a), a, state.apply(Op.MUL, alpha, below))


def _gelu(state: Lowering, a: int) -> int:
    """The tanh approximation of Hendrycks & Gimpel (2016), section 2: a/2 (1 + tanh(sqrt(2/pi) (a + 0.044715 a^3)))."""
    builder = state.builder
    cube = state.apply(Op.MUL, state.apply(Op.MUL, a, a), a)
    inside = state.apply(Op.ADD, a, state.apply(Op.MUL, builder.const(0.044715), cube))
    share = state.apply(Op.TANH, state.apply(Op.MUL, builder.const(sqrt(2 / pi)), inside))
    half = state.apply(Op.MUL, builder.const(0.5), a)
    return state.apply(Op.MUL, half, state.apply(Op.ADD, builder.const(1), share))


def _silu(state: Lowering, a: int) -> int:
    return state.apply(Op.MUL, a, state.apply(Op.SIGMOID, a))


def _softsign(state: Lowering, a: int) -> int:
    return state.apply(Op.DIV, a, state.apply(Op.ADD, state.builder.const(1), state.apply(Op.ABS, a)))


def _clip(state: Lowering, a: int, low: int, high: int) -> int:
    return state.apply(Op.MINIMUM, state.apply(Op.MAXIMUM, a, low), high)


def _hard_sigmoid(state: Lowering, a: int) -> int:
    builder = state.builder
    line = state.apply(Op.ADD, state.apply(Op.DIV, a, builder.const(6)), builder.const(0.5))
    return _clip(state, line, builder.const(0), builder.const(1))


# Powers and quotients ---------------------------------------------------------------------------------------------


def lower_power(state: Lowering, expr: Apply, scope: Scope) -> int:
    """Lower `a ^ b`; small whole exponents are products, which take negative numbers too."""
    base = state.real(expr.operands[0], scope)
    exponent = number_of(expr.operands[1])
    if exponent is not None and exponent in range(1, MAX_FACTORS + 1):
        product = base
        for _ in range(int(exponent) - 1):
            product = state.apply(Op.MUL, product, base)
        return product
    if exponent == -1:
        return state.divide(state.builder.const(1), base, scope)
    return state.apply(Op.POW, state.guarded(base, 1, scope), state.real(expr.operands[1], scope))


# Vectors as a whole -----------------------------------------------------------------------------------------------


def _mean(state: Lowering, expr: Apply, scope: Scope) -> int:
    total = component_sum(state, expr.operands[0], scope)
    number = Size.of(1)
    for size in state.type(expr.operands[0]).shape:
        number = number * size
    return state.apply(Op.DIV, total, state.builder.size(number))


def _over_components(op: Op) -> Recipe:
    return lambda state, expr, scope: state.builder.apply(op, state.real(expr.operands[0], scope), attr=Over(()))


def _min(state: Lowering, a: int) -> int:
    return state.apply(Op.NEG, state.builder.apply(Op.MAX, state.apply(Op.NEG, a), attr=Over(())))


def _prod(state: Lowering, a: int) -> int:
    index = state.fresh_range("component", Size.of(1), state.node(a).shape[0])
    return multiply_along(state, state.builder.apply(Op.UNSTACK, a, attr=index), index)


def _normalize(state: Lowering, expr: Apply, scope: Scope) -> int:
    a = state.real(expr.operands[0], scope)
    return state.divide(a, sum_components(state, a), scope)


def _norm(state: Lowering, a: int) -> int:
    return state.apply(Op.SQRT, inner(state, a, a))


def _cosine(state: Lowering, a: int, b: int) -> int:
    """Return a.b / (|a||b| + 1e-8) (Graves, Wayne & Danihelka 2014, eq. 6, kept from dividing by 0)."""
    lengths = state.apply(Op.MUL, _norm(state, a), _norm(state, b))
    return state.apply(Op.DIV, inner(state, a, b), state.apply(Op.ADD, lengths, state.builder.const(COSINE_EPSILON)))


def _layer_norm(state: Lowering, a: int) -> int:
    """Ba, Kiros & Hinton (2016), eq. 3, without gain and bias: biased variance, eps 1e-5."""
    n = component_count(state, a)
    centred = state.apply(Op.SUB, a, state.apply(Op.DIV, sum_components(state, a), n))
    variance = state.apply(Op.DIV, inner(state, centred, centred), n)
    return state.apply(
        Op.DIV, centred, state.apply(Op.SQRT, state.apply(Op.ADD, variance, state.builder.const(LAYER_NORM_EPSILON)))
    )


# Structure --------------------------------------------------------------------------------------------------------


def _concat(state: Lowering, *parts: int) -> int:
    """Join vectors; a scalar is one component."""
    vectors = []
    for part in parts:
        node = state.node(part)
        shape = node.shape or (Size.of(1),)
        vectors.append(state.builder.broadcast(part, node.domain, shape, batch=node.batch))
    return vectors[0] if len(vectors) == 1 else state.apply(Op.CONCAT, *vectors)


def _part(state: Lowering, expr: Apply, scope: Scope) -> int:
    size = state.type(expr).shape[0]
    return _cut(state, expr, (expr.sizes[0] - 1) * size, scope)


def _slice(state: Lowering, expr: Apply, scope: Scope) -> int:
    return _cut(state, expr, expr.sizes[0] - 1, scope)


def _cut(state: Lowering, expr: Apply, start: Size, scope: Scope) -> int:
    whole, shape = state.real(expr.operands[0], scope), state.type(expr).shape
    if shape == state.node(whole).shape and start.value == 0:
        return whole
    return state.builder.shaped(Op.SLICE, whole, shape=shape, attr=start)


def _component(state: Lowering, expr: Apply, scope: Scope) -> int:
    whole = state.real(expr.operands[0], scope)
    one = state.builder.shaped(Op.SLICE, whole, shape=(Size.of(1),), attr=expr.sizes[0] - 1)
    return sum_components(state, one)


def _outer(state: Lowering, a: int, b: int) -> int:
    return state.builder.product(Labels(("i", "j"), "ij"), a, b)


def _transpose(state: Lowering, a: int) -> int:
    return state.builder.product(Labels(("ij",), "ji"), a)


def _dropout(state: Lowering, expr: Apply, scope: Scope) -> int:
    """Multiply by a mask that lives on the value's own indices, without those along which it is held."""
    a = state.real(expr.operands[0], scope)
    rate = number_of(expr.operands[1]) or 0.0
    if not rate:
        return a
    node = state.node(a)
    key = state.noise.setdefault(expr, f"{scope.owner}.{len(state.noise) + 1}")
    domain = tuple(index for index in node.domain if index not in expr.tie)
    mask = state.builder.add(Node(Op.NOISE, (), domain, node.shape, batch=True, attr=Noise(key, rate)))
    return state.apply(Op.MUL, a, mask)


RECIPES: Final[Mapping[str, Recipe]] = {
    **{
        name: _plain(Op(name))
        for name in ("tanh", "sigmoid", "relu", "softplus", "abs", "sign", "sin", "cos", "minimum", "maximum")
    },
    "neg": _plain(Op.NEG),
    "stop_gradient": _plain(Op.STOP),
    "exp": _partial(Op.EXP, 0),
    "log": _partial(Op.LOG, 1),
    "sqrt": _partial(Op.SQRT, 1),
    "leaky_relu": _of_values(_leaky_relu),
    "elu": _of_values(_elu),
    "gelu": _of_values(_gelu),
    "silu": _of_values(_silu),
    "softsign": _of_values(_softsign),
    "hard_sigmoid": _of_values(_hard_sigmoid),
    "clip": _of_values(_clip),
    "^": lower_power,
    "sum": lambda state, expr, scope: component_sum(state, expr.operands[0], scope),
    "mean": _mean,
    "max": _over_components(Op.MAX),
    "min": _of_values(_min),
    "prod": _of_values(_prod),
    "logsumexp": _over_components(Op.LOGSUMEXP),
    "softmax": _over_components(Op.SOFTMAX),
    "normalize": _normalize,
    "norm": _of_values(_norm),
    "cosine": _of_values(_cosine),
    "layer_norm": _of_values(_layer_norm),
    "concat": _of_values(_concat),
    "part": _part,
    "slice": _slice,
    "component": _component,
    "outer": _of_values(_outer),
    "transpose": _of_values(_transpose),
    "dropout": _dropout,
}
