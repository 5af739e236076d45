"""Dead values leave their buffers: which ones, when, and slot by slot inside a loop."""

from collections.abc import Mapping

import numpy as np
import pytest

import rnndsl
from rnndsl.compiler import build, check, optimise
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.locations import data_folder
from rnndsl.ops import Op
from rnndsl.schedule.choices import Choices
from rnndsl.schedule.plan import Loop, Place, Schedule, Storage, members
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.verify_sharing import verify_sharing
from tests.schedule.specs import TREE, adjoint_of, graph_of, node_of, read_of

X = "input x[t] : n"


def takes(schedule: Schedule) -> Mapping[int, int]:
    """Return whose buffer is taken over, by node."""
    return {number: s.takes for number, s in schedule.storage.items() if s.takes is not None}


def buffers(storage: Mapping[int, Storage], graph: RecurrenceGraph, names: str) -> list[int]:
    """Return the owners of the buffers of quantities."""
    found = [(node_of(graph, name), storage[node_of(graph, name)]) for name in names]
    assert all(s.place in {Place.WHOLE, Place.TAPE} for _, s in found)
    return [number if s.takes is None else s.takes for number, s in found]


def test_a_value_takes_over_the_buffer_of_one_that_is_dead() -> None:
    graph = graph_of(X, "param W, U, V, M : n, n", "p[t] = W @ x[t]", "q[t] = U @ p[t]", "r[t] = V @ q[t]",
                     "o[t] = M @ r[t]", "output z = last(o[t] over t)")  # fmt: skip
    p, q, r, o = buffers(make_schedule(graph).storage, graph, "pqro")
    assert (p, q) == (r, o)
    assert p != q


def test_what_is_returned_or_read_again_stays() -> None:
    graph = graph_of(X, "param W, U, V : n, n", "p[t] = W @ x[t]", "q[t] = U @ p[t]", "r[t] = V @ q[t] + p[t]",
                     "output p[t]", "output r[t]")  # fmt: skip
    assert len({*buffers(make_schedule(graph).storage, graph, "pqr")}) == 3


def test_what_the_next_chunk_needs_stays() -> None:
    graph = graph_of(X, "param W, U : n, n", "h[t] : n = tanh(W @ h[t-1] + x[t])", "p[t] = U @ h[t]",
                     "q[t] = W @ p[t]", "r[t] = U @ q[t]", "output z = last(r[t] over t)")  # fmt: skip
    h, p, q, r = buffers(make_schedule(graph).storage, graph, "hpqr")
    assert h not in {p, q, r}


def test_buffers_are_as_large_as_what_they_hold() -> None:
    graph = graph_of(X, "param W : n, n", "param U : 2 * n, n", "param V : n, 2 * n", "p[t] = W @ x[t]",
                     "q[t] = U @ p[t]", "r[t] = V @ q[t]", "o[t] = U @ r[t]",
                     "output z = last(o[t] over t)")  # fmt: skip
    p, q, r, o = buffers(make_schedule(graph).storage, graph, "pqro")
    assert r == p, "q is larger than p, and o needs q's buffer"
    assert o == q != p


def test_points_of_other_sequences_have_other_buffers() -> None:
    graph = graph_of(X, "input u[s] : n", "param W, V : n, n", "p[t] = W @ x[t]", "q = last(p[t] over t)",
                     "r[s] = V @ (u[s] + q)", "output z = last(r[s] over s)")  # fmt: skip
    schedule = make_schedule(graph)
    found = takes(schedule)
    assert found
    assert all(schedule.layouts[number] == schedule.layouts[owner] for number, owner in found.items())


GATED = (X, "param W, V : n, n", "p[t] = V @ x[t]", "g[t] : n = tanh(W @ h[t-1] + p[t])",
         "h[t] : n = g[t] * (1 + g[t]) + h[t-1]", "loss sum(h[t] @ h[t] over t)")  # fmt: skip


def test_a_tape_is_written_over_slot_by_slot() -> None:
    """An activation stands where the input's part stood, and the gradient of what is activated in a buffer that was."""
    schedule = make_schedule(adjoint_of(*GATED))
    graph, storage = schedule.graph, schedule.storage
    p, g, h = buffers(storage, graph, "pgh")
    assert p == g != h
    tapes = [s for n, s in storage.items() if graph.nodes[n].adjoint and s.place is Place.TAPE and s.into is None]
    assert tapes
    assert all(tape.takes is not None for tape in tapes)


def test_what_would_be_written_too_early_has_room_for_one_step() -> None:
    """The product with the state is done when the input's part has not been read yet."""
    schedule = make_schedule(adjoint_of(*GATED))
    graph = schedule.graph
    before = read_of(graph, "h", -1)
    (product,) = [n for n in graph.users[before] if graph.nodes[n].op is Op.CONTRACT and not graph.nodes[n].adjoint]
    while (user := schedule.storage[product].into) is not None:
        product = user
    assert schedule.storage[product].place is Place.STEP
    assert schedule.storage[node_of(graph, "g")].place is Place.TAPE


