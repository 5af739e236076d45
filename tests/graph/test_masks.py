"""Dropout masks as data."""

import numpy as np
import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.interpret import interpret
from rnndsl.graph.masks import Mask, masks_as_data
from rnndsl.graph.verify import verify_graph
from rnndsl.ops import Op

TEXT = """
model Net(n = 2):
    index  t : sequence
    input  x[t] : n
    target y[t] : n
    h[t] : n = tanh(dropout(h[t-1], 0.25, tie = t) + dropout(x[t], 0.5))
    y[t] ~ normal(h[t])
"""


def test_masks_become_inputs_with_their_places_among_all() -> None:
    graph = build(check(TEXT))
    drawn, masks = masks_as_data(graph)
    verify_graph(drawn)
    assert [node for node in drawn.nodes.values() if node.op is Op.NOISE] == []
    found = {(mask, tuple(index.name for index in drawn.inputs[name].domain)) for name, mask in masks.items()}
    assert found == {(Mask(0, 0.25), ()), (Mask(1, 0.5), ("t",))}


def test_the_values_are_those_of_the_graph_with_the_same_masks() -> None:
    graph = build(check(TEXT))
    drawn, masks = masks_as_data(graph)
    data = {"x": [np.ones((3, 2))], "y": [np.zeros((3, 2))]}
    own = {name: [np.full((3, 2) if drawn.inputs[name].domain else 2, 2.0)] for name in masks}
    named = {name.removeprefix("mask "): value for name, value in own.items()}
    ours, loss = (
        float(interpret(one, {}, data | given, dims={"n": 2})["loss"])  # type: ignore[arg-type]
        for one, given in ((drawn, own), (graph, named))
    )
    assert ours == pytest.approx(loss, abs=1e-15)
