"""Likelihoods: for every distribution the logarithm of a point's probability, and its parameters by name.

All formulas are finite at logits of +-10,000, and 0 contributes nothing where a target is absent (its value is then 0,
or a negative token, which picks nothing).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log, pi
from typing import Final

from rnndsl.graph.lower_products import sum_components, sum_nodes
from rnndsl.graph.lower_state import Lowering, Scope
from rnndsl.graph.node import Labels, Over
from rnndsl.indices import Domain
from rnndsl.ops import Op
from rnndsl.semantics.model import Distribution, Expr, Type
from rnndsl.sizes import Size


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a distribution as `run` returns it: `over` are indices beside those of the random equation."""

    name: str
    node: int
    over: Domain = ()


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The log-likelihood of a point and the parameters it is made from."""

    log_prob: int
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """What a likelihood is asked about: the target's value, and where it stands."""

    value: int
    scope: Scope


Rule = Callable[[Lowering, Distribution, Point], Likelihood]


def lower_likelihood(state: Lowering, distribution: Distribution, point: Point) -> Likelihood:
    """Lower a distribution's log-likelihood at a target's value."""
    return LIKELIHOODS[distribution.name](state, distribution, point)


def seen(state: Lowering, target: int) -> int:
    """Return whether a target is there: a token is not negative, no component is NaN."""
    node = state.node(target)
    there = state.apply(Op.SEEN, target)
    if not node.shape:
        return there
    missing = state.apply(Op.WHERE, there, state.builder.const(0), state.builder.const(1))
    return state.apply(Op.LESS, sum_components(state, missing), state.builder.const(0.5))


def _arguments(state: Lowering, distribution: Distribution, point: Point) -> list[int]:
    given = [a for a in distribution.arguments if not isinstance(a, Distribution)]
    return [state.real(argument, point.scope) for argument in given]


def _total(state: Lowering, value: int) -> int:
    """Sum the components of a point."""
    return sum_components(state, value) if state.node(value).shape else value


def _categorical(state: Lowering, distribution: Distribution, point: Point) -> Likelihood:
    (logits,) = _arguments(state, distribution, point)
    if distribution.over:
        return _point(state, logits, distribution.over, point)
    every = state.builder.apply(Op.LOGSUMEXP, logits, attr=Over(()))
    ones = state.apply(Op.PICK, logits, point.value)
    return Likelihood(state.apply(Op.SUB, ones, every), (Parameter("logits", logits),))


def _point(state: Lowering, logits: int, over: Domain, point: Point) -> Likelihood:
    """Return e[y] - logsumexp(e[s] over s), the log-likelihood of the point y (Vinyals, Fortunato & Jaitly 2015).

    Where the target is absent it is 0, even if there is nothing to choose from.
    """
    (index,) = over
    logits = state.spread(logits, over)
    here = state.apply(
        Op.EQUAL, state.builder.apply(Op.IOTA, attr=index), state.as_real(point.value, Type((), point=index))
    )
    ones = sum_nodes(state, [state.apply(Op.WHERE, here, logits, state.builder.const(0))], over)
    every = state.builder.apply(Op.LOGSUMEXP, logits, attr=Over(over))
    every = state.apply(Op.WHERE, seen(state, point.value), every, state.builder.const(0))
    return Likelihood(state.apply(Op.SUB, ones, every), (Parameter("logits", logits, over),))


def _bernoulli(state: Lowering, distribution: Distribution, point: Point) -> Likelihood:
    """Return y l - log(1 + exp l), the log-likelihood of y in 0..1 under logits l."""
    (logits,) = _arguments(state, distribution, point)
    value = state.apply(Op.SUB, state.apply(Op.MUL, point.value, logits), state.apply(Op.SOFTPLUS, logits))
    return Likelihood(_total(state, value), (Parameter("logits", logits),))


def _normal(state: Lowering, distribution: Distribution, point: Point) -> Likelihood:
    mean, *rest = _arguments(state, distribution, point)
    builder = state.builder
    sd = rest[0] if rest else builder.const(1)
    distance = state.apply(Op.DIV, state.apply(Op.SUB, point.value, mean), sd)
    square = state.apply(Op.MUL, builder.const(-0.5), state.apply(Op.MUL, distance, distance))
    norm = state.apply(Op.ADD, state.apply(Op.LOG, sd), builder.const(0.5 * log(2 * pi)))
    value = state.apply(Op.SUB, square, norm)
    return Likelihood(_total(state, value), (Parameter("mean", mean), Parameter("sd", sd)))


