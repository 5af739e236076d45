"""Whole models: recurrences in either direction, over ranges, and what the graph says of itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import build
from rnndsl.compiler import check as check_spec
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import Result, interpret
from rnndsl.graph.lower import lower
from rnndsl.graph.lower_draws import Mode
from rnndsl.graph.node import Choice, Draw
from rnndsl.graph.verify import verify_graph
from rnndsl.indices import Kind
from rnndsl.locations import data_folder
from rnndsl.ops import Op
from rnndsl.passes import AFTER, BEFORE, run
from rnndsl.verify.loss import with_loss
from tests.autodiff.complex_step import check_gradients
from tests.graph.examples import sample
from tests.graph.small import (
    ABSENT,
    DIMS,
    LENGTHS,
    Array,
    Example,
    N,
    Reference,
    check,
    data,
    log_softmax,
    lowered,
    net,
    ops,
    random_numbers,
    typed,
    weights,
)
from tests.graph.trees import random_structure

ELMAN = """
model Elman(vocab, hidden = 4):
    index  t : sequence
    input  x[t] : token(vocab)
    target y[t] : token(vocab)
    param  W, U, V, b, c
    h[t] : hidden = tanh(W @ h[t-1] + U @ x[t] + b)
    o[t] = V @ h[t] + c
    y[t] ~ categorical(o[t])
