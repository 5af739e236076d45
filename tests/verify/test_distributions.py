"""Counted draws of every distribution are told from those of another one; the likeliest values are."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnndsl.compiler import check
from rnndsl.semantics.model import Distribution
from rnndsl.verify.distributions import chi_square, leaf_of, likeliest, ratios

Array = NDArray[Any]
SIZE = 20_000

MODEL = """
model Net(n, k):
    index  t : sequence
    index  m : 1..3
    input  x[t] : n
    input  z[t] : 2
    input  r[t] : scalar
    target a[t] : token(k)
    target b[t], c[t], f[t], g[t] : n
    target d[t], e[t] : 2
    param  V
    param  p[m] : scalar
    a[t] ~ categorical(V @ x[t])
    b[t] ~ bernoulli(x[t])
    c[t] ~ normal(x[t], 2)
    d[t] ~ normal2(z[t], exp(z[t]), r[t])
    e[t] ~ mixture(p[m] * r[t], normal2(z[t], exp(z[t]), r[t]) over m)
    f[t] ~ mixture(p[m] * r[t], normal(x[t], 2) over m)
    g[t] ~ mixture(p[m] * r[t], bernoulli(x[t]) over m)
"""
RANDOMS = {r.target: r.distribution for r in check(MODEL, dims={"n": 3, "k": 4}).model.model.randoms}
MIXED = ("e", "f", "g")


def parameters(name: str, rng: np.random.Generator) -> dict[str, Array]:
    """Draw parameters of every point."""
    parts = 3 if name in MIXED else 1
    wide = 4 if name == "a" else 2 if name in "de" else 3
    found = {"logits": rng.normal(size=(SIZE, parts)) if parts > 1 else np.zeros((SIZE, 1))}
    if name in "abg":
        return {**found, "component_logits": rng.normal(size=(SIZE, parts, wide))}
    found |= {"mean": 3 * rng.normal(size=(SIZE, parts, wide)), "sd": rng.uniform(0.2, 2, (SIZE, parts, wide))}
    return {**found, "correlation": rng.uniform(-0.9, 0.9, (SIZE, parts))} if name in "de" else found


def draw(distribution: Distribution, given: Mapping[str, Array], rng: np.random.Generator) -> Array:
    """Draw from a distribution, by NumPy."""
    rows, leaf = np.arange(SIZE), leaf_of(distribution).name
    shares = np.exp(given["logits"])
    part = (rng.random((SIZE, 1)) > np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)).sum(axis=1)
    own = {name: value[rows, np.minimum(part, value.shape[1] - 1)] for name, value in given.items() if name != "logits"}
    if leaf == "categorical":
        scores = np.exp(own["component_logits"])
        ends = np.cumsum(scores / scores.sum(axis=1, keepdims=True), axis=1)
        return np.asarray((rng.random((SIZE, 1)) > ends).sum(axis=1))
    if leaf == "bernoulli":
        logits = own["component_logits"]
        return np.asarray((rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(float))
    noise = rng.normal(size=own["mean"].shape)
    if leaf == "normal2":
        r = own["correlation"]
        noise[:, 1] = r * noise[:, 0] + np.sqrt(1 - r * r) * noise[:, 1]
    return np.asarray(own["mean"] + own["sd"] * noise)


@pytest.mark.parametrize("name", RANDOMS)
def test_draws_of_its_own_pass(name: str) -> None:
    rng = np.random.default_rng(1)
    given = parameters(name, rng)
    found = list(ratios(RANDOMS[name], given, draw(RANDOMS[name], given, rng)))
    assert found
    assert max(found) < 1


@pytest.mark.parametrize("name", RANDOMS)
def test_draws_of_another_one_fail(name: str) -> None:
    rng = np.random.default_rng(2)
    given = parameters(name, rng)
    values = draw(RANDOMS[name], given, rng)
    for changed, value in given.items():
        if changed == "logits" and name not in MIXED:
            continue
        other = {**given, changed: 0.8 * value if changed != "mean" else value + 0.2}
        if changed == "logits":
            other = {**given, changed: value + np.array([1.5, 0, -1.5])}
        assert max(ratios(RANDOMS[name], other, values)) > 1, changed


def test_components_that_hang_together_are_found() -> None:
    rng = np.random.default_rng(3)
    given = parameters("c", rng)
    one = rng.normal(size=(SIZE, 1, 1))
    values = (given["mean"] + given["sd"] * one)[:, 0]  # every component by itself is right
    found = list(ratios(RANDOMS["c"], given, values))
    assert max(found[:3]) < 1 < found[3]


def test_the_likeliest() -> None:
    logits = np.array([[0.0, 3.0, 1.0], [2.0, 0.0, 0.0]])
    mean = np.arange(18.0).reshape(2, 3, 3)
    np.testing.assert_array_equal(likeliest(RANDOMS["f"], {"logits": logits, "mean": mean}), mean[[0, 1], [1, 0]])
    scores = np.array([[[-1.0, 2.0, 0.5]], [[3.0, -2.0, -0.1]]])
    single = {"logits": np.zeros((2, 1)), "component_logits": scores}
    np.testing.assert_array_equal(likeliest(RANDOMS["b"], single), [[0, 1, 1], [1, 0, 0]])
    np.testing.assert_array_equal(likeliest(RANDOMS["a"], single), [1, 0])


def test_the_limit_of_chi_square() -> None:
    expected = np.array([400.0, 300.0, 200.0, 100.0, 3.0, 2.0])
    rng = np.random.default_rng(0)
    shares = expected / expected.sum()
    assert max(chi_square(rng.multinomial(1005, shares), expected) for _ in range(300)) < 1
    assert chi_square(np.array([500, 300, 100, 100, 3, 2]), expected) > 1
    quantile = 30.7  # of 3 degrees of freedom; the limit is at most a tenth higher
    ratio = chi_square(np.array([500, 300, 200, 100]), np.array([400.0, 300, 200, 100]))
    assert 25 / (1.1 * quantile) <= ratio <= 25 / quantile
