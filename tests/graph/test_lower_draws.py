"""Draws: every distribution by hand from given random numbers, and what is read of a target in every mode."""

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from rnndsl.compiler import build, check
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.graph.likelihoods import LIKELIHOODS
from rnndsl.graph.lower import lower
from rnndsl.graph.lower_draws import RECIPES, Mode
from rnndsl.graph.node import Draw
from rnndsl.locations import data_folder
from rnndsl.ops import Op
from tests.autodiff.complex_step import check_gradients
from tests.graph.examples import sample
from tests.graph.small import (
    DIMS,
    LENGTHS,
    Array,
    N,
    data,
    lowered,
    net,
    ops,
    random_numbers,
    sigmoid,
    softmax,
    typed,
    weights,
)

NAN = float("nan")
ABSENT: Mapping[str, Sequence[Array]] = {
    "token": [np.full(length, -1) for length in LENGTHS],
    "scalar": [np.full(length, NAN) for length in LENGTHS],
    "vector": [np.full((length, N), NAN) for length in LENGTHS],
    "pair": [np.full((length, 2), NAN) for length in LENGTHS],
}
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


def log_softmax(values: Array) -> Array:
    return np.asarray(values - np.log(np.exp(values).sum(-1, keepdims=True)))


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


# Modes ------------------------------------------------------------------------------------------------------------

LANGUAGE = net(
    "target y[t] : token(n)",
    "init y[t] = 2",
    "s[t] = y[t-1]",
    "h[t] : n = tanh(W @ h[t-1] + U @ s[t] + x[t])",
    "y[t] ~ categorical(3 * h[t] + c)",
    "output h[t]",
    "output right[t] = 1 if y[t] == 2 else 0",
    "output l[t] = log_prob(y[t])",
)
NUMBERS = net(
    "target y[t] : n",
    "h[t] : n = tanh(W @ h[t-1] + y[t-1] + x[t])",
    "y[t] ~ mixture(q[t, i], normal(h[t] + r[t, i], exp(c)) over i)",
    "output h[t]",
    "output l[t] = log_prob(y[t])",
)


@pytest.mark.parametrize(("text", "kind"), [(LANGUAGE, "token"), (NUMBERS, "vector")])
def test_a_sample_scores_as_it_was_drawn(text: str, kind: str) -> None:
    made, scored = lowered(text, "sample"), lowered(text)
    params = weights(made)
    feed = {**data(), **random_numbers(made, {"t": LENGTHS}), "y": ABSENT[kind]}
    found = interpret(made, params, feed, dims=DIMS)
    again = interpret(scored, params, {**data(), "y": list(found["y"])}, dims=DIMS)
    for name in ("h", "l"):
        np.testing.assert_allclose(np.concatenate(again[name]), np.concatenate(found[name]), rtol=1e-12)
    np.testing.assert_allclose(again["y.nll"], -np.concatenate(found["y.log_prob"]).sum())
    assert again["y.weight"] == sum(LENGTHS)
    assert "loss" not in made.outputs


@pytest.mark.parametrize(("text", "kind"), [(LANGUAGE, "token"), (NUMBERS, "vector")])
def test_all_given_is_observing(text: str, kind: str) -> None:
    made, scored = lowered(text, "sample"), lowered(text)
    params, given = weights(made), [*data()["v"]] if kind == "token" else [*data()["z"]]
    given = [np.maximum(value, 0) for value in given] if kind == "token" else given
    feed = {**data(), **random_numbers(made, {"t": LENGTHS}), "y": given}
    found, wanted = interpret(made, params, feed, dims=DIMS), interpret(scored, params, feed, dims=DIMS)
    for name in ("h", "l"):
        np.testing.assert_allclose(np.concatenate(found[name]), np.concatenate(wanted[name]), rtol=1e-12)
    np.testing.assert_array_equal(np.concatenate(found["y"]), np.concatenate(given))


def test_a_prompt_is_kept_and_continued() -> None:
    """What is drawn after given points is what is drawn after the same points drawn."""
    made = lowered(LANGUAGE, "sample")
    params, numbers = weights(made), random_numbers(made, {"t": LENGTHS})
    free = interpret(made, params, {**data(), **numbers, "y": ABSENT["token"]}, dims=DIMS)
    other = (int(free["y"][0][0]) + 1) % N
    prompts = [np.array([int(free["y"][0][0]), -1, -1]), np.array([other, -1, 3]), np.array([-1, other, -5])]
    found = [
        interpret(made, params, {**data(), **numbers, "y": [prompt, np.array([-1])]}, dims=DIMS) for prompt in prompts
    ]
    np.testing.assert_array_equal(found[0]["y"][0], free["y"][0])
    for prompt, one in zip(prompts, found, strict=True):
        np.testing.assert_array_equal(np.where(prompt >= 0, prompt, one["y"][0]), one["y"][0])
    assert not np.allclose(found[1]["h"][0][1:], free["h"][0][1:])
    assert (found[2]["y"][0] >= 0).all()


