"""Folds in steps are the folds that they were, of numbers that are not finite, too."""

import numpy as np
import pytest

from rnndsl.graph.interpret import interpret
from rnndsl.graph.verify import verify_graph
from rnndsl.ops import Op
from rnndsl.schedule.folds import split_folds
from tests.schedule.specs import graph_of

INF, NAN = np.inf, np.nan
#: What is folded over three points of a range, or over as many components.
GIVEN = np.array(
    [[1.0, 2.0, -3.0], [1000.0, 999.0, -1000.0], [-INF, 0.0, 1.0], [-INF] * 3, [INF, 0.0, 1.0], [NAN, 0.0, 1.0]]
)


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("y[t] = softmax(x[t])", "x[t] : k"),
        ("y[t] = logsumexp(x[t])", "x[t] : k"),
        ("y[t, i] = softmax(x[t, i] over i)", "x[t, i] : scalar"),
        ("y[t] = logsumexp(x[t, i] over i)", "x[t, i] : scalar"),
    ],
)
def test_split_folds_are_the_same(line: str, given: str) -> None:
    graph = graph_of(f"input {given}", line, f"output {line.partition(']')[0]}]")
    split = split_folds(graph)
    verify_graph(split)
    ops = {node.op for node in split.nodes.values()}
    assert ops >= {Op.MAX, Op.EXP}
    assert ops.isdisjoint({Op.SOFTMAX, Op.LOGSUMEXP})
    (whole,), (found,) = (interpret(one, {}, {"x": [GIVEN]}, dims={"n": 4, "k": 3})["y"] for one in (graph, split))
    np.testing.assert_allclose(found, whole, rtol=1e-15)
    assert np.isfinite(whole[0]).all()


def test_vectors_are_folded_over_ranges_component_by_component() -> None:
    graph = graph_of("input x[t, i] : n", "y[t, i] = softmax(x[t, i] over i)", "output y[t, i]")
    split = split_folds(graph)
    verify_graph(split)
    given = np.random.default_rng(0).normal(size=(2, 3, 4))
    (whole,), (found,) = (interpret(one, {}, {"x": [given]}, dims={"n": 4, "k": 3})["y"] for one in (graph, split))
    np.testing.assert_allclose(found, whole, rtol=1e-14)


@pytest.mark.parametrize("line", ["y[t] = softmax(x[t] over t)", "y[t] = x[t] * 2"])
def test_what_is_folded_over_points_of_the_data_stays(line: str) -> None:
    graph = graph_of("input x[t] : scalar", line, "output y[t]")
    assert split_folds(graph) is graph
