"""Likelihoods and the loss against their formulas."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from rnndsl.graph.instances import Structure
from rnndsl.graph.interpret import interpret
from rnndsl.graph.likelihoods import LIKELIHOODS
from rnndsl.ops import Op
from rnndsl.semantics.functions import FUNCTIONS, Kind
from tests.autodiff.complex_step import check_gradients
from tests.graph.examples import sample
from tests.graph.small import DIMS, LENGTHS, Array, K, N, data, lowered, net, ops, softmax, weights

Values = Mapping[str, Sequence[Array]]
NAN = float("nan")
RNG = np.random.default_rng(11)
REAL = [RNG.normal(size=(length, N)) for length in LENGTHS]
SCALAR = [RNG.normal(size=length) for length in LENGTHS]


def run(statements: Sequence[str], target: Sequence[Array]) -> tuple[dict[str, Array], dict[str, Array]]:
    graph = lowered(net(*statements))
    params = weights(graph)
    found = interpret(graph, params, {**data(), "y": target}, dims=DIMS)
    return {name: np.concatenate(value) if isinstance(value, list) else value for name, value in found.items()}, params


def normal(y: Array, mean: Array, sd: Array) -> Array:
    return np.asarray(0.5 * ((y - mean) / sd) ** 2 + np.log(sd) + 0.5 * np.log(2 * np.pi))


def test_categorical() -> None:
    tokens = [np.array([2, -1, 0]), np.array([3])]
    found, _ = run(["target y[t] : token(n)", "y[t] ~ categorical(x[t])"], tokens)
    x, y = np.concatenate(list(data()["x"])), np.concatenate(tokens)
    terms = [-np.log(softmax(x[k])[y[k]]) for k in range(4) if y[k] >= 0]
    assert found["y.weight"] == 3.0
    np.testing.assert_allclose(found["y.nll"], sum(terms))
    np.testing.assert_allclose(found["loss"], np.mean(terms))
    np.testing.assert_array_equal(found["y.logits"], x)


def test_a_choice_of_points_where_some_example_has_none() -> None:
    points = ["index s : sequence", "input far[s] : scalar", "target y[t] : point(s)"]
    graph = lowered(net(*points, "y[t] ~ categorical(a[t] * far[s] over s)"))
    given = {**data(), "far": [np.array([0.5, -1.0]), np.zeros(0)], "y": [np.array([1, -1, 0]), np.array([-1])]}
    found = interpret(graph, weights(graph), given, dims=DIMS)
    chances = [softmax(a * given["far"][0]) for a in given["a"][0]]
    np.testing.assert_allclose(found["y.nll"], -np.log(chances[0][1]) - np.log(chances[2][0]))
    assert found["y.weight"] == 2.0


def test_bernoulli_far_out() -> None:
    y = [np.array([1.0, NAN, 0.0]), np.array([1.0])]
    found, _ = run(["target y[t] : scalar", "y[t] ~ bernoulli(10000 * a[t])"], y)
    logits = 1e4 * np.concatenate(list(data()["a"]))
    seen = [0, 2, 3]
    wanted = np.logaddexp(0, logits[seen]) - np.concatenate(y)[seen] * logits[seen]
    np.testing.assert_allclose(found["y.nll"], wanted.sum())


def test_normal_with_weights_scale_and_absent_points() -> None:
    y = [REAL[0].copy(), REAL[1]]
    y[0][1, 2] = NAN
    found, _ = run(["target y[t] : n", "y[t] ~ normal(x[t], exp(a[t])) weight a[t] ^ 2 scale 0.5"], y)
    x, a = np.concatenate(list(data()["x"])), np.concatenate(list(data()["a"]))
    seen = [0, 2, 3]
    nll = normal(np.concatenate(y)[seen], x[seen], np.exp(a[seen])[:, None]).sum(1)
    np.testing.assert_allclose(found["loss"], 0.5 * (a[seen] ** 2 * nll).sum() / (a[seen] ** 2).sum())


def test_normal_of_standard_deviation_one() -> None:
    found, _ = run(["target y[t] : n", "y[t] ~ normal(x[t])"], REAL)
    wanted = normal(np.concatenate(REAL), np.concatenate(list(data()["x"])), np.asarray(1.0)).sum()
    np.testing.assert_allclose(found["y.nll"], wanted)


def test_normal_of_two_components() -> None:
    y = [value[:, :2] for value in REAL]
    found, params = run(["target y[t] : 2", "param d : 2", "y[t] ~ normal2(slice(x[t], 1, 2), exp(d), tanh(a[t]))"], y)
    sd, total = np.exp(params["d"]), 0.0
    for point, x, a in zip(np.concatenate(y), *map(np.concatenate, (data()["x"], data()["a"])), strict=True):
        r = math.tanh(a)
        covariance = np.array([[sd[0] ** 2, r * sd[0] * sd[1]], [r * sd[0] * sd[1], sd[1] ** 2]])
        off = point - x[:2]
        total += 0.5 * off @ np.linalg.solve(covariance, off) + 0.5 * np.log(np.linalg.det(covariance))
        total += np.log(2 * np.pi)
    np.testing.assert_allclose(found["y.nll"], total)


def test_mixture() -> None:
    found, params = run(
        [
            "target y[t] : scalar",
            "param u[i], e[i] : scalar",
            "y[t] ~ mixture(u[i], normal(e[i] * a[t], exp(u[i])) over i)",
        ],
        SCALAR,
    )
    total = 0.0
    for y, a in zip(np.concatenate(SCALAR), np.concatenate(list(data()["a"])), strict=True):
        total -= np.log((softmax(params["u"]) * np.exp(-normal(y, params["e"] * a, np.exp(params["u"])))).sum())
    np.testing.assert_allclose(found["y.nll"], total)
    assert found["y.mean"].shape == (4, K)


def test_log_prob_is_zero_outside_and_where_absent() -> None:
    y = [REAL[0].copy(), REAL[1]]
    y[0][1, 2] = NAN
    found, _ = run(["target y[t] : n", "y[t] ~ normal(x[t])", "output l[t] = log_prob(y[t-1])"], y)
    wanted = -normal(y[0][0], data()["x"][0][0], np.asarray(1.0)).sum()
    np.testing.assert_allclose(found["l"], [0.0, wanted, 0.0, 0.0])


def test_loss_is_the_mean_over_examples_of_loss_statements() -> None:
    found, params = run(
        ["target y[t] : n", "y[t] ~ normal(x[t]) scale 0", "loss sum(a[t] ^ 2 over t)", "loss sum(c ^ 2)"], REAL
    )
    squares = [(a**2).sum() for a in data()["a"]]
    np.testing.assert_allclose(found["loss"], np.mean(squares) + (params["c"] ** 2).sum())


def test_nothing_scored_costs_nothing() -> None:
    found, _ = run(["target y[t] : n", "y[t] ~ normal(x[t])"], [np.full((length, N), NAN) for length in LENGTHS])
    assert found["y.weight"] == 0.0
    assert found["loss"] == 0.0


POINTER = """
model Pointer:
    index {source}
    index t : sequence
    input x[s] : 2
    input b[t, s] : scalar
    target y[t] : point(s)
    param w : 2
    e[t, s] = w @ x[s] + b[t, s] + (2 if s == y[t-1] else 0)
    y[t] ~ categorical(e[t, s] over s)
