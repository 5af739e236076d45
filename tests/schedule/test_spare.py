"""Spare buffers: of all that are there, those that hold no result."""

import pytest

from rnndsl.schedule.plan import Place, Schedule
from rnndsl.schedule.schedule import make_schedule
from tests.schedule.specs import adjoint_of, graph_of, node_of

RNN = ("input x[t] : n", "param W, V : n, n", "h[t] : n = tanh(W @ h[t-1] + V @ x[t])")


def owner(schedule: Schedule, name: str) -> int:
    """Return the owner of the buffer of a quantity."""
    number = node_of(schedule.graph, name)
    takes = schedule.storage[number].takes
    return number if takes is None else takes


def test_tapes_are_spare_when_a_step_is_done() -> None:
    schedule = make_schedule(adjoint_of(*RNN, "loss sum(h[t] @ h[t] over t)"), spent=True)
    (spare,) = schedule.spare
    assert schedule.storage[spare].place in {Place.WHOLE, Place.TAPE}
    assert spare != owner(schedule, "h"), "the gradient of the data is in there"


@pytest.mark.parametrize("result", ["h[t]", "slice(h[t], 1, 2)", "h[t] + x[t]"])
def test_what_holds_a_result_or_a_part_of_one_is_not(result: str) -> None:
    lines = ("input x[t] : 4", "param W : 4, 4", "h[t] : 4 = tanh(W @ x[t])", f"y[t] = {result}", "output y[t]")
    schedule = make_schedule(graph_of(*lines))
    assert owner(schedule, "h") not in schedule.spare


def test_what_the_next_chunk_begins_with_is_not() -> None:
    graph = graph_of(*RNN, "output z = last(h[t] over t)")
    assert owner(make_schedule(graph, "t"), "h") not in make_schedule(graph, "t").spare
