"""Kernels: runs of pointwise statements are one call, and everything else stays as it is."""

from rnndsl.ops import Op
from rnndsl.schedule.counting import count_work
from rnndsl.schedule.fused import CALL, fuse
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.work import LIGHT
from tests.schedule.specs import adjoint_of, graph_of
from tests.schedule.test_extents import EXTENTS

GATED = (
    "input x[t] : n",
    "param U",
    "z[t] : n = sigmoid(U @ h[t-1] + x[t])",
    "h[t] = z[t] * h[t-1] + (1 - z[t]) * x[t]",
)


def test_a_run_is_one_call() -> None:
    schedule = make_schedule(adjoint_of(*GATED, "loss sum(sum(h[t]) over t)"), clustered=True)
    plain = list(count_work(schedule, EXTENTS))
    fused = list(fuse(schedule, plain))
    assert [one.node for one in fused] == [one.node for one in plain]
    assert [one.product for one in fused] == [one.product for one in plain]
    statements, kernels = (sum(one.calls for one in work if one.node is not None) for work in (plain, fused))
    assert kernels < 0.8 * statements
    nodes = schedule.graph.nodes
    (before,) = [one for one in plain if one.node is not None and nodes[one.node].op is Op.SIGMOID]
    (after,) = [one for one in fused if one.node == before.node]
    assert after.calls in {0, CALL * 4}
    assert after.numbers[LIGHT] < before.numbers[LIGHT]


def test_a_statement_alone_is_no_kernel() -> None:
    schedule = make_schedule(graph_of("input x[t] : n", "y[t] = tanh(x[t])", "output y[t]"), clustered=True)
    plain = list(count_work(schedule, EXTENTS))
    assert list(fuse(schedule, plain)) == plain
