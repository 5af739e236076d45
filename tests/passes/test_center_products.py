"""The mean of a product's components leaves the points for the matrix."""

import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.passes.center_products import center_products
from rnndsl.passes.contract_products import contract_products
from rnndsl.verify import verify
from tests.passes.checks import assert_pure

HEAD = """
model Net(n, m):
    index t : sequence
    input x[t] : n
    param W : m, n
"""


def graph_of(*lines: str) -> RecurrenceGraph:
    return contract_products(build(check(HEAD + "".join(f"    {line}\n" for line in lines))))


def means(graph: RecurrenceGraph) -> list[bool]:
    """Return for every sum of components alone whether it is made at every point of the data."""
    found = [node for node in graph.nodes.values() if node.op is Op.CONTRACT and len(node.operands) == 1]
    return [node.batch for node in found]


@pytest.mark.parametrize("product", ["W @ x[t]", "x[t] @ transpose(W)", "(W @ x[t])"])
def test_layer_normalisation_subtracts_no_mean_at_its_points(product: str) -> None:
    graph = graph_of(f"output y[t] = layer_norm({product})")
    assert means(graph) == [True]
    assert means(assert_pure(graph, center_products)) == [False]


@pytest.mark.parametrize(
    "lines",
    [
        ("output y[t] = layer_norm(x[t])",),
        ("input A[t] : m, n", "output y[t] = layer_norm(A[t] @ x[t])"),
        ("p[t] = W @ x[t]", "output y[t] = layer_norm(p[t]) * p[t]"),
        ("p[t] = W @ x[t]", "output p[t]", "output y[t] = layer_norm(p[t])"),
        ("p[t] = W @ x[t]", "output y[t] = p[t] - sum(p[t]) / sum(x[t])"),
    ],
    ids=["no product", "a matrix of the data", "needed elsewhere", "an output", "another divisor"],
)
def test_what_has_to_stay(lines: tuple[str, ...]) -> None:
    graph = graph_of(*lines)
    assert assert_pure(graph, center_products) is graph


def test_gradients_are_those_of_the_equations() -> None:
    text = (
        HEAD
        + """
    param U : m, m
    h[t] : m = tanh(layer_norm(U @ h[t-1]) + layer_norm(W @ x[t]))
    loss sum(sum(h[t]) over t)
"""
    )
    assert verify(text).ok
