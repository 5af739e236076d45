"""Sums over the steps of a loop grow in it where their terms are large; all others are taken at once, outside."""

import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Domain
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.plan import Place, members
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.sums import find_sums
from rnndsl.schedule.verify import verify_schedule
from tests.schedule.specs import TREE, adjoint_of, graph_of, loops_of, node_of

ATTENTION = (
    "input a[s] : n",
    "param v : n",
    "param W, U",
    "g[t, s] = tanh(W @ d[t-1] + U @ a[s])",
    "e[t, s] = v @ g[t, s]",
    "d[t] : n = tanh(sum(softmax(e[t, s] over s) * a[s] over s))",
)
LOSS = "loss sum(d[t] @ d[t] over t)"


def sums(graph: RecurrenceGraph) -> set[int]:
    """Return the sums that grow in a loop."""
    return set(find_sums(graph, make_loops(graph)))


def names(domain: Domain) -> str:
    return "".join(index.name for index in domain)


def test_sums_of_large_terms_grow_in_the_loop_of_the_adjoint() -> None:
    graph = adjoint_of(*ATTENTION, LOSS)
    found = find_sums(graph, make_loops(graph))
    assert {names(graph.nodes[number].domain) for number in found} == {"s", ""}  # of U @ a[s], and of v
    assert {(loop.forward, names(loop.indices)) for loop in found.values()} == {(False, "t")}
    schedule = make_schedule(graph)
    assert {number for number, storage in schedule.storage.items() if storage.place is Place.SUM} == set(found)
    _, backward = loops_of(schedule.steps)
    assert set(found) <= set(members(backward))


def test_a_sum_that_grows_leaves_no_array_over_all_pairs() -> None:
    schedule = make_schedule(adjoint_of(*ATTENTION, LOSS))
    kept = {Place.TAPE, Place.WHOLE}
    large = [n for n, node in schedule.graph.nodes.items() if names(node.domain) == "ts" and node.shape]
    assert large != []
    assert {number for number in large if schedule.storage[number].place in kept} == set()


@pytest.mark.parametrize(
    "lines",
    [
        ("input x[t] : n", "h[t] : n = tanh(h[t-1] + x[t])", "output z = sum(h[t] over t)"),
        ("input x[t, s] : scalar", "h[t, s] : scalar = tanh(h[t-1, s] + x[t, s])", "output z[s] = sum(h[t, s] over t)"),
        (
            "input x[t, s] : n",
            "h[t, s] : n = tanh(h[t-1, s] + h[t, s-1] + x[t, s])",
            "output z[s] = sum(h[t, s] over t)",
        ),
        (*TREE, "input x[m] : n", "h[m] : n = tanh(sum(h[c] over c) + x[m])", "output z = sum(h[m] over m)"),
        ("input x[t, s] : n", "output z[s] = sum(x[t, s] over t)"),
    ],
    ids=["small terms", "numbers", "fronts", "trees", "no loop"],
)
def test_others_are_taken_at_once(lines: tuple[str, ...]) -> None:
    assert sums(graph_of(*lines)) == set()


def test_sums_over_lanes_of_a_walk_grow() -> None:
    lines = ("input x[t, s] : n", "h[t, s] : n = tanh(h[t-1, s] + x[t, s])", "z[s] = sum(h[t, s] over t)")
    graph = graph_of(*lines, "output z[s]")
    assert sums(graph) == {node_of(graph, "z")}
    graph = graph_of(*lines[:2], "z[t] = sum(h[t, s] over s)", "output z[t]")
    assert sums(graph) == set()  # over the lanes themselves: one step has all terms


def test_a_sum_that_its_terms_wait_for_is_taken_before() -> None:
    lines = (
        "input x[t, s] : n",
        "h[t, s] : n = tanh(h[t-1, s] + x[t, s])",
        "total[s] = sum(h[t, s] over t)",
        "g[t, s] : n = tanh(g[t-1, s] + h[t, s] * total[s])",
        "z[s] = sum(g[t, s] over t)",
    )
    graph = graph_of(*lines, "output z[s]")
    found = find_sums(graph, make_loops(graph))
    assert set(found) == {node_of(graph, "total"), node_of(graph, "z")}
    assert found[node_of(graph, "total")] is not found[node_of(graph, "z")]


