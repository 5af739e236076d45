"""In which order the bodies of loops run for kernels, and what is between them."""

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule.clusters import cluster, terms_of
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.placement import moves, place_nodes
from rnndsl.schedule.plan import Evaluate, Loop, Step, members
from rnndsl.schedule.pointwise import is_pointwise
from rnndsl.schedule.reads import split_reads
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.verify import verify_schedule
from tests.codegen.emitting import graph_of

TWO = (
    "input x[t] : n",
    "param W",
    "param U",
    "a[t] : n = W @ h[t-1]",
    "b[t] = tanh(a[t]) * x[t]",
    "d[t] : n = U @ h[t-1]",
    "e[t] = tanh(d[t]) * x[t]",
    "h[t] = b[t] + e[t]",
    "output h[t]",
)


def loop_of(steps: tuple[Step, ...]) -> Loop:
    (loop,) = (step for step in steps if isinstance(step, Loop))
    return loop


def ops(graph: RecurrenceGraph, loop: Loop) -> list[Op]:
    """Return what a loop does, but for reads."""
    return [graph.nodes[number].op for number in members(loop) if graph.nodes[number].op is not Op.READ]


def test_products_come_first_and_pointwise_work_stands_together() -> None:
    graph = split_reads(graph_of(*TWO))
    plain = place_nodes(graph, make_loops(graph))
    assert ops(graph, loop_of(plain))[:2] != [Op.CONTRACT, Op.CONTRACT]
    found = ops(graph, loop_of(cluster(graph, plain)))
    assert found[:2] == [Op.CONTRACT, Op.CONTRACT]
    assert sorted(found) == sorted(ops(graph, loop_of(plain)))


def test_what_is_needed_at_the_same_point_comes_before() -> None:
    schedule = make_schedule(graph_of(*TWO), clustered=True)
    order = {number: k for k, number in enumerate(members(loop_of(schedule.steps)))}
    for number, k in order.items():
        skipped = int(moves(schedule.graph, number, loop_of(schedule.steps)))
        operands = schedule.graph.nodes[number].operands[skipped:]
        assert all(order[operand] < k for operand in operands if operand in order)
    verify_schedule(schedule)


def test_matrices_are_another_kind() -> None:
    lines = ("A[t] : n, n = B[t-1] * 0.5 + A[t-1]", "p[t] : n = tanh(q[t-1])", "B[t] = tanh(A[t]) * A[t]")
    more = ("q[t] = p[t] * x[t] + p[t]", "output q[t]", "output z[t] = B[t] @ q[t]")
    graph = split_reads(graph_of("input x[t] : n", *lines, *more))
    steps = cluster(graph, place_nodes(graph, make_loops(graph)))
    for loop in (step for step in steps if isinstance(step, Loop)):
        ranks = [len(graph.nodes[n].shape) for n in members(loop) if is_pointwise(graph, n)]
        assert len([k for k in range(1, len(ranks)) if ranks[k] != ranks[k - 1]]) <= 1


ATTENTION = (
    "input x[s] : n",
    "param v : m",
    "param W",
    "param U",
    "e[t, s]  = v @ tanh(W @ h[t-1] + U @ x[s])",
    "g[t, s]  = exp(e[t, s])",
    "h[t] : n = tanh(sum(g[t, s] * x[s] over s) * q[t])",
    "q[t]     = sum(g[t, s] over s)",
    "output h[t]",
)


def test_sums_over_lanes_are_of_the_kind_of_their_terms() -> None:
    graph = split_reads(graph_of(*ATTENTION))
    loop = loop_of(place_nodes(graph, make_loops(graph)))
    found = {number: terms_of(graph, number, loop) for number in members(loop)}
    names = {number: [index.name for index in terms] for number, terms in found.items() if terms}
    assert names == {graph.equations["q"].node: ["t", "s"]}, "the sum of vectors is a product per example"


def test_what_could_be_done_at_once_waits_for_its_user() -> None:
    lines = ("input x[t] : n", "param W", "a[t] : n = W @ h[t-1]", "b[t] : n = W @ tanh(a[t])")
    graph = split_reads(graph_of(*lines, "h[t] = b[t] * (1 - x[t] * x[t]) + x[t]", "output h[t]"))
    steps = make_loops(graph)
    loop = loop_of(cluster(graph, place_nodes(graph, steps)))
    order = ops(graph, loop)
    products = [k for k, op in enumerate(order) if op is Op.CONTRACT]
    assert order.index(Op.SUB) > products[-1]


def test_pointwise_work_outside_of_loops_stands_together() -> None:
    lines = ("param W, V : n, n", "a[t] = tanh(x[t])", "b[t] = W @ a[t]", "p[t] = V @ x[t]", "q[t] = tanh(p[t])")
    more = ("h[t] = tanh(h[t-1] + a[t])", "y[t] = h[t] * q[t]", "z[t] = W @ y[t]", "u[t] = y[t] * a[t]")
    graph = split_reads(graph_of("input x[t] : n", *lines, *more, "output b[t]", "output z[t]", "output u[t]"))
    plain = place_nodes(graph, make_loops(graph), kernels=True)
    steps = cluster(graph, plain)
    loops = [k for k, step in enumerate(steps) if isinstance(step, Loop)]
    assert loops == [k for k, step in enumerate(plain) if isinstance(step, Loop)], "nothing goes past a loop"
    for part in (steps[: loops[0]], steps[loops[0] + 1 :]):
        kinds = [is_pointwise(graph, step.node) for step in part if isinstance(step, Evaluate)]
        assert len([k for k in range(1, len(kinds)) if kinds[k] != kinds[k - 1]]) <= 2
    done = [number for step in steps for number in (members(step) if isinstance(step, Loop) else (step.node,))]
    for k, number in enumerate(done):
        if graph.nodes[number].op is not Op.READ:
            assert set(graph.nodes[number].operands) <= {*done[:k], *(n for n in done if graph.nodes[n].op is Op.READ)}
