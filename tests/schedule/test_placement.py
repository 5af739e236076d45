"""Placement: elementwise work goes into the one loop that needs it; everything else stays outside."""

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Affine
from rnndsl.ops import Op
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.placement import moves, place_nodes
from rnndsl.schedule.plan import Evaluate, Loop, Step, members
from rnndsl.schedule.sums import find_sums
from tests.schedule.specs import TREE, adjoint_of, graph_of, index_of, loops_of, node_of, order_of, read_of

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


# Fronts, trees, attention ---------------------------------------------------------------------------------------------

GRID = ("input x[t, s] : n", "h[t, s] : n = tanh(h[t-1, s] + h[t, s-1] + exp(x[t, s]))")
UP = (*TREE, "input x[m] : n", "u[m] = exp(x[m])", "h[m] : n = tanh(sum(h[c] over c) + u[m])")
ATTENTION = (
    "input a[s] : n",
    "param v : n",
    "param W, U",
    "u[s] = U @ a[s]",
    "g[t, s] = tanh(W @ d[t-1] + u[s])",
    "e[t, s] = v @ g[t, s]",
    "d[t] : n = tanh(sum(softmax(e[t, s] over s) * a[s] over s))",
)


def test_elementwise_work_of_fronts_is_done_in_them() -> None:
    graph = graph_of(*GRID, "output h[t, s]")
    steps, loop = placed(graph)
    assert Op.EXP in {graph.nodes[number].op for number in members(loop)}
    assert sorted(order_of(steps)) == sorted(graph.nodes)
    graph = graph_of(*UP, "output h[m]")
    assert node_of(graph, "u") in members(placed(graph)[1])


def test_reads_of_other_fronts_are_no_views_that_can_be_taken_again() -> None:
    graph = graph_of(*GRID, "output z[t, s] = cos(h[t-1, s])")
    steps, loop = placed(graph)
    (read,) = {number for number in members(loop) if number in graph.readers[node_of(graph, "h")]} & {
        operand
        for number in graph.nodes
        if graph.nodes[number].op is Op.COS
        for operand in graph.nodes[number].operands
    }
    assert Evaluate(read) not in steps


def test_uses_move_from_step_to_step() -> None:
    graph = adjoint_of(*UP, "loss sum(h[m] @ h[m] over m)")
    forward, backward = loops_of(make_loops(graph))
    (uses,) = [number for number, node in graph.nodes.items() if node.op is Op.USES]
    assert moves(graph, uses, backward)
    assert uses in members(backward)
    assert uses not in members(forward)


def test_what_varies_over_fewer_points_stays_outside_a_walk() -> None:
    graph = graph_of(*ATTENTION, "output d[t]")
    _, loop = placed(graph)
    assert node_of(graph, "u") not in members(loop)
    assert node_of(graph, "g") in members(loop)


def test_sums_and_repeats_are_put_in_order() -> None:
    """Sums grow in the adjoint's loop, and what they need comes before it; a large value is made in both loops."""
    graph = adjoint_of(*ATTENTION, "loss sum(d[t] @ d[t] over t)")
    steps = place_nodes(graph, make_loops(graph))
    forward, backward = loops_of(steps)
    sums = find_sums(graph, make_loops(graph))
    assert sums != {}
    assert sums.keys() <= {*members(backward)}
    assert node_of(graph, "g") in {*members(forward)} & {*members(backward)}
    assert Evaluate(node_of(graph, "g")) not in steps
    done: set[int] = set()
    for step in steps:
        inside = {step.node} if isinstance(step, Evaluate) else {*members(step)}
        needed = {operand for number in inside for operand in graph.nodes[number].operands}
        assert needed <= done | inside
        done |= inside
    assert done == set(graph.nodes)