def test_terms_that_another_loop_needs_too_are_taken_at_once() -> None:
    """The square of h is for the sum and for the adjoint's loop: it stays outside, and the sum with it."""
    lines = ("input x[t, s] : n", "h[t, s] : n = tanh(h[t-1, s] + x[t, s])", "z[t, s] = h[t, s] * h[t, s]")
    graph = graph_of(
        *lines, "g[t, s] : n = tanh(g[t+1, s] + z[t, s])", "output q[s] = sum(z[t, s] over t)", "output g[t, s]"
    )
    assert sums(graph) == set()
    schedule = make_schedule(graph)
    assert schedule.storage[node_of(graph, "z")].place is Place.WHOLE


def test_terms_of_two_sums_grow_in_both() -> None:
    lines = ("input x[t, s] : n", "h[t, s] : n = tanh(h[t-1, s] + x[t, s])", "z[t, s] = sin(h[t, s])")
    graph = graph_of(
        *lines, "a[s] = sum(z[t, s] over t)", "b[s] = sum(z[t, s] * x[t, s] over t)", "output a[s]", "output b[s]"
    )
    assert sums(graph) == {node_of(graph, "a"), node_of(graph, "b")}
    schedule = make_schedule(graph)
    assert schedule.storage[node_of(graph, "z")].place is Place.STEP


def test_loops_do_not_wait_for_one_another() -> None:
    """Each of two sums could grow in either loop; both grow in the same one."""
    lines = (
        "input x[t, s] : n",
        "g[t, s] : n = tanh(g[t-1, s] + x[t, s])",
        "h[t, s] : n = sin(h[t-1, s] + x[t, s])",
        "a[t, s] = cos(g[t, s])",
        "b[t, s] = cos(h[t, s])",
        "y[s] = sum(g[t, s] * b[t, s] over t)",
        "z[s] = sum(h[t, s] * a[t, s] over t)",
    )
    graph = graph_of(*lines, "output y[s]", "output z[s]")
    found = find_sums(graph, make_loops(graph))
    assert found.keys() == {node_of(graph, "y"), node_of(graph, "z")}
    assert len({loop.number for loop in found.values()}) == 1
    verify_schedule(make_schedule(graph))


def test_a_sum_of_terms_that_need_another_sum_of_the_same_loop() -> None:
    lines = (
        "input x[t, s] : n",
        "h[t, s] : n = tanh(h[t-1, s] + x[t, s])",
        "most[s] = sum(h[t, s] over t)",
        "z[s] = sum(h[t, s] * most[s] over t)",
    )
    graph = graph_of(*lines, "output z[s]")
    assert sums(graph) == {node_of(graph, "most")}


def test_a_sum_that_is_read_at_other_points_has_a_halo() -> None:
    lines = ("input x[t, s] : n", "h[t, s] : n = tanh(h[t-1, s] + x[t, s])", "z[s] = sum(h[t, s] over t)")
    graph = graph_of(*lines, "output q[s] = z[s-2]")
    assert sums(graph) == set()
    assert make_schedule(graph).storage[node_of(graph, "z")].halo


CELL = ("input x[t] : n", "param b", "param p", "g[t] = sigmoid(x[t] + h[t-1] * p + b)", "h[t] = tanh(g[t]) * h[t-1]")


def test_kernels_add_up_what_a_step_makes() -> None:
    graph = adjoint_of(*CELL, "loss sum(h[t] @ h[t] over t)")
    found = find_sums(graph, make_loops(graph), kernels=True)
    assert sums(graph) == set()
    gradients = {graph.outputs[name].node for name in ("d loss/d p", "d loss/d b")}
    assert gradients == set(found)
    assert {loop.forward for loop in found.values()} == {False}
    schedule = make_schedule(graph, clustered=True)
    verify_schedule(schedule)
    assert {number for number, own in schedule.storage.items() if own.place is Place.SUM} == gradients


def test_what_a_loop_does_not_read_is_added_up_outside() -> None:
    graph = adjoint_of(
        "input x[t], z[t] : n", "param b", "h[t] = tanh(h[t-1] + x[t])", "loss sum(h[t] @ (b * z[t]) over t)"
    )
    assert find_sums(graph, make_loops(graph), kernels=True) == {}
