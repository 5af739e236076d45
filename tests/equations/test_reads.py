"""Values at other points."""

import pytest

from tests.equations.graphs import written
from tests.equations.printed import assert_gradient

TREE = (
    "model A(n = 2):\n    index m : tree\n    index k : children(m)\n    input x[m] : n\n    target y[m] : n\n"
    "    param W, U, R : n, n\n"
)


@pytest.mark.parametrize(
    "expression", ["last(x[t] over t)", "first(x[t] over t)", "sum(x[t-1] over t)", "sum(x[t+2] over t)"]
)
def test_reads_back_as_it_is(expression: str) -> None:
    assert written(expression) == expression


def test_init_collects_what_fell_outside() -> None:
    text = assert_gradient(
        "model A(n = 2):\n    index t : sequence\n    input x[t] : n\n    param W, h0 : n, n\n    param c\n"
        "    h[t] : n = tanh(W @ h[t-1] + x[t])\n    init h = tanh(h0 @ c)\n    loss sum(h[t] @ h[t] over t)\n"
    )
    assert "first(transpose(W) @ d_a_h[t] over t)" in text


def test_what_divides_is_not_read_where_it_may_be_zero() -> None:
    text = assert_gradient(
        "model A(n = 2):\n    index t : sequence\n    input x[t] : n\n    param b\n"
        "    q[t] : n = q[t-1] / (3 + p[t]) + x[t]\n    p[t] : n = sigmoid(b * p[t-1]) + b\n"
        "    loss sum(q[t] @ q[t] over t)\n"
    )
    assert "/ (3 + p[t+1])" not in text


@pytest.mark.parametrize(
    ("equation", "wanted"),
    [
        ("tanh(W @ sum(h[k] over k) + x[m])", "transpose(W) @ d_a_h[parent(m)]"),
        ("tanh(sum(k * (W @ h[k]) over k) + x[m])", "uses(transpose(W) @ d_a_h_2[m, k] over k)"),
        ("tanh(W @ h[child(m, 1)] + U @ h[child(m, 2)] + x[m])", "transpose(U) @ d_a_h[m] if k == 2 else 0 over k)"),
        ("tanh(W @ h[parent(m)] + x[m])", "sum(transpose(W) @ d_a_h[k] over k)"),
    ],
)
def test_trees(equation: str, wanted: str) -> None:
    text = assert_gradient(f"{TREE}    h[m] : n = {equation}\n    y[m] ~ normal(h[m] + R @ root(x[m] over m))\n")
    assert wanted in text


def test_root_has_no_parent() -> None:
    text = assert_gradient(
        f"{TREE}    h[m] : n = tanh(W @ x[m])\n    y[m] ~ normal(U @ root(h[m] over m) + R @ x[m])\n"
    )
    assert "if uses(1 over k) == 0 else 0" in text
