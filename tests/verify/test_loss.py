"""The loss of models without one: its value and its cotangents are those that it says."""

import numpy as np
import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import assemble, build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.graph.verify import verify_graph
from rnndsl.verify.loss import with_loss

BARE = """
model Bare:
    index t : sequence
    input x[t] : 2
    param W : 2, 2
    h[t] : 2 = W @ h[t-1] + x[t]
    output h[t]
    output s = sum(h[t] over t)
    output W
"""


def graph_of(text: str) -> RecurrenceGraph:
    return build(check(text))


def test_value_and_gradient() -> None:
    program = assemble(with_loss(graph_of(BARE)), dtype="float64")
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 2))
    out = program.run({"W": weights}, {"x": x})
    entries = np.concatenate([out["h"].ravel(), out["s"].ravel(), weights.ravel()])
    loss, grads = program.loss_and_grad({"W": weights}, {"x": x}, wrt="inputs")
    assert loss == pytest.approx((entries**2).sum() / 2 + entries.sum(), rel=1e-12)
    last = out["h"][:, -1] + 1 + out["s"] + 1
    np.testing.assert_allclose(grads["x"][:, -1], last, rtol=1e-12)


def test_a_loss_of_its_own_stays() -> None:
    graph = graph_of(BARE + "    loss sum(sum(h[t]) over t)\n")
    assert with_loss(graph) is graph


def test_outputs_that_are_no_numbers_have_none() -> None:
    graph = graph_of("model Tokens:\n    index t : sequence\n    input x[t] : token(3)\n    output y[t] = x[t]\n")
    assert ("loss" in with_loss(graph).outputs) is any(node.dtype == "real" for node in graph.nodes.values())


def test_edges_have_one_too() -> None:
    """The loss goes over the edges of all nodes, and a node gets what its edges have."""
    head = "model Edges:\n    index n : tree\n    index k : children(n)\n    input x[n] : 2\n"
    graph = with_loss(graph_of(head + "    f[n, k] : 2 = x[n] * x[k]\n    output f[n, k]\n"))
    verify_graph(graph)
    x, tree = np.random.default_rng(1).normal(size=(3, 2)), {"n": [[[], [0, 2], []]]}
    found = interpret(differentiate(graph), {}, {"x": [x]}, dims={}, structure=tree)
    edges = np.array([x[1] * x[0], x[1] * x[2]])
    assert float(np.asarray(found["loss"])) == pytest.approx((edges**2).sum() / 2 + edges.sum(), rel=1e-12)
    expected = [(edges[0] + 1) * x[1], (edges[0] + 1) * x[0] + (edges[1] + 1) * x[2], (edges[1] + 1) * x[1]]
    np.testing.assert_allclose(found["d loss/d x"][0], expected, rtol=1e-12)