def _normal2(state: Lowering, distribution: Distribution, point: Point) -> Likelihood:
    """Graves (2013), eq. 24 and 25, as a normal of the second component and one of the first given the second.

    With distances d and correlation r: -((d1 - r d2)^2 / q + d2^2) / 2 - log s1 - log s2 - log(q) / 2 - log(2 pi),
    q = (1 - r)(1 + r), where nothing cancels as r comes near 1.
    """
    mean, sd, correlation = _arguments(state, distribution, point)
    builder = state.builder
    one = builder.const(1)
    two = builder.broadcast(sd, state.node(sd).domain, (Size.of(2),), batch=state.node(sd).batch)
    distance = state.apply(Op.DIV, state.apply(Op.SUB, point.value, mean), two)
    first, second = (_component(state, distance, k) for k in range(2))
    q = state.apply(Op.MUL, state.apply(Op.SUB, one, correlation), state.apply(Op.ADD, one, correlation))
    apart = state.apply(Op.SUB, first, state.apply(Op.MUL, correlation, second))
    squares = state.apply(
        Op.ADD, state.apply(Op.DIV, state.apply(Op.MUL, apart, apart), q), state.apply(Op.MUL, second, second)
    )
    half = builder.const(0.5)
    logs = state.apply(
        Op.ADD,
        sum_components(state, state.apply(Op.LOG, two)),
        state.apply(Op.MUL, half, state.apply(Op.LOG, q)),
        builder.const(log(2 * pi)),
    )
    value = state.apply(Op.NEG, state.apply(Op.ADD, state.apply(Op.MUL, half, squares), logs))
    named = (Parameter("mean", mean), Parameter("sd", sd), Parameter("correlation", correlation))
    return Likelihood(value, named)


def _component(state: Lowering, vector: int, place: int) -> int:
    one = state.builder.shaped(Op.SLICE, vector, shape=(Size.of(1),), attr=Size.of(place))
    return state.builder.product(Labels(("i",), ""), one)


def _mixture(state: Lowering, distribution: Distribution, point: Point) -> Likelihood:
    """Bishop (1994): log sum_m exp(l_m + log p_m) - log sum_m exp(l_m)."""
    (logits,) = _arguments(state, distribution, point)
    (part,) = (argument for argument in distribution.arguments if isinstance(argument, Distribution))
    within, fold = lower_likelihood(state, part, point), Over(distribution.over)
    logits = state.spread(logits, distribution.over)
    weighed = state.spread(state.apply(Op.ADD, logits, within.log_prob), distribution.over)
    above = state.builder.apply(Op.LOGSUMEXP, weighed, attr=fold)
    below = state.builder.apply(Op.LOGSUMEXP, logits, attr=fold)
    named = [Parameter("logits", logits, distribution.over)]
    for parameter in within.parameters:
        name = f"component_{parameter.name}" if parameter.name == "logits" else parameter.name
        named.append(Parameter(name, parameter.node, (*distribution.over, *parameter.over)))
    return Likelihood(state.apply(Op.SUB, above, below), tuple(named))


#: One rule per distribution.
LIKELIHOODS: Final[Mapping[str, Rule]] = {
    "categorical": _categorical,
    "bernoulli": _bernoulli,
    "normal": _normal,
    "normal2": _normal2,
    "mixture": _mixture,
}


# The loss ---------------------------------------------------------------------------------------------------------


def total_over_data(state: Lowering, numbers: list[int]) -> int:
    """Sum the product of one or two values over all points of all examples."""
    return state.builder.contract(Labels(("",) * len(numbers), ""), numbers, (), batch=False)


def negated(state: Lowering, number: int) -> int:
    """Return minus a value; of a difference the one the other way round."""
    node = state.node(number)
    return state.apply(Op.SUB, *node.operands[::-1]) if node.op is Op.SUB else state.apply(Op.NEG, number)


def weighted_mean(state: Lowering, total: int, weight: int) -> int:
    """Divide a sum by the sum of weights; 0 where nothing is scored."""
    builder = state.builder
    nothing = state.apply(Op.EQUAL, weight, builder.const(0))
    safe = state.apply(Op.WHERE, nothing, builder.const(1), weight)
    return state.apply(Op.WHERE, nothing, builder.const(0), state.apply(Op.DIV, total, safe))


def example_mean(state: Lowering, value: int) -> int:
    """Average a scalar over the examples of the batch."""
    if not state.node(value).batch:
        return value
    ones = state.builder.broadcast(state.builder.const(1), (), (), batch=True)
    return state.apply(Op.DIV, total_over_data(state, [value]), total_over_data(state, [ones]))


def point_weight(state: Lowering, target: int, weight: Expr | None, scope: Scope) -> int:
    """Return how much a point counts: its weight where the target is there, else 0."""
    given = state.builder.const(1) if weight is None else state.real(weight, scope)
    return state.apply(Op.WHERE, seen(state, target), given, state.builder.const(0))
