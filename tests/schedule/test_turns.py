"""Through which loops a kernel goes for one row of a value."""

import pytest

from rnndsl.schedule.turns import USUAL, extent_of, turns_of
from rnndsl.sizes import Size
from tests.schedule.specs import graph_of

READS = (
    "index l : 1..64",
    "input x[t] : n",
    "input z[t, i] : scalar",
    "input v[t, i] : n",
    "input u[t, i, l] : scalar",
)


@pytest.mark.parametrize(
    ("line", "loops", "columns", "gone", "summed"),
    [
        ("y[t] = tanh(x[t])", (), True, (), False),
        ("y[t] = sum(x[t])", (), True, (), True),
        ("y[t, i] = z[t, i] * 2", ("i",), False, (), False),
        ("y[t, i] = tanh(v[t, i])", ("i",), True, (), False),
        ("y[t, i] = v[t, i] @ x[t]", ("i",), True, (), True),
        ("y[t] = sum(z[t, i] over i)", ("i",), False, ("i",), False),
        ("y[t] : n = sum(z[t, i] * v[t, i] over i)", ("i",), True, ("i",), False),
        ("y[t] = max(z[t, i] over i)", ("i",), False, ("i",), False),
        ("y[t, i] = sum(u[t, i, l] over l)", ("i", "l"), False, ("l",), False),
        ("y[t, l] = sum(u[t, i, l] over i)", ("i", "l"), False, ("i",), False),
    ],
)
def test_turns(line: str, loops: tuple[str, ...], columns: bool, gone: tuple[str, ...], summed: bool) -> None:  # noqa: FBT001 - a row
    graph = graph_of(*READS, line, f"output {line.partition(']')[0]}]")
    turns = turns_of(graph, graph.equations["y"].node)
    assert tuple(getattr(axis, "name", axis) for axis in turns.loops) == loops
    assert (turns.columns, turns.summed) == (columns, summed)
    assert {getattr(axis, "name", axis) for axis in turns.gone} == {*gone}
    assert turns.sums is bool(gone or summed)


def test_the_longest_range_is_the_innermost_loop() -> None:
    lines = ("index l : 1..2", "input u[t, i, l] : scalar", "y[t, i, l] = tanh(u[t, i, l])", "output y[t, i, l]")
    graph = graph_of(*lines)
    names = [getattr(axis, "name", axis) for axis in turns_of(graph, graph.equations["y"].node).loops]
    assert names == ["l", "i"], "l has 2 points, i has 3"


def test_matrices_have_a_loop_over_their_rows() -> None:
    graph = graph_of("input x[t] : n", "y[t] : n, n = tanh(outer(x[t], x[t]))", "output y[t]")
    turns = turns_of(graph, graph.equations["y"].node)
    assert (turns.loops, turns.columns) == (("0",), True)


def test_a_dimension_without_a_value_is_taken_for_a_usual_one() -> None:
    assert extent_of(Size.of("n") * 2 + 1, {"n": None}) == 2 * USUAL + 1
    assert extent_of(Size.of("n") * 2 + 1, {"n": 5}) == 11
