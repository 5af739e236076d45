"""Which reads along ranges kernels do themselves."""

import pytest

from rnndsl.ops import Op
from rnndsl.schedule.plan import Place
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.verify import verify_schedule
from tests.schedule.specs import adjoint_of, graph_of

GIVEN = (
    "index m : cyclic(5)",
    "index j : -1..1",
    "input x[t, m] : scalar",
    "input a[t, j] : scalar",
    "input v[t, m] : n",
)


@pytest.mark.parametrize(
    ("lines", "shifted"),
    [
        (("y[t, m] = sum(w[t, m-j] * a[t, j] over j)",), 1),
        (("y[t, m] = tanh(w[t, m-1]) * w[t, m+1]",), 2),
        (("u[t, m] : n = tanh(v[t, m])", "y[t, m] = sum(u[t, m-1]) * w[t, m]"), 1),
        (("y[t, m] = sin(w[t, m-1])",), 0),  # no kernel can compute that
        (("y[t, m] = w[t, m-1]",), 0),  # the read itself is what is asked for
        (("y[t, m] = tanh(x[t, m-1])",), 0),  # data
    ],
)
def test_shifts(lines: tuple[str, ...], shifted: int) -> None:
    graph = graph_of(*GIVEN, "w[t, m] = tanh(x[t, m])", *lines, "output y[t, m]")
    schedule = make_schedule(graph, clustered=True)
    verify_schedule(schedule)
    assert len(schedule.shifts) == shifted
    for number in schedule.shifts:
        assert schedule.graph.nodes[number].op is Op.READ
        assert schedule.storage[number].place is Place.VIEW
    assert make_schedule(graph).shifts == frozenset(), "NumPy gathers"


def test_what_lies_outside_a_range_is_asked_for_number_by_number() -> None:
    lines = ("input x[t, i] : scalar", "w[t, i] = tanh(x[t, i])", "y[t, i] = tanh(w[t, i-1])")
    assert len(make_schedule(graph_of(*lines, "output y[t, i]"), clustered=True).shifts) == 1
    vectors = ("input v[t, i] : n", "w[t, i] = tanh(v[t, i])", "y[t, i] = tanh(w[t, i-1])", "output y[t, i]")
    assert not make_schedule(graph_of(*vectors), clustered=True).shifts


def test_values_of_a_later_step_are_gathered_before_their_place_is_taken() -> None:
    lines = ("index m : cyclic(5)", "input x[t, m] : scalar", "h[t, m] = tanh(h[t-1, m-1] + h[t-1, m+1] + x[t, m])")
    schedule = make_schedule(adjoint_of(*lines, "loss sum(sum(h[t, m] over m) over t)"), clustered=True)
    nodes, home = schedule.graph.nodes, schedule.home
    assert schedule.shifts, "those of earlier steps are"
    assert all(nodes[nodes[n].operands[0]].op is not Op.READ or home[n][0].forward for n in schedule.shifts)
