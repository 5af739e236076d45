"""A graph of one example whose targets are there."""

from pathlib import Path

import numpy as np
import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import build, check
from rnndsl.equations.example import of_one_example, share_products
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.ops import Op
from rnndsl.passes.simplify_algebra import simplify_algebra
from rnndsl.verify.cases import small_dims

TEXT = (
    "model A(n):\n    index t : sequence\n    input x[t] : n\n    target y[t], z[t] : n\n    param W, b\n"
    "    h[t] : n = tanh(W @ h[t-1] + x[t] + b)\n    y[t] ~ normal(h[t])\n    z[t] ~ bernoulli(h[t]) weight 2\n"
    "    loss 0.1 * sum(h[t] @ h[t] over t)\n"
)


def operators(graph: RecurrenceGraph) -> set[Op]:
    """Return the operators of a graph."""
    return {node.op for node in graph.nodes.values()}


def test_nothing_is_absent() -> None:
    graph = build(check(TEXT))
    assert Op.SEEN in operators(graph)
    found = simplify_algebra(of_one_example(graph))
    assert not operators(found) & {Op.SEEN, Op.WHERE, Op.EQUAL}
    dims = {"n": 3}
    rng = np.random.default_rng(0)
    params = {"W": rng.normal(size=(3, 3)), "b": rng.normal(size=3)}
    data = {name: [rng.random((4, 3))] for name in ("x", "y", "z")}
    points = {"lengths": {"t": [4]}, "structure": {}}
    before, after = (interpret(g, params, data, dims=dims, outputs=["loss"], **points) for g in (graph, found))  # type: ignore[arg-type]
    np.testing.assert_allclose(after["loss"], before["loss"], rtol=1e-12)


def test_no_chunk_comes_before() -> None:
    spec = Path(__file__).resolve().parents[2] / "specs" / "models" / "no_input.rnn"
    graph = differentiate(build(check(spec)))
    assert Op.FRESH in operators(graph)
    assert Op.FRESH not in operators(of_one_example(graph))


@pytest.mark.parametrize("text", [TEXT])
def test_products_that_are_there_are_summed(text: str) -> None:
    graph = simplify_algebra(differentiate(of_one_example(build(check(text)))))
    shared = share_products(graph)
    gradient = shared.nodes[shared.outputs["d loss/d b"].node]
    assert len(graph.nodes[graph.outputs["d loss/d b"].node].operands) == 2
    assert gradient.op is Op.CONTRACT
    assert [shared.nodes[operand].op for operand in gradient.operands] == [Op.MUL]
    assert small_dims(shared, {}) == small_dims(graph, {})
