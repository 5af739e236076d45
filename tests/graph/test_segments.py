"""Segments: what crosses between them is given and left."""

from typing import Any

import numpy as np
import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.errors import NotCutError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.graph.segments import LENGTH, Segments, make_segments
from rnndsl.graph.staging import OBJECTIVE
from rnndsl.graph.verify import verify_graph
from rnndsl.ops import Op

HEAD = "model Net(n = 2):\n    index t : sequence\n    index i : 1..2\n    input x[t] : n\n    target y[t] : n\n"
BEFORE = "points of t before"


def graph_of(*lines: str) -> RecurrenceGraph:
    return build(check(HEAD + "".join(f"    {line}\n" for line in lines)))


def segments_of(*lines: str) -> Segments:
    """Return those of the first stage, whose graphs are checked."""
    stages = make_segments(graph_of(*lines))
    for stage in stages:
        verify_graph(stage.graph)
    return stages[0]


def evaluate(graph: RecurrenceGraph, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    return dict(interpret(graph, params, data, dims={"n": 2}))


def zeros(segments: Segments) -> dict[str, Any]:
    """Return cotangents of 0 of what is left and handed on."""
    handed = {value.cotangent: [np.zeros(())] for value in segments.stage.handed}
    return {**handed, **{f"d {name}": [np.zeros(2)] for name in segments.states}}


@pytest.mark.parametrize("back", ["-", "+"])
def test_every_delay_is_a_state_of_its_own(back: str) -> None:
    segments = segments_of(f"h[t] : n = tanh(h[t{back}1] + h[t{back}3] + x[t])", "y[t] ~ normal(h[t])")
    assert list(segments.states) == ["h@-1", "h@-2", "h@-3"]
    assert {f"d h@-{k}" for k in (1, 2, 3)} <= segments.graph.inputs.keys()
    assert segments.wrt == ["h@-1", "h@-2", "h@-3"]


def test_delays_by_a_range_are_states_as_far_as_it_goes() -> None:
    segments = segments_of("h[t] : n = tanh(sum(h[t-i] over i) + x[t])", "y[t] ~ normal(h[t])")
    assert list(segments.states) == ["h@-1", "h@-2"]


def test_tokens_are_left_without_a_cotangent() -> None:
    text = "model Net(n = 2):\n    index t : sequence\n    target y[t] : token(n)\n    param E\n"
    segments, *_ = make_segments(build(check(f"{text}    y[t] ~ categorical(E @ y[t-1])\n")))
    assert list(segments.states) == ["y@-1"]
    assert segments.states["y@-1"].whole
    assert "d y@-1" not in segments.graph.inputs


@pytest.mark.parametrize("back", ["-", "+"])
def test_segments_one_after_the_other_are_the_whole(back: str) -> None:
    """Evaluated by the interpreter: totals add up, and what one leaves the next one begins with."""
    lines = (
        "param a : n",
        "init h[t] = a + x[t]",
        f"h[t] : n = tanh(h[t{back}1] + h[t{back}2] + x[t] * t / length(t))",
        "y[t] ~ normal(h[t])",
    )
    segments = segments_of(*lines)
    rng = np.random.default_rng(0)
    params, x, y = {"a": rng.normal(size=2)}, rng.normal(size=(7, 2)), rng.normal(size=(7, 2))
    whole = evaluate(graph_of(*lines), params, {"x": [x], "y": [y]})
    x, y = (x, y) if back == "-" else (x[::-1], y[::-1])
    states: dict[str, Any] = {name: [np.zeros(2)] for name in segments.states}
    surprise = 0.0
    for start, stop in ((0, 3), (3, 4), (4, 7)):
        counts = {
            BEFORE: [np.array(float(start))],
            LENGTH: [np.array(7.0)],
            "option begin": [np.array(float(start == 0))],
        }
        data: dict[str, Any] = {"x": [x[start:stop]], "y": [y[start:stop]], **counts, **states, **zeros(segments)}
        found = evaluate(segments.graph, params, data)
        states = {name: found[name] for name in states}
        surprise += float(found["y.nll@all"][0])
    assert surprise == pytest.approx(float(whole["y.nll"]), abs=1e-12)


def test_the_objective_is_what_is_left_and_handed_on_times_its_cotangent() -> None:
    segments = segments_of("h[t] : n = tanh(h[t-1] + x[t])", "y[t] ~ normal(h[t])")
    rng = np.random.default_rng(1)
    x, y, g = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), rng.normal(size=2)
    data: dict[str, Any] = {"x": [x], "y": [y], "h@-1": [rng.normal(size=2)], "option begin": [np.array(0.0)]}
    cotangents = {"d h@-1": [g], "d y.nll@all": [np.array(0.1)], "d y.weight@all": [np.array(10.0)]}
    found = evaluate(segments.graph, {}, data | cotangents)
    total = g @ found["h@-1"][0] + 0.1 * found["y.nll@all"][0] + 10 * found["y.weight@all"][0]
    assert float(found[OBJECTIVE]) == pytest.approx(float(total), abs=1e-12)


def test_points_are_numbered_through_in_all_stages() -> None:
    segments = segments_of("h[t] : n = tanh(h[t-1] + x[t] * t)", "y[t] ~ normal(h[t])")
    assert BEFORE in segments.graph.inputs
    (number,) = [n for n, node in segments.graph.nodes.items() if node.op is Op.IOTA]
    (user,) = segments.graph.users[number]
    assert segments.graph.nodes[user].op is Op.ADD


def test_tokens_of_its_own_that_cross_have_no_place() -> None:
    text = HEAD.replace("input x[t] : n", "input x[t] : token(n)")
    lines = ("param E : n, n", "z[t] = (x[t] if t > 2 else x[t-1])", "h[t] : n = tanh(E @ z[t-1] + h[t-1])")
    graph = build(check(text + "".join(f"    {line}\n" for line in (*lines, "y[t] ~ normal(h[t])"))))
    with pytest.raises(NotCutError, match="tokens or conditions of its own"):
        make_segments(graph)
