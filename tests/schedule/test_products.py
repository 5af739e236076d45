"""Contractions as products of matrices: which sizes they have, and how many there are."""

from dataclasses import replace

import pytest

from rnndsl.compiler import optimise
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule.products import Product, is_of_matrices, product_of
from tests.schedule.specs import graph_of, index_of
from tests.schedule.test_extents import EXTENTS

BATCH = replace(EXTENTS, points={"t": 4.0, "s": 6.0, "m": 9.0})


def found(graph: RecurrenceGraph, walked: str = "", *, adjoint: bool = False) -> list[Product]:
    graph = optimise(graph)[adjoint]
    steps = BATCH.steps([((index_of(graph, walked), 1),)]) if walked else 1
    numbers = [
        number
        for number, node in graph.nodes.items()
        if node.op is Op.CONTRACT and len(node.operands) == 2 and bool(node.adjoint) == adjoint
    ]
    return [product_of(graph, number, BATCH, (index_of(graph, walked),) if walked else (), steps) for number in numbers]


def test_a_matrix_multiplies_all_points_or_those_of_a_step() -> None:
    graph = graph_of("input x[t] : n", "param W : 2*n, n", "h[t] : 2*n = W @ x[t]", "output h[t]")
    (whole,) = found(graph)
    (stepped,) = found(graph, "t")
    assert (whole.count, whole.inner, {whole.rows, whole.columns}) == (1, 4, {8, 5 * 4})
    assert (stepped.calls, stepped.count, stepped.inner, {stepped.rows, stepped.columns}) == (4, 4, 4, {8, 5})
    assert whole.operations == stepped.operations == 2 * 8 * 4 * 5 * 4


def test_the_gradient_of_a_matrix_sums_over_all_points() -> None:
    graph = graph_of("input x[t] : n", "param W", "h[t] : 2*n = tanh(W @ x[t])", "loss sum(sum(h[t]) over t)")
    (product,) = (product for product in found(graph, adjoint=True) if product.inner == 5 * 4)
    assert (product.count, {product.rows, product.columns}) == (1, {8, 4})


@pytest.mark.parametrize(("walked", "count", "calls"), [("", 5, 1), ("t", 20, 4)])
def test_what_both_operands_vary_over_are_products_of_their_own(walked: str, count: int, calls: int) -> None:
    graph = graph_of(
        "input x[t], a[s] : n", "w[t, s] = exp(x[t] @ a[s])", "c[t] : n = sum(w[t, s] * a[s] over s)", "output c[t]"
    )
    *_, product = found(graph, walked)
    assert (product.count, product.calls) == (count, calls)
    assert product.operations == 2 * 5 * 4 * 6 * 4
    assert product.inner == 6


@pytest.mark.parametrize(
    ("labels", "ordered"),
    [("rj,ij->ri", True), ("ri,rj->ij", True), ("ri,ij->rj", True), ("rij,rj->ri", True), ("rij,ri->rj", True),
     ("kij,rkj->ri", True), ("ri,kij->rkj", True), ("rij,rij->rj", False), ("rij,rkj->rki", True),
     ("rij,j->ri", True), ("ri,ri->r", True)],
)  # fmt: skip
def test_what_has_no_rows_or_columns_in_order_needs_einsum(labels: str, *, ordered: bool) -> None:
    left, right, out = labels.replace("->", ",").split(",")
    assert is_of_matrices(left, right, out) == is_of_matrices(right, left, out) == ordered
