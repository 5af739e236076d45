"""Inputs that are fed with what was generated: the same as a model that reads its target back."""

from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.compiler import build, check
from rnndsl.graph.feeding import feed_input, why_not_fed
from rnndsl.graph.verify import verify_graph

SEPARATE = """
model Net(k, n):
    index  t, s : sequence
    input  x[t] : token(k)
    input  v : n
    input  w[s] : token(k)
    input  z[t] : token(n)
    target y[t] : token(k)
    param  W, U, V, E, b
    h[t] : n = tanh(W @ h[t-1] + U @ x[t] + E @ x[t-1] + v + b)
    y[t] ~ categorical(V @ h[t])
"""
BACK = SEPARATE.replace("    input  x[t] : token(k)\n", "").replace("x[t]", "y[t-1]").replace("x[t-1]", "y[t-2]")
DIMS = {"k": 5, "n": 3}
MODES = ("observe", "sample", "beam")
FED = rnndsl.compile(SEPARATE, dims=DIMS, dtype="float64", modes=MODES, feed={"x": "y"})
PARAMS = {name: 3 * value + 0.1 for name, value in FED.init(0).items()}
V = np.random.default_rng(0).normal(size=(3, 3))


@pytest.mark.parametrize("prompt", [{}, {"y": [[1, 2], [], [3, 3, 0]]}], ids=["nothing", "prompts"])
def test_what_is_drawn_is_what_the_model_that_reads_back_draws(prompt: dict[str, Any]) -> None:
    back = rnndsl.compile(BACK, dims=DIMS, dtype="float64", modes=MODES)
    data, lengths = {"v": V, **prompt}, {"t": [9, 4, 6]}
    for how in ({"seed": 1}, {"greedy": True}):
        ours, theirs = (
            FED.sample(PARAMS, data, lengths=lengths, **how),
            back.sample(PARAMS, data, lengths=lengths, **how),
        )
        np.testing.assert_array_equal(ours["y"], theirs["y"])
        np.testing.assert_allclose(ours["y.log_prob"], theirs["y.log_prob"], rtol=1e-12)
    ours, theirs = (one.beam(PARAMS, data, lengths=lengths, width=4, best=3) for one in (FED, back))
    np.testing.assert_array_equal(ours["y"], theirs["y"])
    np.testing.assert_allclose(ours["log_prob"], theirs["log_prob"], rtol=1e-12)


def test_what_is_given_is_read() -> None:
    text = [[1, 4, 0, 2], [2, 2, 3, 1], [0, 1, 2, 3]]
    x, y = [one[:-1] for one in text], [one[1:] for one in text]
    scored = FED.loss(PARAMS, {"x": x, "v": V, "y": y}).terms["y"][0]
    drawn = FED.sample(PARAMS, {"x": [one[:1] for one in text], "y": y, "v": V}, lengths={"t": [3] * 3})
    assert drawn["y.log_prob"].sum() == pytest.approx(-scored)
    other = FED.sample(PARAMS, {"x": [[4, 4, 4]] * 3, "y": y, "v": V}, lengths={"t": [3] * 3})
    assert abs(other["y.log_prob"] - drawn["y.log_prob"])[:, 1:].min() > 1e-6


def test_the_graph_stays_a_graph() -> None:
    graph = build(check(SEPARATE, dims=DIMS), "sample")
    before = {name: info.role for name, info in graph.inputs.items()}
    fed = feed_input(graph, "x", "y")
    verify_graph(fed)
    assert {name: info.role for name, info in fed.inputs.items()} == {**before, "x": "target"}
    unused = build(
        check(
            SEPARATE.replace("x[t] + ", "z[t] + ")
            .replace("x[t-1]", "z[t-1]")
            .replace("z[t] : token(n)", "z[t] : token(k)"),
            dims=DIMS,
        ),
        "sample",
    )
    assert feed_input(unused, "x", "y").nodes == unused.nodes


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (("x", "y"), ""),
        (("a", "y"), "the model has no input `a`"),
        (("y", "y"), "the model has no input `y`"),
        (("x", "v"), "the model has no target `v`"),
        (("v", "y"), "`v` and `y` are not both tokens"),
        (("w", "y"), "`w` and `y` are not on one sequence"),
        (("z", "y"), "`z` is a token of n, `y` one of k"),
    ],
)
def test_what_can_be_fed(pair: tuple[str, str], reason: str) -> None:
    assert why_not_fed(build(check(SEPARATE)).inputs, *pair) == reason


def test_what_cannot_be_fed_is_refused() -> None:
    def compiled(text: str, feed: dict[str, str]) -> None:
        rnndsl.compile(text, dims=DIMS, modes=("sample",), feed=feed)

    with pytest.raises(rnndsl.DataError, match="RNN613: Net cannot feed `v` with `y`: `v` and `y` are not both tokens"):
        compiled(SEPARATE, {"v": "y"})
    with pytest.raises(rnndsl.DataError, match="RNN613: Net cannot feed `x` with `y`: it looks ahead along `t`"):
        compiled(SEPARATE.replace("E @ x[t-1]", "E @ x[t+1]"), {"x": "y"})
    compiled(SEPARATE.replace("E @ x[t-1]", "E @ z[t+1]").replace("z[t] : token(n)", "z[t] : token(k)"), {"x": "y"})
