"""In which order the bodies of loops run for kernels, and what is pointwise."""

import re

import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule.clusters import cluster, is_pointwise, parts_kernels, terms_of
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
        ("y[t] = x[t]^x[t]", True),
        ("y[t] = log(x[t])", True),
        ("y[t] = softplus(x[t])", True),
        ("y[t] = sin(x[t])", False),
        ("y[t] = sum(x[t])", True),
        ("y[t] = x[t] @ x[t]", True),
        ("y[t] : n = W @ x[t]", False),
        ("y = sum(x[t] over t)", False),
        ("y[t] = softmax(x[t])", False),
        ("y[t] = max(x[t])", True),
        ("y[t] = max(z[t, l] over l)", True),
        ("y = max(x[t] over t)", False),
        ("y[t] = sum(z[t, l] over l)", True),
        ("y[t] : n = sum(z[t, l] * u[t, l] over l)", True),
        ("y[t, i] = sum(z[t, l] * p[i, l] over l)", True),  # three rows: no call of BLAS pays for them
        ("y[t, q] = sum(z[t, l] * p[q, l] over l)", False),  # all rows with one matrix
        ("y[t, q] : n = sum(w[t, l, q] * u[t, l] over l)", False),  # two matrices for every row
        ("y[t, i] : n = sum(w[t, l, i] * u[t, l] over l)", True),
    ],
)
def test_pointwise(line: str, pointwise: bool) -> None:  # noqa: FBT001 - a column of the table
    rows = "q" if "q" in line else "i"
    given = {
        "l": "index l : 1..m", "q": "index q : 1..m", "W": "param W", "p": f"param p[{rows}, l] : scalar",
        "z": "input z[t, l] : scalar", "u": "input u[t, l] : n", "w": f"input w[t, l, {rows}] : scalar",
    }  # fmt: skip
    used = [text for name, text in given.items() if re.search(rf"\b{name}\b", line)]
    graph = graph_of("input x[t] : n", *used, line, f"output {line.partition(' = ')[0].partition(' :')[0]}")
    assert is_pointwise(graph, graph.equations["y"].node) is pointwise


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


def test_products_of_matrices_part_kernels() -> None:
    graph = graph_of("input x[t] : n", "param W : n, n", "p[t] = W @ x[t]", "q[t] = sin(p[t])", "output q[t]")
    assert [parts_kernels(graph, graph.equations[name].node) for name in "pq"] == [True, False]
