"""Expressions and equations as one line."""

import pytest

from rnndsl.syntax.notation import (
    equation_sides,
    print_arguments,
    print_equation,
    print_name,
    print_points,
    print_shape,
    print_target,
)
from rnndsl.syntax.tree import Call, Equation, ParamDeclaration, RandomEquation
from tests.syntax.equality import expression, statement


@pytest.mark.parametrize(
    "text",
    [
        "h[t] : n, m = tanh(W @ h[t-1] + b)",
        "h : scalar = 2",
        "h[t, s] : token(n + 1) = x[t]",
        "a : point(s) = x",
        "y[t] ~ categorical(o[t])",
        "y[t] ~ D(o) weight w[t] scale 1 / 2",
        "y ~ D(o) scale 2",
    ],
)
def test_equations(text: str) -> None:
    found = statement(text)
    assert isinstance(found, Equation | RandomEquation)
    assert print_equation(found) == text
    left, right = equation_sides(found)
    assert text.startswith(left)
    assert text.endswith(right)


def test_points_are_tight() -> None:
    assert print_points(expression("t - 2 * k")) == "t-2*k"
    assert print_points(expression("a if b and c else d")) == "a if b and c else d"


def test_names_shapes_targets() -> None:
    found = statement("param W_{f, i}x, M[ m ] : n , 2 *k")
    assert isinstance(found, ParamDeclaration)
    assert print_name(found.targets[0].name) == "W_{f,i}x"
    assert print_target(found.targets[1]) == "M[m]"
    assert found.shape is not None
    assert print_shape(found.shape) == "n, 2 * k"


def test_arguments() -> None:
    found = expression("f( a,b ,k=c )")
    assert isinstance(found, Call)
    assert print_arguments(found.arguments, found.keywords) == "a, b, k = c"
