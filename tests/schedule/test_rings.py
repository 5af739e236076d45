"""Rings in the place of tapes: what qualifies, what does not, and that one slot less is wrong."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnndsl.codegen import prelude_rows
from rnndsl.codegen.prelude import Points
from rnndsl.compiler import build, check
from rnndsl.graph.lower_draws import Mode
from rnndsl.locations import data_folder
from rnndsl.passes import BEFORE, run
from rnndsl.runtime.program import Program
from rnndsl.schedule import schedule as scheduling
from rnndsl.schedule.plan import Place, Schedule, ScheduleError, Storage
from rnndsl.schedule.rings import keep_windows, reads_last
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.verify import verify_schedule
from tests.codegen.programs import compile_small, even_data
from tests.schedule.specs import TREE, adjoint_of, graph_of, node_of, read_of

X = "input x[t] : n"
LSTM = (X, "param W, U", "c[t] : n = tanh(W @ h[t-1]) * c[t-1] + x[t]", "h[t] : n = tanh(U @ c[t])")

#: What is given to the verifier with one slot less in every ring: graphs of these models, and of these modes.
MODELS = ("char_lstm", "encoder_decoder", "fast_weights", "luong", "ntm", "stack_rnn", "word_clock")
MODES: tuple[Mode, ...] = ("observe", "sample")


def kept(*lines: str) -> dict[str, tuple[Place, int]]:
    """Return where the equations of a model without a gradient live, and in how many slots."""
    schedule = make_schedule(graph_of(*lines))
    verify_schedule(schedule)
    found = {name: schedule.storage[e.node] for name, e in schedule.graph.equations.items()}
    return {name: (storage.place, storage.slots) for name, storage in found.items()}


def test_a_state_that_nobody_reads_later_has_a_ring() -> None:
    assert kept(*LSTM, "output h[t]") == {"c": (Place.RING, 2), "h": (Place.TAPE, 0)}
    assert kept(*LSTM, "output c[t]") == {"c": (Place.TAPE, 0), "h": (Place.RING, 2)}


def test_a_state_that_a_product_outside_reads_has_all_its_points() -> None:
    assert kept(*LSTM, "param V : 3, n", "z[t] = V @ h[t]", "output z[t]")["h"] == (Place.TAPE, 0)


def test_the_gradient_reads_all_states() -> None:
    schedule = make_schedule(adjoint_of(*LSTM, "loss sum(h[t] @ h[t] over t)"))
    assert {schedule.storage[node_of(schedule.graph, name)].place for name in "hc"} == {Place.TAPE}


def test_there_are_as_many_slots_as_steps_are_read_back_and_one() -> None:
    lines = (X, "h[t] : n = sin(g[t-1] + h[t-4] + x[t])", "g[t] : n = g[t-2] * h[t]", "output z = last(g[t] over t)")
    assert kept(*lines) == {"h": (Place.RING, 5), "g": (Place.RING, 5), "z": (Place.WHOLE, 0)}
    lines = (X, "param W[i] : n, n", "h[t] : n = sin(sum(W[i] @ c[t-i] over i) + x[t])", "c[t] : n = sin(h[t])")
    assert kept(*lines, "output h[t]")["c"] == (Place.RING, 4)


def test_the_last_point_alone_is_read_out_of_the_ring() -> None:
    assert kept(*LSTM, "output z = last(h[t] over t)")["h"] == (Place.RING, 2)
    for other in ("first(h[t] over t)", "last(h[t] over t) + first(h[t] over t)", "sum(h[t] over t)"):
        assert kept(*LSTM, f"z : n = {other}", "output z")["h"] == (Place.TAPE, 0), other


def test_reads_of_the_last_point() -> None:
    graph = graph_of(*LSTM, "output z = last(h[t] over t)", "output y = first(h[t] over t)")
    state = node_of(graph, "h")
    users = graph.users[state]
    assert [graph.outputs[name].node for name in "z"] == [user for user in users if reads_last(graph, user, state)]
    assert not reads_last(graph, read_of(graph, "h", -1), state)


def test_views_of_a_state_count_as_the_state() -> None:
    lines = (X, "h[t] : 2 * n = concat(x[t], sin(c[t-1]))", "c[t] : n = part(h[t-1], 1, 2) + part(h[t], 2, 2)")
    assert kept(*lines, "output c[t]")["h"] == (Place.RING, 2)
    assert kept(*lines, "output c[t]", "z[t] : n = part(h[t], 1, 2)", "output z[t]")["h"] == (Place.TAPE, 0)


def test_fronts_trees_and_walks_inside_others_have_no_rings() -> None:
    grid = (
        "input x[t, s] : n",
        "h[t, s] : n = tanh(h[t-1, s] + h[t, s-1] + x[t, s])",
        "output z = last(last(h[t, s] over t) over s)",
    )
    assert kept(*grid)["h"] == (Place.TAPE, 0)
    tree = (*TREE, "input x[m] : n", "h[m] : n = sum(tanh(h[c]) over c) + x[m]", "output z = root(h[m] over m)")
    assert kept(*tree)["h"] == (Place.TAPE, 0)


def test_what_hands_on_points_of_several_indices_has_no_ring() -> None:
    lines = ("input x[t, s] : n", "g[t, s] : n = tanh(h[t-1, s] + x[t, s])", "h[t, s] : n = tanh(g[t, s-1] + g[t, s])")
    graph = graph_of(*lines, "output z[s] = sum(h[t, s] over t)")
    place = {stream: make_schedule(graph, stream).storage[node_of(graph, "h")].place for stream in ("", "s")}
    assert place == {"": Place.RING, "s": Place.TAPE}


# One slot less ------------------------------------------------------------------------------------------------------


def rings(schedule: Schedule) -> dict[int, Storage]:
    return {n: storage for n, storage in schedule.storage.items() if storage.place is Place.RING}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", MODELS)
def test_the_verifier_refuses_a_ring_that_is_one_slot_short(name: str, mode: Mode) -> None:
    graph = run(build(check(data_folder("specs") / "models" / f"{name}.rnn"), mode), BEFORE)
    schedule = make_schedule(graph, "")
    verify_schedule(schedule)
    assert rings(schedule)
    for number, own in rings(schedule).items():
        short = replace(own, slots=own.slots - 1)
        with pytest.raises(ScheduleError, match="further back than its operand's ring"):
            verify_schedule(replace(schedule, storage={**schedule.storage, number: short}))


DELAYS = """
model Delays(n = 3):
    index  t : sequence
    input  x[t] : n
    param  W
    h[t] : n = tanh(W @ c[t-1] + x[t])
    c[t] : n = sin(h[t-3]) + c[t-1] * h[t]
    output c[t]
    output z = last(h[t] over t)
