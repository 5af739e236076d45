"""The verifier of shared buffers refuses each way in which a value can be lost."""

from dataclasses import replace

import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.schedule.plan import Place, Schedule, ScheduleError
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.verify_sharing import verify_sharing
from tests.schedule.specs import adjoint_of, graph_of, node_of

X = "input x[t] : n"
CHAIN = (
    X,
    "param W, U, V : n, n",
    "p[t] = W @ x[t]",
    "q[t] = U @ p[t]",
    "r[t] = V @ q[t]",
    "output z = last(r[t] over t)",
)
RNN = (X, "param W, V : n, n", "p[t] = V @ x[t]", "g[t] : n = tanh(W @ h[t-1] + p[t])",
       "h[t] : n = g[t] * (1 + g[t]) + h[t-1]", "loss sum(h[t] @ h[t] over t)")  # fmt: skip


def over(schedule: Schedule, name: str, owner: str) -> Schedule:
    """Let a quantity stand in another one's buffer."""
    graph, number = schedule.graph, node_of(schedule.graph, name)
    storage = {n: replace(s, takes=None) for n, s in schedule.storage.items()}
    storage[number] = replace(storage[number], takes=node_of(graph, owner))
    return replace(schedule, storage=storage)


def test_dead_values_may_be_written_over() -> None:
    verify_sharing(over(make_schedule(graph_of(*CHAIN)), "r", "p"))


def test_a_value_that_is_still_read_may_not() -> None:
    again = (*CHAIN[:3], "q[t] = sin(p[t])", "r[t] = V @ q[t] + p[t]", "output z = last(r[t] over t)")
    with pytest.raises(ScheduleError, match="reads it, but node"):
        verify_sharing(over(without_sharing(graph_of(*again)), "q", "p"))


def test_what_is_returned_is_there_at_the_end() -> None:
    with pytest.raises(ScheduleError, match="is in its buffer"):
        verify_sharing(over(make_schedule(graph_of(*CHAIN, "output p[t]")), "r", "p"))


def test_what_the_next_chunk_starts_from_is_there_at_the_end() -> None:
    lines = (X, "param W : n, n", "h[t] : n = tanh(W @ h[t-1] + x[t])", "r[t] = W @ h[t]", "o[t] = W @ r[t]",
             "output z = last(o[t] over t)")  # fmt: skip
    with pytest.raises(ScheduleError, match="is in its buffer"):
        verify_sharing(over(make_schedule(graph_of(*lines)), "o", "h"))


def test_slots_of_a_step_may_be_written_over_once_they_are_read() -> None:
    schedule = make_schedule(adjoint_of(*RNN))
    verify_sharing(schedule)
    taken = next(n for n, s in schedule.storage.items() if s.takes is not None and s.place is Place.TAPE)
    assert schedule.graph.nodes[taken].domain


def test_slots_that_the_step_still_reads_may_not() -> None:
    schedule = make_schedule(adjoint_of(*RNN))
    graph = schedule.graph
    tapes = {n: s for n, s in schedule.storage.items() if s.place is Place.TAPE and graph.nodes[n].adjoint}
    owner = next(s.takes for s in tapes.values() if s.takes is not None)
    loops = [n for n, path in schedule.home.items() if path and graph.nodes[n].adjoint]
    g = node_of(graph, "g")
    first = min(loops, key=lambda n: [u not in graph.users[g] for u in (n,)])
    storage = dict(schedule.storage)
    storage[first] = replace(storage[first], place=Place.TAPE, takes=owner, into=None, ring=0)
    with pytest.raises(ScheduleError, match="is in its buffer"):
        verify_sharing(replace(schedule, storage=storage))


def test_other_steps_of_a_tape_may_not() -> None:
    """A state is read one step later: no other tape of its loop may have its slots."""
    lines = (X, "param W : n, n", "h[t] : n = tanh(W @ h[t-1] + c[t])", "c[t] : n = sin(h[t-1] + x[t])")
    schedule = make_schedule(graph_of(*lines, "output z = sum(c[t] over t)", "output y = sum(h[t] over t)"))
    with pytest.raises(ScheduleError, match="at other steps, where it is overwritten"):
        verify_sharing(over(schedule, "c", "h"))


