"""Segments: what crosses between them is given and left, and which models have none."""

from typing import Any

import numpy as np
import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret

from rnndsl.graph.verify import verify_graph
from rnndsl.ops import Op

HEAD = "model Net(n = 2):\n    index t : sequence\n    index i : 1..2\n    input x[t] : n\n    target y[t] : n\n"


def graph_of(*lines: str) -> RecurrenceGraph:
    return build(check(HEAD + "".join(f"    {line}\n" for line in lines)))


def evaluate(graph: RecurrenceGraph, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    return dict(interpret(graph, params, data, dims={"n": 2}))


def test_every_delay_is_a_state_of_its_own() -> None:
    segment = make_segment(graph_of("h[t] : n = tanh(h[t-1] + h[t-3] + x[t])", "y[t] ~ normal(h[t])"))
    verify_graph(segment)
    assert given_states(segment) == ["h@-1", "h@-2", "h@-3"]
    assert {f"d h@-{k}" for k in (1, 2, 3)} <= segment.inputs.keys()


def test_tokens_are_left_without_a_cotangent() -> None:
    text = "model Net(n = 2):\n    index t : sequence\n    target y[t] : token(n)\n    param E\n"
    segment = make_segment(build(check(f"{text}    y[t] ~ categorical(E @ y[t-1])\n")))
    assert given_states(segment) == ["y@-1"]
    assert segment.inputs["y@-1"].whole
    assert "d y@-1" not in segment.inputs


def test_segments_one_after_the_other_are_the_whole() -> None:
    """Evaluated by the interpreter: terms add up, and what one leaves the next one begins with."""
    graph = graph_of(
        "param a : n", "init h[t] = a", "h[t] : n = tanh(h[t-1] + h[t-2] + x[t] * t)", "y[t] ~ normal(h[t])"
    )
    segment = make_segment(graph)
    rng = np.random.default_rng(0)
    params, x, y = {"a": rng.normal(size=2)}, rng.normal(size=(7, 2)), rng.normal(size=(7, 2))
    whole = evaluate(graph, params, {"x": [x], "y": [y]})
    states = {name: np.zeros(2) for name in given_states(segment)}
    zero = {f"d {name}": [np.zeros(2)] for name in states}
    surprise = 0.0
    for start, stop in ((0, 3), (3, 4), (4, 7)):
        given = {name: [state] for name, state in states.items()}
        data: dict[str, Any] = {
            "x": [x[start:stop]],
            "y": [y[start:stop]],
            START: [np.array(float(start))],
            **given,
            **zero,
        }
        options: dict[str, Any] = {
            "option begin": [np.array(float(start == 0))],
            "option weight_of_y": [np.array(float(whole["y.weight"]))],
        }
        found = evaluate(segment, params, data | options)
        states = {name: found[name][0] for name in states}
        surprise += float(found["y.nll"])
    assert surprise == pytest.approx(float(whole["y.nll"]), abs=1e-12)


def test_the_objective_is_the_share_of_the_loss_and_what_is_left_times_its_cotangent() -> None:
    segment = make_segment(graph_of("h[t] : n = tanh(h[t-1] + x[t])", "y[t] ~ normal(h[t])"))
    rng = np.random.default_rng(1)
    x, y, g = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), rng.normal(size=2)
    data: dict[str, Any] = {
        "x": [x],
        "y": [y],
        "h@-1": [rng.normal(size=2)],
        "option begin": [np.array(0.0)],
        "option weight_of_y": [np.array(10.0)],
    }
    found = evaluate(segment, {}, data | {"d h@-1": [g]})
    assert float(found["loss"]) == pytest.approx(float(found["y.nll"]) / 10, abs=1e-12)
    assert float(found[OBJECTIVE]) == pytest.approx(float(found["loss"]) + g @ found["h@-1"][0], abs=1e-12)


def test_points_are_numbered_through() -> None:
    segment = make_segment(graph_of("h[t] : n = tanh(h[t-1] + x[t] * t)", "y[t] ~ normal(h[t])"))
    assert START in segment.inputs
    (number,) = [n for n, node in segment.nodes.items() if node.op is Op.IOTA]
    (user,) = segment.users[number]
    assert segment.nodes[user].op is Op.ADD


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("h[t] : n = tanh(sum(h[t-i] over i) + x[t])", "y[t] ~ normal(h[t])"), "by a range"),
        (("h[t] : n = tanh(h[t-1] + x[t])", "init h[t] = x[t+1]", "y[t] ~ normal(h[t])"), "varies along `t`"),
    ],
)
def test_models_without_segments(lines: tuple[str, ...], reason: str) -> None:
    assert reason in (why_no_segments(graph_of(*lines)) or "")


def test_models_without_sequences_have_none() -> None:
    graph = build(check("model Net(n = 2):\n    input x : n\n    target y : n\n    y ~ normal(x)\n"))
    assert why_no_segments(graph) == "it has no sequence"


def test_cells_alone_have_none() -> None:
    head = HEAD.replace("    target y[t] : n\n", "")
    text = f"{head}    h[t] : n = tanh(h[t-1] + x[t])\n    output h[t]\n"
    assert why_no_segments(build(check(text))) == "it has no loss"
