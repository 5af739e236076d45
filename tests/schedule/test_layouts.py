"""Rows stand as the loop that works on them walks; outside loops as the loop has them that works on the same points."""

import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule.layouts import ragged_of, usual_layouts
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.placement import place_nodes
from rnndsl.schedule.plan import Place, Schedule
from rnndsl.schedule.schedule import make_schedule
from tests.schedule.specs import TREE, adjoint_of, graph_of, index_of, layout_of, loops_of, node_of

X = "input x[t, s] : n"
GRID = (X, "h[t, s] : n = tanh(h[t-1, s] + h[t, s-1] + x[t, s])")
ATTENTION = (
    "input a[s] : n",
    "b[s] : n = tanh(b[s-1] + a[s])",
    "w[t, s] = softmax(d[t-1] @ b[s] over s)",
    "d[t] : n = tanh(sum(w[t, s] * b[s] over s))",
)
UP = (*TREE, "input x[m] : n", "h[m] : n = tanh(sum(h[c] over c) + x[m])")


def layout(schedule: Schedule, number: int) -> str:
    """Print a node's layout."""
    return layout_of(schedule.layouts[number])


def of_op(graph: RecurrenceGraph, op: Op) -> int:
    """Return the only node of an operator."""
    (number,) = [number for number, node in graph.nodes.items() if node.op is op]
    return number


def test_only_what_varies_over_points_has_a_layout() -> None:
    schedule = make_schedule(graph_of(X, "input y : n", "param b", "output z[t, s] = x[t, s] * y + b"))
    for number, node in schedule.graph.nodes.items():
        points = ragged_of(node.domain)
        assert layout(schedule, number) == ("ts along t" if points else "")


def test_one_sequence_is_walked_along_itself() -> None:
    schedule = make_schedule(graph_of("input x[t] : n", "output z[t] = tanh(x[t])"))
    assert layout(schedule, of_op(schedule.graph, Op.TANH)) == "t along t"


def test_several_indices_without_a_loop_are_walked_along_the_first() -> None:
    schedule = make_schedule(graph_of(X, "output z[t, s] = tanh(x[t, s])"))
    assert layout(schedule, of_op(schedule.graph, Op.TANH)) == "ts along t"


def test_with_a_tree_its_leaves_come_first() -> None:
    schedule = make_schedule(graph_of(*TREE, "input x[t, m] : n", "output z[t, m] = tanh(x[t, m])"))
    assert layout(schedule, of_op(schedule.graph, Op.TANH)) == "tm by m"


def test_a_grid_stands_in_the_fronts_of_its_loop() -> None:
    schedule = make_schedule(graph_of(*GRID, "output z[t, s] = cos(h[t, s] * x[t, s])"))
    fronts = "ts by t+s"
    assert {layout(schedule, number) for number in schedule.graph.nodes} <= {fronts, ""}
    assert layout(schedule, of_op(schedule.graph, Op.COS)) == fronts  # outside the loop, as inside


def test_rows_of_a_grid_stand_by_themselves() -> None:
    schedule = make_schedule(graph_of(*GRID, "output z[t] = sum(h[t, s] over s)"))
    assert layout(schedule, of_op(schedule.graph, Op.CONTRACT)) == "t along t"


def test_attention_stands_along_the_sequence_that_attends() -> None:
    graph = graph_of(*ATTENTION, "output w[t, s]", "output d[t]")
    schedule = make_schedule(graph)
    assert layout(schedule, node_of(schedule.graph, "w")) == "ts along t"
    assert layout(schedule, node_of(schedule.graph, "b")) == "s along s"
    assert layout(schedule, node_of(schedule.graph, "d")) == "t along t"


def test_one_layout_for_all_points_of_attention_and_its_adjoint() -> None:
    """The encoder walks s, the decoder t; nothing over both has to be put into another order."""
    schedule = make_schedule(adjoint_of(*ATTENTION, "loss sum(d[t] @ d[t] over t)"))
    found = {layout(schedule, number) for number in schedule.graph.nodes}
    assert found == {"", "t along t", "s along s", "ts along t"}


@pytest.mark.parametrize("adjoint", [False, True])
def test_nodes_and_edges_stand_by_height(adjoint: bool) -> None:  # noqa: FBT001
    graph = adjoint_of(*UP, "loss sum(h[m] @ h[m] over m)") if adjoint else graph_of(*UP, "output h[m]")
    schedule = make_schedule(graph)
    found = {layout(schedule, number) for number in schedule.graph.nodes}
    assert found - {""} == {"m by m", "mc by m"}


def test_slices_outside_loops_stand_as_what_they_are_cut_from() -> None:
    """All other points over t and s stand as the first loop has them, along t."""
    lines = (
        X,
        "p[t, s] : n = tanh(p[t-1, s] + x[t, s])",
        "h[t, s] : 2 * n = tanh(h[t, s-1] + concat(p[t, s], x[t, s]))",
        "g[t, s] : n = part(h[t, s], 1, 2)",
    )
    schedule = make_schedule(graph_of(*lines, "output g[t, s]", "output q[t, s] = cos(x[t, s])"))
    graph = schedule.graph
    number = node_of(graph, "g")
    assert (graph.nodes[number].op, schedule.storage[number].place) == (Op.SLICE, Place.VIEW)
    assert layout(schedule, number) == layout(schedule, graph.nodes[number].operands[0]) == "ts along s"
    assert layout(schedule, of_op(graph, Op.COS)) == "ts along t"


def test_points_outside_loops_go_with_the_loop_that_works_on_them() -> None:
    graph = graph_of(*ATTENTION, "output d[t]")
    usual = usual_layouts(graph, place_nodes(graph, make_loops(graph)))
    t, s = index_of(graph, "t"), index_of(graph, "s")
    assert layout_of(usual((t, s))) == "ts along t"
    assert layout_of(usual((s,))) == "s along s"
    assert len(loops_of(place_nodes(graph, make_loops(graph)))) == 2
