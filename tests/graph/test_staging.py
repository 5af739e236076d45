"""The graphs of stages: what one hands to another, and its cotangent on the way back."""

from typing import Any

import numpy as np
import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.errors import NotCutError
from rnndsl.graph.interpret import interpret
from rnndsl.graph.masks import masks_as_data
from rnndsl.graph.staging import OBJECTIVE, Stage, make_stages, of_loss
from rnndsl.graph.verify import verify_graph
from rnndsl.ops import DType
from tests.graph.two_sequences import HEAD, graph_of

LINES = (
    "g[s] : n = tanh(W @ g[s+1] + z[s])",
    "init h[t] = first(g[s] over s)",
    "h[t] : n = tanh(W @ h[t-1] + x[t] + sum(softmax(g[s] @ h[t-1] over s) * g[s] over s))",
    "y[t] ~ normal(h[t])",
)


def data_of() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    shapes = {"x": (3, 1), "y": (3, 1), "z": (2, 4)}
    return {name: [rng.normal(size=(length, 2)) for length in lengths] for name, lengths in shapes.items()}


def run(
    stages: tuple[Stage, ...], params: dict[str, Any], data: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Evaluate stages one after the other, cotangents 0; data of mirrored ones are turned round."""
    values = dict(data)
    for stage in stages:
        given = dict(values)
        for value in stage.handed:
            given[value.cotangent] = _zero(value, data)
        turn = stage.way.index is not None and not stage.way.forward
        names = {name for name, info in stage.graph.inputs.items() if turn and stage.way.index in info.domain}
        given = {name: [one[::-1] for one in own] if name in names else own for name, own in given.items()}
        found: dict[str, Any] = dict(interpret(stage.graph, params, given, dims={"n": 2}))
        for value in stage.handed:
            own = found[value.name]
            values[value.name] = [one[::-1] for one in own] if turn and stage.way.index in value.domain else own
    return values, found


def _zero(value: Any, data: dict[str, Any]) -> list[Any]:
    lengths = {"s": [len(one) for one in data["z"]], "t": [len(one) for one in data["x"]]}
    shapes = [[lengths[index.name][example] for index in value.domain] for example in range(2)]
    return [
        np.zeros(shape) if value.name.endswith(("nll@all", "weight@all")) else np.zeros((*shape, 2)) for shape in shapes
    ]


def test_stages_one_after_the_other_compute_the_loss() -> None:
    graph = graph_of(*LINES)
    stages = make_stages(of_loss(graph))
    for stage in stages:
        verify_graph(stage.graph)
    params = {"W": np.random.default_rng(1).normal(size=(2, 2))}
    _, found = run(stages, params, data_of())
    plain: dict[str, Any] = dict(interpret(graph, params, data_of(), dims={"n": 2}))
    for name in ("loss", "y.nll", "y.weight"):
        assert float(found[name]) == pytest.approx(float(plain[name]), rel=1e-14)
    assert float(found[OBJECTIVE]) == float(found["loss"]), "of the last stage"


def test_what_is_handed_on_is_taken_later() -> None:
    stages = make_stages(of_loss(graph_of(*LINES)))
    known = set[str]()
    for stage in stages:
        assert {value.name for value in stage.taken} <= known
        assert {value.name for value in stage.taken} <= stage.graph.inputs.keys()
        assert {value.name for value in stage.handed} <= stage.graph.outputs.keys()
        known |= {value.name for value in stage.handed}
    assert "g@all" in known
    assert stages[-1].handed == ()


def test_the_objective_holds_cotangents_times_what_is_handed_on() -> None:
    first, *_ = make_stages(of_loss(graph_of(*LINES)))
    rng, data = np.random.default_rng(2), data_of()
    turned = {"z": [one[::-1] for one in data["z"]]}
    cotangents = {value.cotangent: [rng.normal(size=one.shape) for one in _zero(value, data)] for value in first.handed}
    params = {"W": rng.normal(size=(2, 2))}
    found: dict[str, Any] = dict(interpret(first.graph, params, turned | cotangents, dims={"n": 2}))
    total = sum(
        float((one * other).sum())
        for value in first.handed
        for one, other in zip(found[value.name], cotangents[value.cotangent], strict=True)
    )
    assert float(found[OBJECTIVE]) == pytest.approx(total, rel=1e-14)


def test_masks_and_conditions_are_handed_as_numbers() -> None:
    lines = ("b[t] : n = tanh(dropout(x[t], 0.5) + b[t+1])", "h[t] : n = (h[t-1] if b[t] @ x[t] > 0 else b[t])")
    graph, masks = masks_as_data(of_loss(graph_of(*lines, "y[t] ~ normal(h[t])")))
    stages = make_stages(graph)
    assert list(masks) == [name for name in stages[0].graph.inputs if name.startswith("mask")]
    conditions = [(stage, value) for stage in stages for value in stage.handed if not value.real]
    assert conditions
    for stage, value in conditions:
        assert stage.graph.nodes[stage.graph.outputs[value.name].node].dtype is DType.REAL
        assert value.cotangent not in stage.graph.inputs


@pytest.mark.parametrize(
    ("line", "reason"), [("output x[t]", "it has no loss"), ("loss a * (b @ b)", "nothing in it goes along a sequence")]
)
def test_what_has_no_loss_or_no_sequence_is_not_cut(line: str, reason: str) -> None:
    text = HEAD.replace("    target y[t] : n\n", "    param  a : scalar\n").replace("param  W : n, n", "param  b : n")
    graph = build(check(f"{text}    {line}\n"))
    with pytest.raises(NotCutError, match=reason):
        make_stages(of_loss(graph))
