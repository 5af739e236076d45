"""What equations and loops cost."""

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.schedule.costs import (
    cyclic_nodes,
    implicit_inits,
    own_nodes,
    step_products,
    tape_bytes,
    tape_totals,
    write_products,
    written,
)
from rnndsl.schedule.plan import Loop, Schedule
from rnndsl.schedule.schedule import make_schedule
from tests.schedule.specs import graph_of

RNN = ("input x[t] : n", "param W, U", "h[t] : 2*n = tanh(W @ h[t-1] + U @ x[t])", "loss sum(sum(h[t]) over t)")


def planned(*lines: str) -> Schedule:
    return make_schedule(differentiate(graph_of(*lines)))


def node(graph: RecurrenceGraph, name: str) -> int:
    return graph.equations[name].node


def test_products_in_steps_have_the_sizes_of_their_matrices() -> None:
    schedule = planned(*RNN)
    loops = [step for step in schedule.steps if isinstance(step, Loop)]
    assert [step_products(schedule, loop) for loop in loops] == [("W: 8 x 8",), ("W: 8 x 8",)]
    graph, at = schedule.graph, node(schedule.graph, "h")
    assert write_products(graph, own_nodes(graph, at), loops[0].indices) == ("W: 8 x 8", "U: 8 x 4")
    inside = [number for number in own_nodes(graph, at) if number in cyclic_nodes(graph)]
    assert write_products(graph, inside, loops[0].indices) == ("W: 8 x 8",)


def test_equal_products_are_counted_and_sums_and_lanes_are_told() -> None:
    graph = graph_of("param v[i] : n", "input x[t] : n", "z[t] = sum(v[i] @ x[t] over i)", "output z[t]")
    shown = write_products(graph, graph.nodes, ())
    assert shown == ("v: 4 over all i for all t",)
    graph = graph_of("input x[t], y[t] : n", "z[t] = (x[t] @ y[t]) * (x[t] @ (2 * y[t]))", "output z[t]")
    assert write_products(graph, graph.nodes, ()) == ("2 of 4 for all t",)


def test_reads_without_init_are_zero_outside() -> None:
    graph = graph_of(
        "input x[t] : n", "h[t] = x[t-1] + x[t] + g[t-1]", "g[t] = tanh(g[t-1])", "init g = 1", "output h[t]"
    )
    assert implicit_inits(graph, node(graph, "h")) == ("x[t-1]",)
    assert implicit_inits(graph, node(graph, "g")) == ()


def test_the_tape_is_what_the_gradient_reads() -> None:
    schedule = planned(*RNN)
    size = tape_bytes(schedule, node(schedule.graph, "h"))
    assert str(size) == "32"
    assert written(tape_totals(schedule)) == "32 for every t"
    linear = planned("input x[t] : n", "param W", "h[t] : n = W @ x[t]", "loss sum(sum(h[t]) over t)")
    assert tape_bytes(linear, node(linear.graph, "h")) is None
    assert tape_totals(linear) == ()
