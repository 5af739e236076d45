"""Where values live: halos for reads of earlier points, rings for loops that walk back, views that are never copied."""

import pytest

from rnndsl.ops import Op
from rnndsl.schedule.plan import Loop, Place, Schedule, Storage
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.storage import delay, find_halos, find_home, find_sites, is_view, walked_by
from tests.schedule.specs import TREE, adjoint_of, graph_of, index_of, loops_of, node_of, read_of

X = "input x[t] : n"
RNN = (X, "param W", "h[t] : n = tanh(W @ h[t-1] + x[t])")


def node(schedule: Schedule, op: Op) -> int:
    """Return the only node of an operator."""
    (number,) = [n for n, node in schedule.graph.nodes.items() if node.op is op]
    return number


def test_states_that_are_read_earlier_have_a_halo() -> None:
    schedule = make_schedule(graph_of(*RNN, "output h[t]"))
    state = schedule.storage[node_of(schedule.graph, "h")]
    assert (state.place, state.halo, state.ring) == (Place.TAPE, True, 0)
    assert schedule.storage[read_of(schedule.graph, "h", -1)].place is Place.VIEW
    assert schedule.storage[node(schedule, Op.PARAM)].place is Place.SOURCE


def test_inputs_that_are_read_earlier_have_a_halo() -> None:
    schedule = make_schedule(graph_of(X, "output z[t] = x[t] * x[t-2]"))
    assert schedule.storage[node(schedule, Op.INPUT)].halo
    assert schedule.halos[index_of(schedule.graph, "t")] == 2


def test_halos_are_as_large_as_the_largest_delay() -> None:
    lines = (X, "input y[s] : n", "h[t] : n = sin(h[t-1] + h[t-4] + x[t-2])", "g[s] : n = g[s+3] + y[s]")
    graph = graph_of(*lines, "output h[t]", "output g[s]")
    assert find_halos(graph) == {index_of(graph, "t"): 4, index_of(graph, "s"): 0}


def test_delays_by_a_range_count_with_its_largest_point() -> None:
    graph = graph_of(
        X, "param W[i] : n, n", "h[t] : n = sin(sum(W[i] @ h[t-i] over i) + x[t])", "output h[t]", dims={"k": 5}
    )
    assert find_halos(graph)[index_of(graph, "t")] == 5


def test_loops_that_walk_back_keep_a_ring() -> None:
    schedule = make_schedule(graph_of(X, "g[t] : n = sin(g[t+3] + x[t])", "output z = first(g[t] over t)"))
    state = schedule.storage[node_of(schedule.graph, "g")]
    assert (state.halo, state.ring) == (False, 3)


def test_a_value_that_only_the_next_step_reads_lives_in_the_ring() -> None:
    schedule = make_schedule(adjoint_of(*RNN, "loss sum(h[t] @ h[t] over t)"))
    rings = [storage for storage in schedule.storage.values() if storage.ring]
    assert [(s.place, s.ring, s.in_ring) for s in rings] == [(Place.STEP, 1, True)]


def test_a_value_read_now_and_later_is_not_overwritten_in_the_ring() -> None:
    lines = (X, "param V", "a[t] : n = tanh(b[t+1] + x[t])", "b[t] : n = V @ a[t+1] + a[t]", "output b[t]")
    schedule = make_schedule(graph_of(*lines))
    state = schedule.storage[node_of(schedule.graph, "a")]
    assert state.ring == 1
    assert not state.in_ring


def test_what_only_a_step_needs_has_a_buffer_for_one_step() -> None:
    schedule = make_schedule(graph_of(*RNN, "output z = last(h[t] over t)"))
    places = {schedule.storage[n].place for n in schedule.home}
    assert places == {Place.RING, Place.STEP, Place.VIEW}
    graph = graph_of(X, "a[t] : n = tanh(h[t-1])", "h[t] : n = a[t] * a[t] + x[t]", "output h[t]")
    schedule = make_schedule(graph)
    assert schedule.storage[node_of(schedule.graph, "a")].place is Place.STEP


def test_values_are_computed_in_place_where_nobody_else_looks() -> None:
    schedule = make_schedule(graph_of(X, "param W", "a[t] : n = W @ x[t]", "z[t] = tanh(a[t])", "output z[t]"))
    graph = schedule.graph
    assert schedule.storage[node_of(graph, "a")].into == node_of(graph, "z")
    schedule = make_schedule(
        graph_of(X, "param W", "a[t] : n = W @ x[t]", "z[t] = tanh(a[t])", "output z[t]", "output a[t]")
    )
    assert schedule.storage[node_of(schedule.graph, "a")].into is None
    schedule = make_schedule(graph_of(X, "param W", "a[t] : n = W @ x[t]", "z[t] = a[t] * a[t]", "output z[t]"))
    assert schedule.storage[node_of(schedule.graph, "a")].into is None


def test_parts_of_a_concat_are_computed_in_it() -> None:
    schedule = make_schedule(graph_of(X, "a[t] = sin(x[t])", "b[t] = cos(x[t])", "output z[t] = concat(a[t], b[t])"))
    whole = node(schedule, Op.CONCAT)
    assert {schedule.storage[node_of(schedule.graph, name)].into for name in "ab"} == {whole}


def test_numbers_are_inline_and_slices_are_views() -> None:
    schedule = make_schedule(graph_of(X, "output z[t] = slice(x[t], 1, 2) * 3"))
    assert schedule.storage[node(schedule, Op.CONST)].place is Place.INLINE
    assert schedule.storage[node(schedule, Op.SLICE)].place is Place.VIEW


