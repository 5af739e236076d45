"""What the leaves of trees lack is found: sums over children, products with them, and cotangents of children."""

import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule.schedule import make_schedule
from tests.schedule.specs import TREE, adjoint_of, graph_of

INPUT = "input x[m] : n"
SUMS = (*TREE, INPUT, "param W, U", "h[m] : n = tanh(W @ sum(h[c] over c) + U @ x[m])")
PLACES = (*TREE, INPUT, "param W, V", "h[m] : n = tanh(W @ h[child(m, 1)] + V @ h[child(m, 2)] + x[m])")


def inner_products(graph: RecurrenceGraph, adjoint: int = 0) -> int:
    """Return how many products of two factors leaves do not need, of the model or of its adjoint."""
    schedule = make_schedule(graph)
    nodes = [schedule.graph.nodes[number] for number in schedule.inner]
    return sum(node.op is Op.CONTRACT and len(node.operands) == 2 and node.adjoint == adjoint for node in nodes)


@pytest.mark.parametrize(("lines", "products"), [(SUMS, 1), (PLACES, 2)])
def test_leaves_need_no_product_with_their_children(lines: tuple[str, ...], products: int) -> None:
    assert inner_products(graph_of(*lines, "output h[m]")) == products


def test_what_leaves_have_is_no_part_of_it() -> None:
    schedule = make_schedule(graph_of(*SUMS, "output h[m]"))
    nodes = [schedule.graph.nodes[number] for number in schedule.inner]
    assert not [node for node in nodes if node.op in {Op.TANH, Op.ADD, Op.INPUT}]


def test_a_child_that_does_not_exist_may_have_a_value() -> None:
    begun = "h[m] : n = tanh(W @ h[child(m, 1)] + x[m])"
    assert inner_products(graph_of(*TREE, INPUT, "param W", begun, "output h[m]")) == 1
    assert inner_products(graph_of(*TREE, INPUT, "param W, e", "init h = e", begun, "output h[m]")) == 0


@pytest.mark.parametrize(("lines", "products"), [(SUMS, 1), (PLACES, 2)])
def test_leaves_need_no_cotangents_of_their_children(lines: tuple[str, ...], products: int) -> None:
    assert inner_products(adjoint_of(*lines, "target y[m] : n", "y[m] ~ normal(h[m])"), adjoint=1) == products


def test_a_walk_from_the_root_has_leaves_only_in_its_adjoint() -> None:
    down = (*TREE, INPUT, "param W", "h[m] : n = tanh(W @ h[parent(m)] + x[m])")
    assert inner_products(graph_of(*down, "output h[m]")) == 0
    schedule = make_schedule(adjoint_of(*down, "target y[m] : n", "y[m] ~ normal(h[m])"))
    inner = [schedule.graph.nodes[number] for number in schedule.inner]
    assert [node.op for node in inner if node.adjoint] == [Op.CONTRACT]  # the sum of the children's cotangents


def test_sequences_have_no_leaves() -> None:
    assert (
        make_schedule(graph_of("input x[t] : n", "param W", "h[t] : n = tanh(W @ h[t-1] + x[t])", "output h[t]")).inner
        == set()
    )
