"""In which order the bodies of loops run for kernels, and what is pointwise."""

import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule.clusters import cluster, is_pointwise
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.placement import moves, place_nodes
from rnndsl.schedule.plan import Loop, Step, members
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


@pytest.mark.parametrize(
    ("line", "pointwise"),
    [
        ("y[t] = tanh(x[t]) * x[t]", True),
        ("y[t] = x[t]^x[t]", False),
        ("y[t] = log(x[t])", False),
        ("y[t] = softplus(x[t])", False),
        ("y[t] = sum(x[t])", True),
        ("y[t] = x[t] @ x[t]", True),
        ("y[t] : n = W @ x[t]", False),
        ("y = sum(x[t] over t)", False),
        ("y[t] = softmax(x[t])", False),
    ],
)
def test_pointwise(line: str, pointwise: bool) -> None:  # noqa: FBT001 - a column of the table
    graph = graph_of("input x[t] : n", *(["param W"] if "W" in line else []), line, f"output {line.partition(' ')[0]}")
    number = graph.equations["y"].node
    assert is_pointwise(graph, number) is pointwise
    assert adds(graph.nodes[number]) is (line.endswith(("sum(x[t])", "x[t] @ x[t]")))
