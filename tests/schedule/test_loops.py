"""Cycles become loops, one for each component, that walk the way their reads point."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.plan import Evaluate, Loop
from tests.schedule.specs import adjoint_of, graph_of, loops_of, node_of, order_of

RNN = ("input x[t] : n", "param W", "h[t] : n = tanh(W @ h[t-1] + x[t])", "loss sum(sum(h[t]) over t)")
PROGRAMS = {
    "one way": RNN,
    "both ways": (
        "input x[t] : n",
        "h[t] : n = tanh(h[t-1] + x[t])",
        "g[t] : n = tanh(g[t+2] * x[t])",
        "output z[t] = h[t] + g[t]",
    ),
    "range in sequence": ("input x[t] : n", "h[t, i] : n = tanh(h[t-1, i] + h[t, i-1] + x[t])", "output h[t, i]"),
}


def shape(graph: RecurrenceGraph) -> list[tuple[str, bool]]:
    """Return index and direction of the outermost loops."""
    return [(loop.index.name, loop.forward) for loop in loops_of(make_loops(graph))]


def assert_operands_come_first(graph: RecurrenceGraph, nodes: list[int]) -> None:
    place = {number: k for k, number in enumerate(nodes)}
    for number in nodes:
        if graph.nodes[number].op is not Op.READ:
            assert all(place[operand] < place[number] for operand in graph.nodes[number].operands)


@pytest.mark.parametrize("lines", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_every_node_is_evaluated_once_and_after_its_operands(lines: tuple[str, ...]) -> None:
    graph = graph_of(*lines)
    order = order_of(make_loops(graph))
    assert sorted(order) == sorted(graph.nodes)
    assert_operands_come_first(graph, order)


def test_directions() -> None:
    assert shape(graph_of(*RNN)) == [("t", True)]
    assert sorted(shape(graph_of(*PROGRAMS["both ways"]))) == [("t", False), ("t", True)]
    assert shape(graph_of("input x[t] : n", "output z[t] = tanh(x[t-1])")) == []


def test_the_adjoint_walks_back() -> None:
    assert shape(adjoint_of(*RNN)) == [("t", True), ("t", False)]


def test_states_that_need_one_another_share_a_loop() -> None:
    lines = ("input x[t] : n", "a[t] : n = b[t-1] + x[t]", "b[t] : n = sin(a[t])", "output b[t]")
    graph = graph_of(*lines)
    (loop,) = loops_of(make_loops(graph))
    body = order_of((loop,))
    assert {node_of(graph, "a"), node_of(graph, "b")} <= set(body)
    assert (
        len(
            loops_of(
                make_loops(graph_of(*lines[:1], "a[t] : n = a[t-1] + x[t]", "b[t] : n = b[t-1] + a[t]", "output b[t]"))
            )
        )
        == 2
    )


def test_what_is_cyclic_at_one_point_is_a_loop_inside() -> None:
    graph = graph_of(*PROGRAMS["range in sequence"])
    (outer,) = loops_of(make_loops(graph))
    (inner,) = loops_of(outer.body)
    assert (outer.index.name, inner.index.name) == ("t", "i")
    assert outer.number != inner.number
    assert node_of(graph, "h") in order_of((inner,))


def test_a_range_alone_is_a_loop() -> None:
    assert shape(graph_of("input x[i] : n", "h[i] : n = h[i+1] + x[i]", "output h[i]")) == [("i", False)]


def test_neighbours_of_the_step_before_need_no_inner_loop() -> None:
    graph = graph_of("input x[t, i] : scalar", "h[t, i] = h[t-1, i-1] + h[t-1, i+1] + x[t, i]", "output h[t, i]")
    (loop,) = loops_of(make_loops(graph))
    assert loops_of(loop.body) == []


def test_chains_need_no_recursion() -> None:
    lines = [f"a_{k}[t] = sin(a_{k - 1}[t])" for k in range(1, 3000)]
    graph = graph_of("input x[t] : n", "a_0[t] : n = x[t] + a_2999[t-1]", *lines, "output a_2999[t]")
    (loop,) = loops_of(make_loops(graph))
    assert len(loop.body) > 3000
    assert all(isinstance(step, Evaluate) for step in loop.body)


def test_what_has_no_direction_is_refused() -> None:
    graph = graph_of("input x[t] : n", "a[t] : n = b[t+1] + x[t]", "b[t] : n = sin(a[t-2])", "output b[t]")
    with pytest.raises(SpecError, match="RNN490"):
        make_loops(graph)


def test_loops_are_numbered_apart() -> None:
    numbers: list[int] = []

    def collect(loop: Loop) -> None:
        numbers.append(loop.number)
        for inner in loops_of(loop.body):
            collect(inner)

    for loop in loops_of(make_loops(adjoint_of(*PROGRAMS["range in sequence"][:2], "loss sum(sum(h[t, k]) over t)"))):
        collect(loop)
    assert len(numbers) == len(set(numbers)) == 4