def test_greedy_is_the_largest_step_by_step() -> None:
    """Without random numbers a language model of the library takes the likeliest token, given those that it took."""
    path = data_folder("specs") / "models" / "char_lstm.rnn"
    checked = check(path, dims={"vocab": 5, "hidden": 3})
    greedy, scored = build(checked, "sample"), build(checked)
    dims, length = {"vocab": 5, "hidden": 3}, 6
    params, _ = sample(scored, dims, {"t": [length]}, seed=11)
    params = {name: 6 * value for name, value in params.items()} | {"c": np.zeros(5)}
    tokens: list[int] = []
    for _ in range(length):
        given = [np.array([*tokens, -1])]
        (logits,) = interpret(scored, params, {"y": given}, dims=dims, outputs=["y.logits"])["y.logits"]
        tokens.append(int(np.argmax(logits[-1])))
    (found,) = interpret(greedy, params, {"y": [np.full(length, -1)]}, dims=dims, outputs=["y"])["y"]
    assert list(found) == tokens
    assert len(set(tokens)) > 2


def test_where_nothing_is_random_a_draw_is_the_likeliest_or_the_mean() -> None:
    graph = lowered(NUMBERS, "sample")
    found = interpret(graph, weights(graph), {**data(), "y": ABSENT["vector"]}, dims=DIMS)
    largest = np.argmax(data()["q"][0], axis=1)
    mean = found["h"][0] + data()["r"][0][np.arange(3), largest]
    np.testing.assert_allclose(found["y"][0], mean)


def mixed(text: str, kind: str, share: float) -> tuple[Found, RecurrenceGraph, dict[str, Sequence[Array]]]:
    """Return what scheduled sampling gives with a share of own draws, the graph, and the data."""
    graph = lowered(text, "mix")
    given = [np.array([1, 3, 0]), np.array([2])] if kind == "token" else [*data()["z"]]
    feed = {**data(), **random_numbers(graph, {"t": LENGTHS}), "y": given, "option mix": [np.asarray(share)]}
    return interpret(graph, weights(graph), feed, dims=DIMS), graph, feed


@pytest.mark.parametrize(("text", "kind"), [(LANGUAGE, "token"), (NUMBERS, "vector")])
def test_none_mixed_is_observing(text: str, kind: str) -> None:
    found, _, feed = mixed(text, kind, 0.0)
    graph = lowered(text)
    wanted = interpret(graph, weights(graph), feed, dims=DIMS)
    assert set(found) == set(wanted)
    for name, value in wanted.items():
        pairs = zip(found[name], value, strict=True) if isinstance(value, list) else [(found[name], value)]
        for have, want in pairs:
            np.testing.assert_allclose(have, want, rtol=1e-12)


@pytest.mark.parametrize(("text", "kind"), [(LANGUAGE, "token"), (NUMBERS, "vector")])
def test_all_mixed_is_fed_back_and_scored_on_the_data(text: str, kind: str) -> None:
    found, _, feed = mixed(text, kind, 1.0)
    made = lowered(text, "sample")
    drawn = interpret(made, weights(made), {**feed, "y": ABSENT[kind]}, dims=DIMS)
    np.testing.assert_allclose(np.concatenate(found["h"]), np.concatenate(drawn["h"]), rtol=1e-12)
    if kind == "token":
        logits = np.concatenate(found["y.logits"])
        wanted = log_softmax(logits)[np.arange(4), np.concatenate(feed["y"])]
        np.testing.assert_allclose(np.concatenate(found["l"]), wanted)
        np.testing.assert_allclose(found["loss"], -wanted.mean())
        np.testing.assert_array_equal(np.concatenate(found["right"]), np.concatenate(feed["y"]) == 2)


def test_every_point_has_a_coin_of_its_own() -> None:
    """A language model without a state: what the second point sees is either token, by the first point's coin."""
    text = net("target y[t] : token(n)", "y[t] ~ categorical(W @ y[t-1] + x[t])")
    graph = lowered(text, "mix")
    numbers = random_numbers(graph, {"t": LENGTHS})
    given = {**data(), **numbers, "y": [np.array([1, 3, 0]), np.array([2])], "option mix": [np.asarray(0.5)]}
    given["y.mix"] = [np.array([0.499, 0.5, 0.1]), np.array([0.9])]
    params = weights(graph)
    (logits, _) = interpret(graph, params, given, dims=DIMS, outputs=["y.logits"])["y.logits"]
    drawn = int(np.argmax(data()["x"][0][0] + numbers["y.draw"][0][0]))
    np.testing.assert_allclose(logits[1], params["W"][:, drawn] + data()["x"][0][1])
    np.testing.assert_allclose(logits[2], params["W"][:, 3] + data()["x"][0][2])
    assert drawn != 1