"""


def short(schedule: Schedule) -> dict[int, Storage]:
    found = keep_windows(schedule)
    return {n: replace(own, slots=own.slots - 1) if own.slots else own for n, own in found.items()}


def results(program: Program) -> dict[str, NDArray[Any]]:
    data = even_data(program, 2, 7)
    data["x"][1, 5:] = np.nan
    return program.run(program.init(1), data, lengths={"t": [7, 5]})


def test_one_slot_less_gives_other_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    right = results(compile_small(DELAYS))
    monkeypatch.setattr(scheduling, "keep_windows", lambda plan: dict(plan.storage))
    tape = results(compile_small(DELAYS))
    assert all(np.array_equal(right[name], tape[name]) for name in right)
    monkeypatch.setattr(scheduling, "keep_windows", short)
    wrong = results(compile_small(DELAYS))
    assert not np.allclose(right["c"], wrong["c"])


def test_a_ring_does_not_grow_with_the_sequence() -> None:
    """Of 10 times as many steps, lists that say which slot is whose are longer, no buffer."""
    program = compile_small(DELAYS.replace("output c[t]", "output y = last(c[t] over t)"), n=3)
    data = {"x": np.ones((2, 40, 3))}
    rows = [prelude_rows.in_ring(Points([n, n], 3), 4, 1) for n in (40, 400)]
    assert [len({id(part) for part in own}) for own in rows] == [4, 4]
    sizes = []
    for steps in (40, 400):
        program.run(program.init(0), {"x": np.tile(data["x"], (1, steps // 40, 1))})
        buffers = program._module["POOLS"]["forward"][-1].buffers  # noqa: SLF001 - what a call keeps
        sizes.append({name: buffer.size for name, buffer in buffers.items()})
    assert {name for name in sizes[0] if sizes[0][name] != sizes[1][name]} == {"x"}


def test_what_the_verifier_refuses() -> None:
    schedule = make_schedule(graph_of(*LSTM, "output h[t]"))
    graph = schedule.graph
    c, h = node_of(graph, "c"), node_of(graph, "h")
    ring = schedule.storage[c]

    def refused(number: int, storage: Storage, match: str) -> None:
        with pytest.raises(ScheduleError, match=match):
            verify_schedule(replace(schedule, storage={**schedule.storage, number: storage}))

    refused(h, ring, "needed after the loop")
    refused(c, replace(ring, halo=False), "no room|not on a tape")
    refused(c, replace(ring, takes=h), "of another kind")
    product = next(n for n in graph.users[c] if n in schedule.home)
    assert product != c
    other = make_schedule(graph_of(X, "a[t] : n = sin(x[t])", "output z[t] = a[t] * a[t-1]"))
    a = node_of(other.graph, "a")
    with pytest.raises(ScheduleError, match="no loop walks one sequence forward"):
        verify_schedule(replace(other, storage={**other.storage, a: ring}))
