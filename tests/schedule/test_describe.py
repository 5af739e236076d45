"""Schedules in words."""

import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Index, Kind
from rnndsl.schedule.describe import LoopNote, describe_loops, front_words, nested_words, walk_words
from rnndsl.schedule.plan import Inner
from rnndsl.schedule.schedule import make_schedule
from tests.graph.trees import TREES
from tests.schedule.specs import graph_of

RNN = ("input x[t] : n", "param W", "h[t] : n = tanh(W @ h[t-1] + x[t])", "loss sum(sum(h[t]) over t)")
T, S = Index("t", Kind.SEQUENCE, 0), Index("s", Kind.SEQUENCE, 1)
N, D = Index("n", Kind.TREE, 2), Index("d", Kind.DAG, 3)


def notes(graph: RecurrenceGraph) -> list[tuple[str, str]]:
    """Return what the loops of a graph hand on, and how they walk."""
    return [(", ".join(note.states), note.words) for note in describe_loops(make_schedule(graph))]


def only(graph: RecurrenceGraph) -> LoopNote:
    (note,) = describe_loops(make_schedule(graph))
    return note


@pytest.mark.parametrize(
    ("walk", "forward", "words"),
    [
        (((T, 1),), True, "t upward"),
        (((T, 1),), False, "t downward"),
        (((N, 1),), True, "from the leaves of n to its root"),
        (((N, 1),), False, "from the root of n to its leaves"),
        (((D, 1),), True, "from the leaves of d to its roots"),
        (((D, 1),), False, "from the roots of d to its leaves"),
        (((T, 1), (S, 1)), True, "fronts t + s upward (anti-diagonals), from t = 1, s = 1"),
        (((T, 1), (S, 1)), False, "fronts t + s downward (anti-diagonals), from t = last, s = last"),
        (((T, 1), (S, -1)), True, "fronts t - s upward (diagonals), from t = 1, s = last"),
        (((T, 1), (S, -1)), False, "fronts t - s downward (diagonals), from t = last, s = 1"),
        (((T, 2), (S, 1)), True, "fronts 2 t + s upward (slanted lines), from t = 1, s = 1"),
        (((T, 1), (S, -2)), True, "fronts t - 2 s upward (slanted lines), from t = 1, s = last"),
        (
            ((T, 1), (N, 1)),
            True,
            "fronts t + height(n) upward (anti-diagonals), from t = 1, the leaves of n",
        ),
        (
            ((T, 1), (S, 1), (D, 1)),
            False,
            "fronts t + s + height(d) downward (planes), from t = last, s = last, the roots of d",
        ),
    ],
)
def test_walks(walk: tuple[tuple[Index, int], ...], forward: bool, words: str) -> None:  # noqa: FBT001 (a case)
    assert walk_words(walk, forward=forward) + front_words(walk, forward=forward) == words


def test_a_recurrence_and_its_gradient() -> None:
    assert notes(differentiate(graph_of(*RNN))) == [("h", "t upward"), ("d h", "t downward")]


def test_other_indices_are_computed_at_once() -> None:
    note = only(graph_of("input x[t] : n", "h[t, s, i] : n = tanh(h[t-1, s, i] + x[t] * s * i)", "output h[t, s, i]"))
    assert (note.words, note.together) == ("t upward, all s, i at once", ("s", "i"))


def test_equations_in_a_loop_are_in_order_of_evaluation() -> None:
    note = only(
        graph_of("input x[t] : n", "h[t] : n = b[t] * x[t]", "b[t] = tanh(a[t])", "a[t] = h[t-1] + x[t]", "output h[t]")
    )
    assert (note.states, note.equations) == (("h",), ("a", "b", "h"))
    assert not note.adjoint


def test_a_loop_in_a_loop() -> None:
    note = only(graph_of("input x[t] : n", "h[t, i] : n = tanh(h[t-1, i] + h[t, i-1] + x[t])", "output h[t, i]"))
    assert note.words == "t upward, in every step i upward"
    assert [inner.words for inner in note.inner] == ["i upward"]


def test_fronts() -> None:
    lines = ("input x[t, s] : n", "h[t, s] : n = tanh(h[t-1, s] + h[t, s+1] + x[t, s])", "output h[t, s]")
    assert notes(graph_of(*lines)) == [("h", "fronts t - s upward (diagonals), from t = 1, s = last")]


def test_trees() -> None:
    (up, down) = describe_loops(make_schedule(differentiate(TREES["tree_lstm"]())))
    assert up.way == "from the leaves of n to its root"
    assert down.way == "from the root of n to its leaves"
    assert (up.adjoint, down.adjoint) == (False, True)
    assert {"h"} <= set(up.states)
    (dag,) = describe_loops(make_schedule(TREES["dag"]()))
    assert dag.way == "from the leaves of d to its roots"


def test_walks_in_every_step_are_told_in_turn() -> None:
    note = only(
        graph_of(
            "input x[t, s] : n",
            "f[t, s] : n = tanh(f[t, s-1] + h[t-1] + x[t, s])",
            "g[t, s, i] : n = tanh(g[t, s+1, i] + f[t, s])",
            "h[t] : n = tanh(first(g[t, s, 1] over s))",
            "output h[t]",
        )
    )
    assert note.words == "t upward, all i at once, in every step s upward, then s downward, all i at once"
    assert [(inner.states, inner.equations) for inner in note.inner] == [(("f",), ("f",)), (("g",), ("g",))]


def test_walks_in_walks() -> None:
    inside = (Inner(((S, 1),), inside=(Inner(((N, 1),), forward=False),)), Inner(((S, 1),), forward=False))
    words = "t upward, in every step s upward, in every step from the root of n to its leaves, then s downward"
    assert nested_words(((T, 1),), inside, forward=True) == words
    assert nested_words(((T, 1),), (), forward=False) == "t downward"
