"""Choices by numbers, and component by component."""

import pytest

from tests.equations.graphs import written
from tests.equations.printed import assert_gradient

HEAD = (
    "model A(n = 3):\n    index t : sequence\n    input x[t] : n\n    input s[t] : scalar\n    param W : n, n\n"
    "    param b : n\n"
)


@pytest.mark.parametrize(
    "condition",
    ["s[t] < 1", "s[t] <= t", "t == 1", "not t == 1", "t == 1 or t == 3 and s[t] < 0", "t % 2 == 0", "t == length(t)"],
)
def test_reads_back_as_it_is(condition: str) -> None:
    expression = f"sum(s[t] if {condition} else 2 * s[t] over t)"
    assert written(expression) == expression


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        ("relu(W @ x[t])", "sign(h[t])"),
        ("leaky_relu(W @ x[t])", "relu(sign(a_h[t]))"),
        ("maximum(W @ x[t], b)", "1 - relu(sign(b - a_h[t]))"),
        ("clip(W @ x[t], -0.3, 0.4)", "relu(sign("),
        ("elu(W @ x[t])", "relu(sign(a_h[t]))"),
        ("abs(W @ x[t])", "sign(a_h[t])"),
        ("sqrt(relu(W @ x[t]) + b * b)", "sign("),
    ],
)
def test_components(function: str, slope: str) -> None:
    text = f"{HEAD}    h[t] : n = {function}\n    loss sum(h[t] @ h[t] over t) + b @ b\n"
    assert slope in assert_gradient(text, examples=1)


def test_branch_knows_its_condition() -> None:
    text = assert_gradient(
        f"{HEAD}    h[t] : n = tanh(W @ x[t] + b) * (s[t] ^ 1.5 if s[t] > 0 else 0)\n"
        "    loss sum(h[t] @ h[t] over t)\n",
        examples=1,
    )
    assert "1.5 * s[t] ^ 0.5 if 0 < s[t] else 0" in text or "if 0 < s[t] else" in text
    assert "if 0 < s[t] else 1" not in text.partition("# Its adjoint.")[2]


def test_branch_of_what_needs_its_condition_stays() -> None:
    text = assert_gradient(
        f"{HEAD}    h[t] : n = tanh(W @ (x[t] * log(s[t]) + b)) if s[t] > 0 else b\n    loss sum(h[t] @ h[t] over t)\n",
        examples=1,
    )
    assert "log(s[t] if 0 < s[t] else 1)" in text
