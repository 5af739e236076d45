"""Placement: elementwise work goes into the one loop that needs it; everything else stays outside."""

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Affine
from rnndsl.ops import Op
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.placement import moves, place_nodes
from rnndsl.schedule.plan import Evaluate, Loop, Step, members
from tests.schedule.specs import graph_of, index_of, loops_of, node_of, order_of, read_of

LINES = (
    "input x[t] : n",
    "param W, U",
    "u[t] = U @ x[t]",
    "e[t] = exp(u[t])",
    "h[t] : n = tanh(W @ h[t-1] + e[t])",
    "z[t] = sin(h[t])",
)


def placed(graph: RecurrenceGraph) -> tuple[tuple[Step, ...], Loop]:
    """Return all steps and the only loop."""
    steps = place_nodes(graph, make_loops(graph))
    (loop,) = loops_of(steps)
    return steps, loop


def test_elementwise_work_of_one_loop_is_done_in_it() -> None:
    graph = graph_of(*LINES, "output z[t]")
    steps, loop = placed(graph)
    inside = members(loop)
    assert node_of(graph, "e") in inside
    assert node_of(graph, "u") not in inside  # a product: all points at once
    assert node_of(graph, "z") not in inside  # nothing in the loop needs it
    assert sorted(order_of(steps)) == sorted(graph.nodes)


def test_what_others_need_too_stays_outside() -> None:
    graph = graph_of(*LINES, "output e[t]", "output z[t]")
    assert node_of(graph, "e") not in members(placed(graph)[1])
    graph = graph_of(*LINES, "q[t] = e[t] * z[t]", "output q[t]")
    assert node_of(graph, "e") not in members(placed(graph)[1])


def test_what_does_not_vary_along_the_loop_stays_outside() -> None:
    graph = graph_of("input x[t] : n", "param b", "e = exp(b)", "h[t] : n = sin(h[t-1] + e * x[t])", "output h[t]")
    assert node_of(graph, "e") not in members(placed(graph)[1])


def test_operands_come_first_in_the_body() -> None:
    graph = graph_of(*LINES, "output z[t]")
    _, loop = placed(graph)
    place = {number: k for k, number in enumerate(members(loop))}
    for number, own in place.items():
        for operand in graph.nodes[number].operands:
            assert moves(graph, number, loop) or place.get(operand, -1) < own


def test_views_that_others_need_are_taken_again_outside() -> None:
    lines = ("input x[t] : n", "h[t] : n = sin(h[t-1] + x[t])", "output z[t] = cos(h[t-1])")
    graph = graph_of(*lines)
    steps, loop = placed(graph)
    read = read_of(graph, "h", -1)
    assert read in members(loop)
    assert Evaluate(read) in steps[steps.index(loop) :]


def test_moves() -> None:
    graph = graph_of("input x[t] : n", "h[t, i] : n = sin(h[t-1, i] + h[t, i-1] + x[t])", "output h[t, i]")
    (outer,) = loops_of(make_loops(graph))
    (inner,) = loops_of(outer.body)
    by_index = {
        index: number
        for number, node in graph.nodes.items()
        if node.op is Op.READ
        for index, access in node.attr.at  # type: ignore[union-attr]
        if isinstance(access, Affine)
    }
    along_t, along_i = by_index[index_of(graph, "t")], by_index[index_of(graph, "i")]
    assert moves(graph, along_t, outer)
    assert not moves(graph, along_t, inner)
    assert moves(graph, along_i, inner)
    assert not moves(graph, node_of(graph, "h"), outer)