"""


def forward(e: Example) -> Array:
    h = np.zeros(4)
    for t in range(e.t + 1):
        h = np.tanh(e.W @ h + e.x[t])
    return h


def backward(e: Example) -> Array:
    h = np.full(4, 7.0)
    for t in range(e.T - 1, e.t - 1, -1):
        h = np.tanh(e.W @ h + e.x[t])
    return h


def delayed(e: Example) -> Array:
    values = {-1: np.asarray(-10.0), 0: np.asarray(0.0)}
    for t in range(1, e.t + 2):
        values[t] = values[t - 1] + values[t - 2] / 2 + e.a[t - 1]
    return values[e.t + 1]


def around(e: Example) -> Array:
    u = e.g
    for t in range(e.t + 1):
        u = np.tanh(np.roll(u, 1) / 2 + e.a[t] + u)
    return u


CASES: tuple[tuple[str, str, tuple[str, ...], Reference], ...] = (
    ("h[t]", "[t]", ("h[t] : n = tanh(W @ h[t-1] + x[t])",), forward),
    ("h[t]", "[t]", ("h[t] : n = tanh(W @ h[t+1] + x[t])", "init h = 7"), backward),
    ("h[t]", "[t]", ("h[t] = h[t-1] + h[t-2] / 2 + a[t]", "init h[t] = 10 * t"), delayed),
    (
        "u[t, m]",
        "[t, m]",
        ("u[t, m] = tanh(u[t-1, m-1] / 2 + a[t] + u[t-1, m])", "init u[t, m] = g[m]"),
        around,
    ),
    ("u[i]", "[i]", ("u[i] = u[i-1] + i",), lambda e: np.cumsum(np.arange(1, 4))),
)


@pytest.mark.parametrize(("expression", "points", "statements", "reference"), CASES)
def test_recurrence(expression: str, points: str, statements: tuple[str, ...], reference: Reference) -> None:
    check(expression, reference, points, statements)


def test_graph_of_elman() -> None:
    graph = lowered(ELMAN)
    assert list(graph.outputs) == ["y.logits", "y.nll", "y.weight", "loss"]
    assert list(graph.params) == ["W", "U", "V", "b", "c"]
    assert [graph.params[name].initialiser[0] for name in graph.params] == ["glorot"] * 3 + ["zeros"] * 2
    assert (graph.dims["hidden"], graph.dims["vocab"]) == (4, None)
    assert str(graph.inputs["x"].token) == "vocab"
    assert graph.inputs["x"].shape == ()
    assert set(graph.equations) == {"h", "o", "y"}
    assert graph.equations["h"].span.line == 7
    assert ops(graph).count(Op.LOOKUP) == 1
    loss = graph.nodes[graph.outputs["loss"].node]
    assert (loss.domain, loss.shape, loss.batch) == ((), (), False)


def test_sub_expressions_live_on_their_own_indices() -> None:
    graph = lowered(net("o[t] = tanh(W @ c + U @ x[t])", "output o[t]"))
    domains = [[i.name for i in node.domain] for node in graph.nodes.values() if node.op is Op.CONTRACT]
    assert domains == [[], ["t"]]


def test_same_graph_every_time() -> None:
    assert lower(typed(ELMAN)).nodes == lower(typed(ELMAN)).nodes


def test_families_keep_the_order_of_their_declaration() -> None:
    graph = lowered(net("param F[p, i] : scalar", "o[t] = sum(F[p, i] * q[t, i] over i, p)", "output o[t]"))
    assert [index.name for index in graph.params["F"].domain] == ["p", "i"]


# The specs of the language's page: small random trees and sequences, all gradients against complex steps -------------

SPECS = sorted((Path(__file__).parents[1] / "cases/semantics/good").glob("*.rnn"))
SMALL = 3


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", [0, 1])
def test_gradients_of_specs_agree_with_complex_steps(path: Path, seed: int) -> None:
    graph = with_loss(build(check_spec(path)))
    rng = np.random.default_rng(seed)
    dims = {name: min(value or SMALL, SMALL) for name, value in graph.dims.items()}
    dims |= {name: value for name, value in graph.dims.items() if value is not None and name in graph.fixed_dims}
    sequences = [index.name for index in graph.indices if index.kind is Kind.SEQUENCE]
    lengths = {name: rng.integers(0, 4, 3).tolist() for name in sequences} or {"none": [0, 0, 0]}
    structure = {
        index.name: [random_structure(index.kind, rng, nodes) for nodes in (1, 4, 6)]
        for index in graph.indices
        if index.structured
    }
    adjoint = check_gradients(graph, dims=dims, seed=seed, lengths=lengths, structure=structure)
    verify_graph(run(differentiate(run(graph, BEFORE)), AFTER))
    assert {name for name in adjoint.outputs if name.startswith("d loss/d")} >= {f"d loss/d {n}" for n in graph.params}


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
    checked = check_spec(path, dims={"vocab": 5, "hidden": 3})
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


def mixed(
    text: str, kind: str, share: float
) -> tuple[Mapping[str, Result], RecurrenceGraph, dict[str, Sequence[Array]]]:
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


def test_a_beam_chooses_by_log_probabilities() -> None:
    graph = lowered(LANGUAGE, "beam")
    assert list(graph.outputs) == ["y"]  # the search has its own log-probabilities, and returns no outputs
    beam = graph.nodes[graph.outputs["y"].node]
    scores, given = (graph.nodes[number] for number in beam.operands)
    assert (beam.op, scores.op, given.op) == (Op.BEAM, Op.SUB, Op.INPUT)
    assert graph.nodes[scores.operands[1]].op is Op.LOGSUMEXP
    assert Op.RANDOM not in ops(graph)


def test_a_beam_chooses_points_as_it_does_tokens() -> None:
    text = net("index s : sequence", "target y[t] : point(s)", "y[t] ~ categorical(a[t] * s over s)")
    graph = lowered(text, "beam")
    beam = graph.nodes[graph.outputs["y"].node]
    assert isinstance(beam.attr, Choice)
    assert [index.name for index in beam.attr.over] == ["s"]
    assert [index.name for index in beam.domain] == ["t", "y.beam"]


@pytest.mark.parametrize("mode", ["sample", "beam", "mix"])
def test_points_without_an_order_are_refused(mode: Mode) -> None:
    text = net("target y[t] : token(n)", "h[t] = W @ y[t] + x[t]", "y[t] ~ categorical(h[t])")
    lowered(text)
    with pytest.raises(SpecError, match="generating needs the points of `y` in order"):
        lower(typed(text), mode)
