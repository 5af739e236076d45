"""Draws: every distribution by hand from given random numbers, and how often each value is drawn."""

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.graph.interpret import interpret
from rnndsl.graph.likelihoods import LIKELIHOODS
from rnndsl.graph.lower import lower
from rnndsl.graph.lower_draws import RECIPES
from tests.graph.small import (
    ABSENT,
    DIMS,
    LENGTHS,
    NAN,
    Array,
    data,
    log_softmax,
    lowered,
    net,
    random_numbers,
    sigmoid,
    softmax,
    typed,
    weights,
)

Found = Mapping[str, Any]


def draw(statements: Sequence[str], given: Sequence[Array]) -> tuple[Found, Mapping[str, Array], Found]:
    """Return outputs of a sample, parameters, and all data with the random numbers, points of examples in a row."""
    graph = lowered(net(*statements), "sample")
    params, feed = weights(graph), {**data(), **random_numbers(graph, {"t": LENGTHS}), "y": given}
    found = interpret(graph, params, feed, dims=DIMS)
    rows = {name: np.concatenate(list(value)) for name, value in feed.items() if np.ndim(value[0])}
    return {name: np.concatenate(value) for name, value in found.items()}, params, rows


def normal(y: Array, mean: Array, sd: Array) -> Array:
    """Return the logarithm of the density."""
    return np.asarray(-0.5 * ((y - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi))


def test_every_distribution_has_a_recipe() -> None:
    assert set(RECIPES) == set(LIKELIHOODS)


# By hand ----------------------------------------------------------------------------------------------------------


def test_categorical() -> None:
    found, _, rows = draw(["target y[t] : token(n)", "y[t] ~ categorical(x[t])"], ABSENT["token"])
    tokens = np.argmax(rows["x"] + rows["y.draw"], axis=1)
    np.testing.assert_array_equal(found["y"], tokens)
    np.testing.assert_allclose(found["y.log_prob"], log_softmax(rows["x"])[np.arange(4), tokens])


def test_points_of_another_index_set_where_some_example_has_none() -> None:
    points = ["index s : sequence", "input b[s] : scalar", "target y[t] : point(s)"]
    graph = lowered(net(*points, "y[t] ~ categorical(a[t] * b[s] over s)", "output l[t] = log_prob(y[t])"), "sample")
    given = {**data(), "b": [np.array([0.5, -1.0]), np.zeros(0)], "y": ABSENT["token"]}
    lengths = {"s": [2, 0], "t": LENGTHS}
    feed = {**given, **random_numbers(graph, lengths)}
    found = interpret(graph, {}, feed, dims=DIMS)
    logits = data()["a"][0][:, None] * given["b"][0]
    places = np.argmax(logits + feed["y.draw"][0], axis=1)
    np.testing.assert_array_equal(found["y"][0], places)
    np.testing.assert_allclose(found["l"][0], log_softmax(logits)[np.arange(3), places])
    np.testing.assert_array_equal([found["y"][1], found["y.log_prob"][1]], [[-1], [0]])


def test_bernoulli() -> None:
    found, _, rows = draw(["target y[t] : n", "y[t] ~ bernoulli(2 * x[t])"], ABSENT["vector"])
    value, logits = rows["y.draw"] < sigmoid(2 * rows["x"]), 2 * rows["x"]
    np.testing.assert_array_equal(found["y"], value)
    wanted = (value * logits - np.logaddexp(0, logits)).sum(1)
    np.testing.assert_allclose(found["y.log_prob"], wanted)


def test_normal() -> None:
    found, _, rows = draw(["target y[t] : n", "y[t] ~ normal(a[t], exp(x[t]))"], ABSENT["vector"])
    mean, sd = rows["a"][:, None], np.exp(rows["x"])
    np.testing.assert_allclose(found["y"], mean + sd * rows["y.draw"])
    np.testing.assert_allclose(found["y.log_prob"], normal(found["y"], mean, sd).sum(1))


def test_normal_of_standard_deviation_one() -> None:
    found, _, rows = draw(["target y[t] : scalar", "y[t] ~ normal(a[t])"], ABSENT["scalar"])
    np.testing.assert_allclose(found["y"], rows["a"] + rows["y.draw"])


def test_normal_of_two_components() -> None:
    """Noise times the Cholesky factor of the covariance that the parameters say."""
    found, params, rows = draw(
        ["target y[t] : 2", "param d : 2", "y[t] ~ normal2(slice(x[t], 1, 2), exp(d), tanh(a[t]))"], ABSENT["pair"]
    )
    sd = np.exp(params["d"])
    for place, correlation in enumerate(np.tanh(rows["a"])):
        off = correlation * sd[0] * sd[1]
        covariance = np.array([[sd[0] ** 2, off], [off, sd[1] ** 2]])
        wanted = rows["x"][place, :2] + np.linalg.cholesky(covariance) @ rows["y.draw"][place]
        np.testing.assert_allclose(found["y"][place], wanted)
        apart = found["y"][place] - rows["x"][place, :2]
        density = -0.5 * apart @ np.linalg.solve(covariance, apart) - 0.5 * np.log(np.linalg.det(covariance))
        np.testing.assert_allclose(found["y.log_prob"][place], density - np.log(2 * np.pi))


def test_mixture_of_normals() -> None:
    """The component of the largest logit with noise; its density is that of the whole mixture."""
    found, params, rows = draw(
        [
            "target y[t] : scalar",
            "param u[i], e[i] : scalar",
            "y[t] ~ mixture(u[i] + q[t, i], normal(e[i] * a[t], exp(u[i])) over i)",
        ],
        ABSENT["scalar"],
    )
    logits, sd = params["u"] + rows["q"], np.exp(params["u"])
    component = np.argmax(logits + rows["y.draw.component"], axis=1)
    mean = params["e"] * rows["a"][:, None]
    np.testing.assert_allclose(found["y"], mean[np.arange(4), component] + sd[component] * rows["y.draw.value"])
    weighed = log_softmax(logits) + normal(found["y"][:, None], mean, sd)
    np.testing.assert_allclose(found["y.log_prob"], np.log(np.exp(weighed).sum(1)))
    assert len(set(component)) > 1


def test_mixture_of_pairs() -> None:
    """Graves (2013), section 4.1: means, standard deviations and a correlation for every component."""
    found, params, rows = draw(
        [
            "target y[t] : 2",
            "param u[i], e[i] : 2",
            "y[t] ~ mixture(q[t, i], normal2(u[i] * a[t], exp(e[i]), tanh(q[t, i])) over i)",
        ],
        ABSENT["pair"],
    )
    for place in range(4):
        m = int(np.argmax(rows["q"][place] + rows["y.draw.component"][place]))
        first, second = rows["y.draw.value"][place]
        r = np.tanh(rows["q"][place, m])
        joint = np.array([first, r * first + np.sqrt(1 - r**2) * second])
        np.testing.assert_allclose(
            found["y"][place], params["u"][m] * rows["a"][place] + np.exp(params["e"][m]) * joint
        )


def test_mixture_of_tokens() -> None:
    """The component's scores are taken, whatever the others are: here one token is impossible in some of them."""
    impossible = "(r[t, i] if i > 1 else r[t, i] - infinity)"
    found, _, rows = draw(
        ["target y[t] : token(n)", f"y[t] ~ mixture(q[t, i], categorical({impossible}) over i)"], ABSENT["token"]
    )
    component = np.argmax(rows["q"] + rows["y.draw.component"], axis=1)
    scores = rows["r"][np.arange(4), component] + rows["y.draw.value"]
    wanted = np.where(component > 0, np.argmax(scores, axis=1), 0)
    np.testing.assert_array_equal(found["y"], wanted)


def test_mixture_of_mixtures() -> None:
    found, params, rows = draw(
        [
            "target y[t] : scalar",
            "param e[i, p] : scalar",
            "y[t] ~ mixture(q[t, i], mixture(q[t, p], normal(e[i, p]) over p) over i)",
        ],
        ABSENT["scalar"],
    )
    outer = np.argmax(rows["q"] + rows["y.draw.component"], axis=1)
    inner = np.argmax(rows["q"] + rows["y.draw.value.component"], axis=1)
    np.testing.assert_allclose(found["y"], params["e"][outer, inner] + rows["y.draw.value.value"])


# Frequencies ------------------------------------------------------------------------------------------------------

COMPONENTS = 20_000


def many(draws: int, *statements: str, **params: Array) -> Array:
    """Return independent draws, each at a point of its own."""
    graph = lowered("model Many:\n    index t : sequence\n" + "".join(f"    {s}\n" for s in statements), "sample")
    info = graph.inputs["y"]
    absent = np.full(draws, -1) if info.whole else np.full((draws, *(size.evaluate({}) for size in info.shape)), NAN)
    feed = {"y": [absent], **random_numbers(graph, {"t": [draws]}, {})}
    (found,) = interpret(graph, params, feed, dims={}, outputs=["y"])["y"]
    return np.asarray(found)


def chi_square(counts: Array, shares: Array) -> float:
    """Return Pearson's statistic (1900)."""
    return float(((counts - counts.sum() * shares) ** 2 / (counts.sum() * shares)).sum())


def test_frequencies_of_tokens() -> None:
    """With 3 degrees of freedom 16.3 is passed once in a thousand."""
    logits = np.array([0.0, 1.0, -1.0, 0.5])
    drawn = many(5000, "target y[t] : token(4)", "param w : 4", "y[t] ~ categorical(w)", w=logits)
    assert chi_square(np.bincount(drawn, minlength=4), softmax(logits)) < 16.3


def test_frequencies_of_components_and_values() -> None:
    """A mixture of two normals far apart: how often each, and its mean and deviation within four standard errors."""
    logits = np.array([0.3, -0.4])
    drawn = many(
        1500,
        "index m : 1..2",
        "target y[t] : scalar",
        "param w[m] : scalar",
        "y[t] ~ mixture(w[m], normal(10 * m, 0.5 * m) over m)",
        w=logits,
    )
    near = drawn < 14
    assert chi_square(np.array([near.sum(), (~near).sum()]), softmax(logits)) < 10.8  # 1 degree: once in a thousand
    for place, values in enumerate((drawn[near], drawn[~near]), 1):
        assert abs(values.mean() - 10 * place) < 4 * 0.5 * place / np.sqrt(len(values))
        assert abs(values.std() / (0.5 * place) - 1) < 4 / np.sqrt(2 * len(values))


def test_frequencies_of_bits() -> None:
    for logit in np.array([-2.0, 0.0, 1.0]):
        target, share = f"target y[t] : {COMPONENTS}", sigmoid(logit)
        (drawn,) = many(1, target, "param w : scalar", "y[t] ~ bernoulli(w)", w=logit)
        assert chi_square(np.bincount(drawn.astype(int), minlength=2), np.array([1 - share, share])) < 10.8


def test_frequencies_of_numbers() -> None:
    """Ten parts of the line with the same chance: with 9 degrees of freedom 27.9 is passed once in a thousand."""
    (drawn,) = many(1, f"target y[t] : {COMPONENTS}", "y[t] ~ normal(-3, 0.5)")
    line = NormalDist(-3, 0.5)
    counts = np.bincount(np.searchsorted([line.inv_cdf(k / 10) for k in range(1, 10)], drawn), minlength=10)
    assert chi_square(counts, np.full(10, 0.1)) < 27.9


def test_correlation_of_pairs() -> None:
    """Fisher's z of the correlation has the standard error 1 / sqrt(n - 3) (Fisher 1915)."""
    statements = ("target y[t] : 2", "param w : 2", "y[t] ~ normal2(w, exp(w), 0.8)")
    drawn = many(1500, *statements, w=np.array([0.5, -0.5]))
    found = np.corrcoef(drawn.T)[0, 1]
    assert abs(np.arctanh(found) - np.arctanh(0.8)) < 4 / np.sqrt(len(drawn) - 3)
    np.testing.assert_allclose(drawn.std(axis=0) / np.exp([0.5, -0.5]), 1, atol=4 / np.sqrt(2 * len(drawn)))


# Beams ------------------------------------------------------------------------------------------------------------


BEAMLESS = [
    ("chooses among tokens or points, and `y` is normal", ["target y[t] : n", "y[t] ~ normal(x[t])"]),
    ("`y` stands on .t, i.", ["target y[t, i] : token(n)", "y[t, i] ~ categorical(r[t, i])"]),
    ("`y` has no index", ["target y : token(n)", "y ~ categorical(c)"]),
    ("several targets, `y` and `u`",
     ["target y[t], u[t] : token(n)", "y[t] ~ categorical(x[t])", "u[t] ~ categorical(x[t])"]),
    ("needs a target", ["output o[t] = x[t]"]),
]  # fmt: skip


@pytest.mark.parametrize(("message", "statements"), BEAMLESS)
def test_a_beam_is_for_tokens_or_points_along_one_sequence(message: str, statements: Sequence[str]) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        lower(typed(net(*statements)), "beam")
    assert [one.code for one in caught.value.diagnostics] == ["RNN490"]
    assert "mode sample" in str(caught.value.diagnostics[0].help)