"""
POINTS = [np.array([2, -1, 0]), np.array([0, 1]), np.array([-1])]


@pytest.mark.parametrize("source", ["s : sequence", "s : tree", "s : 0..2"])
def test_a_point_of_another_index_set(source: str) -> None:
    """Positions count from 0 in the data, points from the index set's first number; -1 is no point."""
    graph = lowered(POINTER.format(source=source))
    counts = [3, 3, 3] if "0..2" in source else [3, 2, 0]
    lengths = {"s": counts, "t": [3, 2, 1]}
    structure: dict[str, list[Structure]] = {"s": [[[]] * count for count in counts]}
    params, given = sample(graph, {}, lengths, structure=structure)
    given["y"] = list(POINTS)
    if "0..2" in source:
        given["x"] = [np.array(given["x"][0])] * 3
    found = interpret(graph, params, given, dims={}, lengths=lengths, structure=structure)
    total = 0.0
    for k, points in enumerate(POINTS):
        before = np.concatenate([[-1], points[:-1]])
        logits = given["x"][k] @ params["w"] + given["b"][k] + 2 * (np.arange(counts[k]) == before[:, None])
        np.testing.assert_allclose(found["y.logits"][k], logits)
        total -= sum(np.log(softmax(row)[p]) for row, p in zip(logits, points, strict=True) if p >= 0)
    assert float(np.asarray(found["y.weight"])) == 4
    np.testing.assert_allclose(found["loss"], total / 4)
    check_gradients(graph, dims={}, feed=(params, given), lengths=lengths, structure=structure)
    assert Op.PICK not in ops(graph)


@pytest.mark.parametrize("name", sorted(LIKELIHOODS))
def test_every_distribution_has_a_rule(name: str) -> None:
    assert FUNCTIONS[name].kind in {Kind.DISTRIBUTION, Kind.INITIALISER}
    assert {f.name for f in FUNCTIONS.values() if f.kind is Kind.DISTRIBUTION} == set(LIKELIHOODS)
