"""Printing expressions of a model: what is printed parses to the same again."""

import pytest

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.semantics.model import Apply, Number
from rnndsl.semantics.text import print_expression
from tests.semantics.specs import expanded, grove, net

ROUND = [
    "x[t] + 2 * x[t-1] - (x[t] - 3)",
    "(x[t] + 1) * (x[t] - 1) / (2 * x[t])",
    "-(x[t] + 1) ^ 2",
    "(-x[t]) ^ 2",
    "2 ^ x[t] ^ 2",
    "(2 ^ x[t]) ^ -x[t]",
    "1 if x[t] < 2 and (x[t] == 1 or t == 3) else 2 if not t <= 2 else 3",
    "(1 if t < 2 else 3) + 1",
    "tanh(clip(x[t], -1, 1))",
    "softmax(x[t] * 0.001 over t)",
    "dropout(x[t], 0.5, tie = t)",
    "concat(part(x[t], 1, 2), slice(x[t], 1, n), component(x[t], 2))",
    "minimum(x[t], -infinity) % 2",
    "x[t] * (n + 1) * n * 1e+20",
    "last(x[t+1] over t) * length(t)",
]


@pytest.mark.parametrize("text", ROUND)
def test_round_trip(text: str) -> None:
    printed = expanded(net(f"h[t] = {text}\noutput h[t]")).equations["h"].text
    again = expanded(net(f"{printed}\noutput h[t]")).equations["h"].text
    assert printed == again
    if "1e" not in text and "2 * x" not in text:
        assert printed == f"h[t] = {text}"


def test_numbers() -> None:
    assert [print_expression(Number(value, NOWHERE)) for value in (2.0, 0.1, -3.0, float("-inf"))] == [
        "2",
        "0.1",
        "-3",
        "-infinity",
    ]


def test_an_operator_with_too_many_operands_is_refused() -> None:
    one = Number(1.0, NOWHERE)
    with pytest.raises(ValueError, match="3 operands"):
        print_expression(Apply("+", (one, one, one), NOWHERE))


@pytest.mark.parametrize(
    "text",
    [
        "z[v] if leaf(v) or v == 1 else z[child(v, 2)] + z[child(v, 1)]",
        "sum(length(k) * z[k] over k)",
        "root(z[v] over v) * length(v)",
        "sum(z[child(v, m+1)] over m) - z[parent(v)]",
        "last(z[k] over k) * sum(u[s] if s == 2 else 0 over s)",
    ],
)
def test_round_trip_of_trees(text: str) -> None:
    assert expanded(grove(f"h[v] = {text}\noutput h[v]")).equations["h"].text == f"h[v] = {text}"


def test_choices_are_printed() -> None:
    body = "target y[t] : point(s)\ny[t] ~ categorical(s * t over s)"
    assert expanded(grove(body)).randoms[0].text == "y[t] ~ categorical(s * t over s)"