def test_rooms() -> None:
    schedule = make_schedule(graph_of(X, "input u[s] : n", "param W : n, n", "p[t] = W @ x[t]", "q[s] = W @ u[s]",
                                      "h[t] : n = tanh(W @ h[t-1] + p[t])", "output q[s]", "output h[t]"))  # fmt: skip
    with pytest.raises(ScheduleError, match="of another kind"):
        verify_sharing(over(schedule, "q", "p"))
    with pytest.raises(ScheduleError, match="has no halo"):
        verify_sharing(over(schedule, "h", "p"))
    chained = over(over(make_schedule(graph_of(*CHAIN)), "q", "p"), "r", "q")
    middle = node_of(chained.graph, "q")
    storage = {**chained.storage, middle: replace(chained.storage[middle], takes=node_of(chained.graph, "p"))}
    with pytest.raises(ScheduleError, match="is not its own"):
        verify_sharing(replace(chained, storage=storage))


@pytest.mark.parametrize("terms", ["p[t] + sin(q[t]) + cos(q[t])", "sin(q[t]) + p[t] + cos(q[t])"])
def test_a_sum_stands_over_one_of_its_first_two_terms(terms: str) -> None:
    lines = (*CHAIN[:4], f"r[t] = {terms}", "output z = last(r[t] over t)")
    verify_sharing(over(without_sharing(graph_of(*lines)), "r", "p"))


def test_a_sum_stands_over_no_term_that_is_added_later() -> None:
    lines = (*CHAIN[:4], "r[t] = sin(q[t]) + cos(q[t]) + p[t]", "output z = last(r[t] over t)")
    with pytest.raises(ScheduleError, match="before it is added"):
        verify_sharing(over(without_sharing(graph_of(*lines)), "r", "p"))


def without_sharing(graph: RecurrenceGraph) -> Schedule:
    """Return a schedule in which every value has a buffer of its own."""
    schedule = make_schedule(graph)
    own = {number: replace(storage, into=None, takes=None) for number, storage in schedule.storage.items()}
    return replace(schedule, storage=own)


def test_nothing_but_a_softmax_is_computed_over_an_operand_unless_component_by_component() -> None:
    with pytest.raises(ScheduleError, match="computed over it, but not component by component"):
        verify_sharing(over(make_schedule(graph_of(*CHAIN)), "q", "p"))
    lines = (*CHAIN[:3], "q[t] = softmax(p[t])", "output z = last(q[t] over t)")
    verify_sharing(over(without_sharing(graph_of(*lines)), "q", "p"))


def test_room_for_one_step_is_taken_over_when_the_step_has_no_more_use_for_it() -> None:
    lines = (X, "param W, U, V : n, n", "p[t] : n = W @ h[t-1]", "q[t] = U @ (p[t] + x[t])", "r[t] = V @ q[t]")
    again = (*lines, "h[t] = r[t] * p[t]", "output z = last(h[t] over t)")
    verify_sharing(over(without_sharing(graph_of(*lines, "h[t] = r[t] * q[t]", again[-1])), "r", "p"))
    schedule = without_sharing(graph_of(*again))
    assert {schedule.storage[node_of(schedule.graph, name)].place for name in "pr"} == {Place.STEP}
    with pytest.raises(ScheduleError, match="reads it, but node"):
        verify_sharing(over(schedule, "r", "p"))


def test_what_later_calls_are_given_stays() -> None:
    """A matrix that parameters alone make is made once for many calls, but not where it is spent."""
    lines = (X, "param A, B : n, n", "C = A * B", "D = C @ A", "output z[t] = D @ x[t]")
    schedule = over(without_sharing(graph_of(*lines)), "D", "C")
    storage = {**schedule.storage, node_of(schedule.graph, "D"): schedule.storage[node_of(schedule.graph, "D")]}
    with pytest.raises(ScheduleError, match="which later calls may be given"):
        verify_sharing(replace(schedule, storage=storage))


def test_data_come_first() -> None:
    """They are laid out before all steps, so nothing leaves its buffer to them."""
    graph = graph_of(X, "input u[t] : n", "p[t] = sin(u[t])", "q[t] = p[t] * x[t]", "output z = last(q[t] over t)")
    schedule = without_sharing(graph)
    (x,) = [number for number, node in graph.nodes.items() if node.attr == "x"]
    storage = {**schedule.storage, x: replace(schedule.storage[x], takes=node_of(graph, "p"))}
    with pytest.raises(ScheduleError, match="of another kind"):
        verify_sharing(replace(schedule, storage=storage))


def test_a_kernel_writes_over_nothing_that_it_reads() -> None:
    """It does all steps in one row before it comes to the next one."""
    same = (X, "param W : n, n", "p[t] = W @ x[t]", "q[t] = sin(p[t])", "r[t] = q[t] * q[t]")
    graph = graph_of(*same, "output z = last(r[t] over t)")
    verify_sharing(over(without_sharing(graph), "r", "p"))
    with pytest.raises(ScheduleError, match="a kernel may write over node"):
        verify_sharing(over(replace(without_sharing(graph), clustered=True), "r", "p"))
