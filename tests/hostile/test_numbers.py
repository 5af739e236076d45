"""Numbers at the edge: nothing overflows, no kink is infinite, and NaN stays where it is."""

import numpy as np
import pytest

import rnndsl
from tests.codegen.programs import PROGRAMS, compile_small, even_data

EDGES = """
model Edges(n):
    index  t : sequence
    input  x[t] : n
    target k[t] : token(n)
    target b[t] : n
    a[t] = sigmoid(x[t]) + softplus(x[t]) + tanh(x[t]) + silu(x[t]) + softmax(x[t]) + logsumexp(x[t])
    g[t] = log(x[t]) if x0[t] > 0 else 0 * x[t]
    x0[t] = min(x[t])
    r[t] = sqrt(abs(x[t])) + relu(x[t]) + norm(0 * x[t])
    k[t] ~ categorical(x[t])
    b[t] ~ bernoulli(x[t])
    output a[t], g[t], r[t]
    loss sum(sum(a[t] + g[t] + r[t]) over t)
"""


@pytest.mark.parametrize("value", [-1e4, -1e3, 0.0, 1e3, 1e4])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_numbers_and_kinks_stay_finite(value: float, dtype: str) -> None:
    """Warnings are errors here: nothing overflows, and the branch not taken harms neither value nor gradient."""
    program = rnndsl.compile(EDGES, dims={"n": 3}, dtype=dtype)
    x = np.full((1, 2, 3), value)
    x[0, 0, 1] += 1
    data = {"x": x, "k": np.array([[0, 2]]), "b": np.array([[[0, 1, 0], [1, 0, 1]]])}
    loss, grads = program.loss_and_grad({}, data, wrt="all")
    assert np.isfinite(loss)
    assert np.isfinite(grads["x"]).all()
    assert all(np.isfinite(array).all() for array in program.run({}, data).values())


def test_softmax_of_one_component() -> None:
    text = "model One:\n    input x : 1\n    output p = softmax(x)\n    loss sum(softmax(x))\n"
    program = rnndsl.compile(text)
    loss, grads = program.loss_and_grad({}, {"x": np.full((1, 1), 3.0)}, wrt="all")
    assert loss.value == 1
    assert grads["x"].tolist() == [[0]]


def test_nan_in_the_data_stays_where_it_is() -> None:
    program = compile_small(PROGRAMS["NoParameters"])
    data = even_data(program, 3, 4)
    data["x"][1, 2, 0] = np.nan
    out = program.run({}, data)["y.mean"]
    assert np.isnan(out[1, 2:, 0]).all()
    assert np.isfinite(np.delete(out, 1, axis=0)).all()
    assert np.isfinite(out[1, :, 1:]).all()