def test_a_slice_that_outlives_its_step_is_copied() -> None:
    lines = (
        X,
        "a[t] : 2 * n = concat(x[t], b[t+1])",
        "b[t] : n = slice(a[t], 1, n) * b[t+1]",
        "c[t] = part(a[t], 2, 2)",
    )
    graph = graph_of(*lines, "d[t] : n = c[t+1] + d[t+1]", "output d[t]")
    schedule = make_schedule(graph)
    number = node_of(schedule.graph, "c")
    assert schedule.graph.nodes[number].op is Op.SLICE
    home = {n: (Loop(0, ((index_of(graph, "t"), 1),), forward=False, body=()),) for n in schedule.graph.nodes}
    assert not is_view(schedule.graph, number, home, schedule.layouts)
    assert is_view(schedule.graph, number, {}, schedule.layouts)


def test_homes() -> None:
    graph = graph_of(X, "h[t, i] : n = sin(h[t-1, i] + h[t, i-1] + x[t])", "output h[t, i]")
    schedule = make_schedule(graph)
    (outer,) = loops_of(schedule.steps)
    (inner,) = loops_of(outer.body)
    assert schedule.home[node_of(schedule.graph, "h")] == (outer, inner)
    assert find_home(schedule.steps) == schedule.home


def test_delays() -> None:
    graph = graph_of(X, "param a", "h[t] : n = sin(h[t-2] + x[t+1])", "init h = a", "output h[t]")
    late, ahead = read_of(graph, "h", -2), read_of(graph, "x", 1)
    assert delay(graph, late) == (index_of(graph, "t"), 2)
    assert delay(graph, ahead) is None


def test_what_is_read_and_summed_outside_its_loop_is_kept_whole() -> None:
    """The window of delays is no view: its loop makes it step by step, and the gradient of W needs all of it."""
    schedule = make_schedule(
        adjoint_of(
            X,
            "param W[i] : n, n",
            "h[t] : n = tanh(sum(W[i] @ h[t-i] over i) + x[t])",
            "loss sum(h[t] @ h[t] over t)",
        )
    )
    window = schedule.graph.readers[node_of(schedule.graph, "h")][0]
    assert find_sites(schedule.steps)[window] == {0}
    assert schedule.storage[window].place is Place.TAPE


# Fronts and trees -----------------------------------------------------------------------------------------------------

GRID = ("input x[t, s] : n", "h[t, s] : n = tanh(h[t-1, s] + h[t, s-1] + x[t, s])")
UP = (*TREE, "input x[m] : n", "h[m] : n = tanh(sum(h[c] over c) + x[m])")


@pytest.mark.parametrize("lines", [(*GRID, "output h[t, s]"), (*UP, "output h[m]")], ids=["grid", "tree"])
def test_other_fronts_are_gathered_from_a_tape_with_a_margin(lines: tuple[str, ...]) -> None:
    schedule = make_schedule(graph_of(*lines))
    state = node_of(schedule.graph, "h")
    assert schedule.storage[state] == Storage(Place.TAPE, halo=True)
    reads = schedule.graph.readers[state]
    assert {schedule.storage[read].place for read in reads} == {Place.STEP}
    assert not any(is_view(schedule.graph, read, schedule.home, schedule.layouts) for read in reads)


def test_fronts_that_are_walked_back_have_no_ring() -> None:
    lines = (
        "input x[t, s] : n",
        "h[t, s] : n = tanh(h[t+1, s] + h[t, s+1] + x[t, s])",
        "output z = first(h[t, s] over t, s)",
    )
    schedule = make_schedule(graph_of(*lines))
    assert schedule.storage[node_of(schedule.graph, "h")] == Storage(Place.TAPE, halo=True)


def test_what_parents_give_their_children_is_on_a_tape() -> None:
    schedule = make_schedule(adjoint_of(*UP, "loss sum(h[m] @ h[m] over m)"))
    (uses,) = [node for node in schedule.graph.nodes.values() if node.op is Op.USES]
    given = schedule.storage[uses.operands[0]]
    assert (given.place, given.ring, given.halo) == (Place.TAPE, 0, False)


def test_only_delays_along_one_sequence_make_halos() -> None:
    graph = graph_of(
        *GRID, *UP[:2], "input y[m] : n", "g[m] : n = tanh(g[parent(m)] + y[m])", "output h[t, s]", "output g[m]"
    )
    assert find_halos(graph) == {index_of(graph, "t"): 1, index_of(graph, "s"): 1}


def test_lanes_are_slices_too() -> None:
    lines = ("input x[t, s] : n", "h[t, s] : n = tanh(h[t-1, s] + x[t, s])")
    schedule = make_schedule(graph_of(*lines, "output h[t, s]"))
    (read,) = schedule.graph.readers[node_of(schedule.graph, "h")]
    assert schedule.storage[read].place is Place.VIEW
    schedule = make_schedule(graph_of(*lines[:1], "h[t, s] : n = tanh(h[t-1, s-1] + x[t, s])", "output h[t, s]"))
    (read,) = schedule.graph.readers[node_of(schedule.graph, "h")]
    assert schedule.storage[read].place is Place.STEP  # along the lanes, too: rows are taken one by one


def test_the_loops_that_compute_a_value() -> None:
    schedule = make_schedule(graph_of(*GRID, "output z[t, s] = cos(h[t, s])"))
    (loop,) = loops_of(schedule.steps)
    sites, state = find_sites(schedule.steps), node_of(schedule.graph, "h")
    assert sites[state] == {loop.number}
    assert sites[node(schedule, Op.COS)] == {None}
    assert walked_by(schedule.home, state) == loop
    assert walked_by(schedule.home, node(schedule, Op.COS)) is None