@pytest.mark.parametrize(("text", "kind"), [(LANGUAGE, "token"), (NUMBERS, "vector")])
@pytest.mark.parametrize("share", [0.0, 0.6, 1.0])
def test_no_gradient_goes_into_a_draw(text: str, kind: str, share: float) -> None:
    _, graph, feed = mixed(text, kind, share)
    real = {name: [np.asarray(value) for value in values] for name, values in feed.items()}
    check_gradients(graph, dims=DIMS, feed=(weights(graph), real), lengths={"t": LENGTHS})


def test_weights_and_outputs_see_the_data_and_equations_of_draws_what_is_mixed() -> None:
    """The embedding feeds the draw, at its own point; the equation that only an output needs does not."""
    text = net(
        "target y[t] : n",
        "e[t] = W @ y[t]",
        "o[t] = 2 * y[t]",
        "y[t] ~ normal(e[t-1] + x[t]) weight sum(y[t]) ^ 2",
        "output e[t], o[t]",
    )
    found, graph, feed = mixed(text, "vector", 1.0)
    y = np.concatenate(feed["y"])
    np.testing.assert_allclose(np.concatenate(found["o"]), 2 * y)
    np.testing.assert_allclose(found["y.weight"], (y.sum(1) ** 2).sum())
    drawn = feed["x"][0][0] + feed["y.draw"][0][0]
    np.testing.assert_allclose(found["e"][0][0], weights(graph)["W"] @ drawn)


def test_streams_have_names_of_their_own() -> None:
    text = net(
        "target y[t], u[t] : n",
        "y[t] ~ normal(x[t] + u[t-1])",
        "u[t] ~ mixture(q[t, i], normal(y[t] + r[t, i]) over i)",
    )
    coins: Mapping[Mode, set[str]] = {"sample": set(), "mix": {"u.mix", "y.mix"}}
    for mode, extra in coins.items():
        graph = lower(typed(text), mode)
        keys = [node.attr.key for node in graph.nodes.values() if isinstance(node.attr, Draw)]
        assert len(keys) == len(set(keys))
        assert set(keys) == {"y.draw", "u.draw.component", "u.draw.value"} | extra


@pytest.mark.parametrize("text", [LANGUAGE, NUMBERS])
def test_observing_draws_nothing(text: str) -> None:
    assert not {Op.RANDOM, Op.OPTION, Op.TEMPER, Op.TOP, Op.BEAM} & set(ops(lowered(text)))


# Beams ------------------------------------------------------------------------------------------------------------


def test_a_beam_chooses_by_log_probabilities() -> None:
    graph = lowered(LANGUAGE, "beam")
    (beam,) = (node for node in graph.nodes.values() if node.op is Op.BEAM)
    scores, given = (graph.nodes[number] for number in beam.operands)
    assert (beam.attr, scores.op, given.op) == ("y", Op.SUB, Op.INPUT)
    assert graph.nodes[scores.operands[1]].op is Op.LOGSUMEXP
    value = graph.nodes[graph.outputs["y"].node]
    assert (value.op, graph.nodes[value.operands[2]]) == (Op.WHERE, beam)
    assert Op.RANDOM not in ops(graph)
    feed = {**data(), "y": [np.array([1, 3, 0]), np.array([2])]}
    forced = interpret(graph, weights(graph), feed, dims=DIMS, outputs=["l"])["l"]
    wanted = interpret(lowered(LANGUAGE), weights(graph), feed, dims=DIMS, outputs=["l"])["l"]
    np.testing.assert_allclose(np.concatenate(forced), np.concatenate(wanted))


BEAMLESS = [
    ("target y[t] : n", "y[t] ~ normal(x[t])"),
    ("target y[t, i] : token(n)", "y[t, i] ~ categorical(r[t, i])"),
    ("target y : token(n)", "y ~ categorical(c)"),
    ("index s : sequence", "target y[t] : point(s)", "y[t] ~ categorical(a[t] * s over s)"),
    ("target y[t], u[t] : token(n)", "y[t] ~ categorical(x[t])", "u[t] ~ categorical(x[t])"),
    ("output o[t] = x[t]",),
]


@pytest.mark.parametrize("statements", BEAMLESS)
def test_a_beam_is_for_the_tokens_of_one_sequence(statements: Sequence[str]) -> None:
    with pytest.raises(SpecError, match="a beam search for anything but one target") as caught:
        lower(typed(net(*statements)), "beam")
    assert caught.value.diagnostics[0].code == "RNN490"


@pytest.mark.parametrize("mode", ["sample", "beam", "mix"])
def test_points_without_an_order_are_refused(mode: Mode) -> None:
    text = net("target y[t] : token(n)", "h[t] = W @ y[t] + x[t]", "y[t] ~ categorical(h[t])")
    lowered(text)
    with pytest.raises(SpecError, match="generating needs the points of `y` in order"):
        lower(typed(text), mode)
