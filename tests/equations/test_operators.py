"""How operators are written."""

import numpy as np
import pytest

import rnndsl
from rnndsl.compiler import build, check
from rnndsl.equations.operators import RULES
from rnndsl.graph.interpret import interpret
from rnndsl.ops import Op
from tests.equations.graphs import written
from tests.equations.printed import assert_gradient, printed


def test_rules_are_total() -> None:
    assert set(RULES) == set(Op)


@pytest.mark.parametrize(
    "expression",
    [
        "tanh(b)", "softplus(b)", "sign(b)", "b / (1 + abs(b))", "b ^ 0.5", "concat(b, c)", "slice(b, 2, 3)",
        "softmax(b)", "logsumexp(b)", "max(b)", "minimum(b, 0)", "stop_gradient(b)", "stack(2 * i over i)", "1 + n",
        "sum(t % 2 over t)",
    ],
)  # fmt: skip
def test_reads_back_as_it_is(expression: str) -> None:
    assert written(expression) == expression


@pytest.mark.parametrize(
    "loss",
    ["max(b)", "max(s[i] over i)", "sum(max(v[i] over i))", "max(m[i, j] over i, j)", "max(s[i] over i) * min(b)"],
)
def test_of_equal_ones_the_first_is_the_largest(loss: str) -> None:
    text = (
        "model A(n = 3, k = 2):\n    index i : 1..n\n    index j : -1..k\n    param b : n\n    param v[i] : n\n"
        f"    param s[i], m[i, j] : scalar\n    loss {loss} + 0 * (b @ b + sum(m[i, j] * s[i] * sum(v[i]) over i, j))\n"
    )
    shapes: dict[str, tuple[int, ...]] = {"b": (3,), "v": (3, 3), "s": (3,), "m": (3, 4)}
    params = {name: np.random.default_rng(3).integers(0, 2, shape).astype(float) for name, shape in shapes.items()}
    graph = build(check(printed(text).text))
    names = [f"d_{name}" for name in shapes]
    found = interpret(graph, params, {}, dims={"n": 3, "k": 2}, outputs=names, lengths={}, structure={})
    _, wanted = rnndsl.compile(text, dtype="float64").loss_and_grad(params, {})
    assert sum(np.count_nonzero(gradient) for gradient in wanted.values()) >= 1
    for name, shape in shapes.items():
        np.testing.assert_allclose(np.asarray(found[f"d_{name}"]).reshape(shape), wanted[name])


def test_parts_fill_a_vector_side_by_side() -> None:
    text = assert_gradient(
        "model A(n = 2):\n    input x : 2 * n\n    param b\n    a = x + b\n"
        "    loss sum(part(a, 1, 2) * part(a, 2, 2)) + sum(slice(b, 2, 3))\n"
    )
    assert "d_a = concat(slice(a, n + 1, 2 * n), slice(a, 1, n))\n" in text
    assert " : 1 = 0\n" in text


def test_rows_of_a_matrix() -> None:
    text = assert_gradient(
        "model A(n = 2):\n    index t : sequence\n    input x[t] : n\n    param W : 2 * n, n\n"
        "    h[t] : n = tanh(part(W, 1, 2) @ h[t-1] + part(W, 2, 2) @ x[t])\n    loss sum(h[t] @ h[t] over t)\n"
    )
    assert "stack(stack(1 if i == j + n else 0 over j) over i) @" in text


def test_dropout_masks_are_data() -> None:
    text = assert_gradient(
        "model A(n = 2):\n    index t : sequence\n    input x[t] : n\n    param W : n, n\n"
        "    h[t] = tanh(W @ dropout(x[t], 0.5))\n    loss sum(h[t] @ h[t] over t)\n"
    )
    assert "    input mask_1[t] : n\n" in text
    assert "W @ (x[t] * mask_1[t])" in text
