"""Scores by point: they add up to the terms of the loss, and the right choices are those of NumPy's argmax."""

import numpy as np
import pytest

import rnndsl
from rnndsl.compiler import assemble
from rnndsl.data import ExampleBatches, Examples, Stream, StreamBatches
from rnndsl.runtime.program import Program
from rnndsl.train.points import Points, Tally, score_points, with_points
from rnndsl.train.protocols import Array

LM = """
model LM(words, n):
    index  t : sequence
    input  x[t] : n
    target y[t] : token(words)
    target z[t] : n
    param  W, U, V, b
    h[t] : n = tanh(W @ h[t-1] + U @ y[t-1] + x[t] + b)
    y[t] ~ categorical(V @ h[t]) weight 1 + t
    z[t] ~ normal(h[t])
"""
PROGRAM = rnndsl.compile(LM, dims={"words": 5, "n": 3}, dtype="float64")
PARAMS = {name: array + 0.1 for name, array in PROGRAM.init(0).items()}


def pointwise(program: Program) -> Program:
    return assemble(with_points(program.graph), dtype=program.dtype)


def examples(*lengths: int) -> Examples:
    rng = np.random.default_rng(1)
    arrays: dict[str, list[Array]] = {
        "x": [rng.normal(size=(n, 3)) for n in lengths],
        "y": [rng.integers(-1, 5, n) for n in lengths],
        "z": [rng.normal(size=(n, 3)) for n in lengths],
    }
    return Examples(arrays, {}, len(lengths))


def test_points_add_up_to_the_terms() -> None:
    data = examples(4, 1, 6)
    found = list(score_points(pointwise(PROGRAM), PARAMS, ExampleBatches(data, 2)))
    terms = PROGRAM.loss(PARAMS, data.arrays).terms
    assert [(points.target, points.example) for points in found] == [
        ("y", 0), ("y", 1), ("z", 0), ("z", 1), ("y", 2), ("z", 2),
    ]  # fmt: skip
    for name, (nll, weight) in terms.items():
        own = [points for points in found if points.target == name]
        assert sum(float((p.log_prob * p.weight).sum()) for p in own) == pytest.approx(-nll)
        assert sum(float(p.weight.sum()) for p in own) == weight
    absent = data.arrays["y"][2] < 0
    assert absent.any()
    assert not found[4].log_prob[absent].any()
    assert not found[4].weight[absent].any()


def test_right_choices_are_those_of_the_largest_logit() -> None:
    data = examples(9)
    (y, z) = score_points(pointwise(PROGRAM), PARAMS, ExampleBatches(data, 1))
    logits = PROGRAM.run(PARAMS, data.arrays)["y.logits"][0]
    assert y.correct is not None
    np.testing.assert_array_equal(y.correct, logits.argmax(axis=1) == data.arrays["y"][0])
    assert z.correct is None
    tally = Tally()
    tally.add(y)
    tally.add(z)
    assert tally.accuracy == pytest.approx((y.correct * y.weight).sum() / y.weight.sum())
    assert Tally().accuracy is None


def test_chunks_of_streams_go_on() -> None:
    program = rnndsl.compile("specs/models/char_lstm.rnn", dims={"vocab": 4, "hidden": 3, "layers": 1}, dtype="float64")
    params = program.init(1)
    y = np.random.default_rng(0).integers(0, 4, 20)
    found = list(score_points(pointwise(program), params, StreamBatches(Stream({"y": y}), 2, 4, whole=True)))
    assert [(points.example, points.start) for points in found] == [(0, 0), (1, 0), (0, 4), (1, 4), (0, 8), (1, 8)]
    total = sum(float(points.log_prob.sum()) for points in found)
    assert total == pytest.approx(-program.loss(params, {"y": y.reshape(2, 10)}).terms["y"][0])


def test_a_pointer_is_right_where_it_points_to_the_largest() -> None:
    program = rnndsl.compile("specs/models/pointer_network.rnn", dims={"size": 2, "hidden": 3}, dtype="float64")
    params = {name: array + 0.3 for name, array in program.init(0).items()}
    rng = np.random.default_rng(0)
    data = Examples({"x": [rng.normal(size=(n, 2)) for n in (5, 2)], "y": [np.array([4, 0, 1]), np.array([1])]}, {}, 2)
    found: list[Points] = list(score_points(pointwise(program), params, ExampleBatches(data, 2)))
    logits = program.run(params, data.arrays)["y.logits"]
    for points, own in zip(found, (logits[0, :3], logits[1, :1, :2]), strict=True):
        np.testing.assert_array_equal(points.correct, own.argmax(axis=1) == points.values)


def test_models_without_targets_have_no_points() -> None:
    text = "model A(n):\n    index t : sequence\n    input x[t] : n\n    loss mean(norm(x[t]) over t)\n"
    program = pointwise(rnndsl.compile(text, dims={"n": 2}))
    assert program.outputs == ()