def test_reads_of_other_steps_keep_a_tape() -> None:
    """Where a tree's node reads its children, no other value may stand in their slots."""
    schedule = make_schedule(
        adjoint_of(*TREE, "input v[m] : n", "param W : n, n", "h[m] : n = tanh(W @ sum(h[c] over c) + v[m])",
                   "loss sum(h[m] @ h[m] over m)")
    )  # fmt: skip
    verify_sharing(schedule)
    (h,) = buffers(schedule.storage, schedule.graph, "h")
    loop = schedule.home[node_of(schedule.graph, "h")][0]
    inside = [n for n in members(loop) if schedule.storage[n].place is Place.TAPE]
    assert [n for n in inside if n == h or schedule.storage[n].takes == h] == [h]


@pytest.mark.parametrize("spec", ["char_lstm", "translate", "tree_lstm", "ntm"])
def test_memory_shrinks_and_numbers_stay(spec: str) -> None:
    """The same program without shared buffers gives the same bits."""
    path = data_folder("specs") / "models" / f"{spec}.rnn"
    shared = rnndsl.compile(path).source
    alone = rnndsl.compile(path, choices=Choices(shared=False)).source
    named = [len(set(_names(source))) for source in (shared, alone)]
    assert named[0] < named[1]


def _names(source: str) -> list[str]:
    body = source[source.index("def loss_and_grad") :]
    return [part.split('"')[0] for part in body.split('ws("')[1:]]


def test_results_are_the_same_bits_in_one_buffer_or_many(monkeypatch: pytest.MonkeyPatch) -> None:
    path = data_folder("specs") / "models" / "char_lstm.rnn"
    rng = np.random.default_rng(0)
    data = {"y": [rng.integers(7, size=n) for n in (9, 1, 5)]}
    found = []
    for _ in range(2):
        program = rnndsl.compile(path, dims={"vocab": 7, "hidden": 6})
        params = program.init(seed=0)
        found.append([program.loss_and_grad(params, data)[1] for _ in range(2)])
        monkeypatch.setattr("rnndsl.schedule.schedule.share_buffers", lambda _g, _s, plan, **_: plan[0])
    for first, second in zip(*found, strict=True):
        assert all(np.array_equal(first[name], second[name]) for name in first)


def test_data_leave_their_room_to_what_is_made_of_them_last() -> None:
    """The gradient of an input stands where the input stood."""
    text = "model Net(n = 3):\n    index t : sequence\n    input x[t] : n\n    param W : 2, n\n    param v\n"
    source = rnndsl.compile(f"{text}    loss sum(v @ tanh(W @ x[t]) over t)\n").source
    assert _names(source).count("x") > 1


def test_buffers_for_one_step_are_those_of_other_steps_and_loops() -> None:
    schedule = make_schedule(adjoint_of(*GATED))
    steps = [n for n, s in schedule.storage.items() if s.place is Place.STEP and s.takes is not None]
    assert steps
    assert all(schedule.storage[schedule.storage[n].takes or 0].place is Place.STEP for n in steps)


def test_kernels_leave_their_buffers_to_other_loops_alone() -> None:
    """What a kernel reads, in other rows or at other places of a row, it does not write over."""
    _, graph = optimise(build(check(data_folder("specs") / "models" / "translate.rnn")))
    schedule = make_schedule(graph, clustered=True)
    verify_sharing(schedule)
    where = {node: k for k, step in enumerate(schedule.steps) if isinstance(step, Loop) for node in members(step)}
    taking = [(n, owner) for n, owner in takes(schedule).items() if n in where]
    assert taking
    assert all(where[n] != where.get(owner) for n, owner in taking)


def test_products_of_blas_are_between_kernels() -> None:
    """What one of them has read for the last time another one may write over: the gradient of data stands in data."""
    lines = (X, "param W : k, k", "param V : k, n", "h[t] : k = tanh(W @ h[t-1] + V @ x[t])",
             "loss sum(h[t] @ h[t] over t)")  # fmt: skip
    schedule = make_schedule(optimise(graph_of(*lines))[1], clustered=True, spent=True)
    verify_sharing(schedule)
    taken = schedule.storage[schedule.graph.outputs["d loss/d x"].node].takes
    assert taken is not None
    assert schedule.graph.nodes[taken].op is Op.INPUT


def test_gradients_of_matrices_leave_with_their_buffers() -> None:
    """The caller's arrays are nobody else's, and no part of one is part of another."""
    text = (
        "model Net(n = 400):\n    index t : sequence\n    input x[t] : n\n    param U, V, A, B : n, n\n"
        "    h[t] : n = tanh(U @ h[t-1] + V @ x[t])\n    loss sum(h[t] @ (A @ x[t] + B @ x[t]) over t)\n"
    )
    program = rnndsl.compile(text, dtype="float64")
    data = {"x": np.random.default_rng(0).normal(size=(2, 4, 400))}
    params = {name: array + 0.1 for name, array in program.init(seed=0).items()}
    found = [program.loss_and_grad(params, data)[1] for _ in range(2)]
    arrays = [array for grads in found for array in grads.values()]
    assert "ws.leaving(" in program.source
    for k, one in enumerate(arrays):
        assert not any(np.shares_memory(one, other) for other in arrays[k + 1 :])
    before = {name: array.copy() for name, array in found[0].items()}
    program.loss_and_grad(params, {"x": -data["x"]})
    assert all(np.array_equal(found[0][name], array) for name, array in before.items())
