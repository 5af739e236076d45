"""Whether targets suit their distributions, and which expressions are only numbers."""

from collections.abc import Callable, Mapping
from operator import add, mul, sub, truediv
from typing import Final

from rnndsl.diagnostics.diagnostic import Diagnostic, Label
from rnndsl.indices import Index
from rnndsl.semantics.model import Apply, Data, Dimension, Distribution, Expr, Model, Number, Random
from rnndsl.semantics.shapes_collect import postorder

#: What a distribution draws, and a target is.
_SYMBOL: Final = "a token"
_NUMBERS: Final = "real numbers"
ARITHMETIC: Final[Mapping[str, Callable[[float, float], float]]] = {"+": add, "-": sub, "*": mul, "/": truediv}


def check_kinds(model: Model, tokens: set[str]) -> list[Diagnostic]:
    """Find targets of the wrong kind for their distribution."""
    return [finding for random in model.randoms for finding in _check_target(model, random, tokens)]


def _leaves(distribution: Distribution) -> list[Distribution]:
    inner = [argument for argument in distribution.arguments if isinstance(argument, Distribution)]
    return [leaf for part in inner for leaf in _leaves(part)] if inner else [distribution]


def _check_target(model: Model, random: Random, tokens: set[str]) -> list[Diagnostic]:
    leaf = _leaves(random.distribution)[0]
    data = model.data[random.target]
    point = data.shape.point if data.shape is not None else None
    drawn = _drawn(leaf)
    given = f"a point of `{point.name}`" if point is not None else _SYMBOL if data.name in tokens else _NUMBERS
    if drawn == given:
        return []
    message = f"`{leaf.name}` draws {drawn}, and `{data.name}` is {'none' if given == _NUMBERS else given}"
    way = _way(leaf, data, point)
    where = data.shape.span if data.shape is not None else data.span
    return [
        Diagnostic("RNN304", message, leaf.span, labels=(Label(where, f"`{data.name}` is declared here"),), help=way)
    ]


def _drawn(leaf: Distribution) -> str:
    if leaf.name != "categorical":
        return _NUMBERS
    return f"a point of `{leaf.over[0].name}`" if leaf.over else _SYMBOL


def _way(leaf: Distribution, data: Data, point: Index | None) -> str:
    if leaf.over:
        return f"declare `target {data.name}[...] : point({leaf.over[0].name})`"
    if point is not None:
        return f"choose a point with `categorical(... over {point.name})`"
    if leaf.name == "categorical":
        return f"declare `target {data.name}[...] : token(n)`, or use `bernoulli` or `normal` for real numbers"
    return f"use `categorical`, or declare `{data.name}` with sizes instead of `token(...)`"


def number_of(root: Expr) -> float | None:
    """Return the value of an expression made of numbers alone, None for any other."""
    values: dict[Expr, float] = {}
    for expr in postorder(root, values):
        value = _number(expr, values)
        if value is None:
            return None
        values[expr] = value
    return values[root]


def _number(expr: Expr, values: Mapping[Expr, float]) -> float | None:
    match expr:
        case Number(value=value):
            return value
        case Dimension(size=size) if size.value is not None:
            return float(size.value)
        case Apply(function="neg", operands=(inner,)):
            return -values[inner]
        case Apply(function="/", operands=(_, second)) if values[second] == 0:
            return None
        case Apply(function=symbol, operands=(first, second)) if symbol in ARITHMETIC:
            return ARITHMETIC[symbol](values[first], values[second])
        case _:
            return None
