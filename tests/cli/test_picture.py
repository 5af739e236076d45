"""Who needs whom in the picture of a model."""

from itertools import pairwise

import pytest

from rnndsl.cli.picture import make_picture, small_dims
from rnndsl.cli.view import View
from rnndsl.viz.picture import Picture
from tests.cli.pictures import ATTENTION, GRID, MEMORY, TREE, graph_of, library_picture, picture_of


def edges(picture: Picture) -> set[str]:
    return {f"{source} -> {target}" for source, target in picture.edges}


def assert_in_order(picture: Picture) -> None:
    """Check that nothing needs what comes later."""
    place = {label: k for k, label in enumerate(picture.vertices)}
    assert all(place[source] < place[target] for source, target in picture.edges)
    assert len(set(picture.edges)) == len(picture.edges)


def test_a_grid() -> None:
    picture = picture_of(GRID, View({None: 2}))
    assert edges(picture) == {
        *(f"x@({i},{j}) -> h@({i},{j})" for i in (1, 2) for j in (1, 2)),
        *("h@(1,1) -> h@(2,1)", "h@(1,2) -> h@(2,2)", "h@(1,2) -> h@(1,1)", "h@(2,2) -> h@(2,1)"),
        *(f"h@({i},{j}) -> z" for i in (1, 2) for j in (1, 2)),
    }
    assert_in_order(picture)
    assert (picture.lengths, picture.structure) == ({"i": 2, "j": 2}, {})


def test_a_tree() -> None:
    picture = picture_of(TREE, View(structure={"m": [[], [2, 0], []]}))
    assert edges(picture) == {
        *("x@1 -> h@1", "x@2 -> h@2", "x@3 -> h@3", "x@2 -> f@(2,1)", "x@2 -> f@(2,2)"),
        *("h@3 -> f@(2,1)", "h@1 -> f@(2,2)", "h@3 -> h@2", "h@1 -> h@2", "f@(2,1) -> h@2", "f@(2,2) -> h@2"),
        "h@2 -> z",
    }
    assert_in_order(picture)


def test_points_stand_as_the_equation_has_them() -> None:
    found = edges(picture_of(ATTENTION, View({"s": 3, "t": 2})))
    assert {"d@1 -> e@(2,3)", "a@3 -> e@(2,3)", "e@(2,1) -> w@(2,3)", "w@(2,3) -> d@2", "a@3 -> d@2"} <= found
    assert not any(part.startswith("e@(3,") for part in found)
    assert "d@1 -> d@2" not in found


def test_families_are_one_at_each_point_or_opened() -> None:
    assert edges(picture_of(MEMORY, View({None: 2}))) == {
        *("x@1 -> M@1", "x@2 -> M@2", "M@1 -> M@2", "M@1 -> z@1", "M@2 -> z@2")
    }
    small = tuple(line.replace("slots = 100", "slots = 5") for line in MEMORY)
    opened = edges(picture_of(small, View({None: 2}, ranges=True)))
    assert {"M@(1,5) -> M@(2,1)", "M@(1,1) -> M@(2,1)", "M@(1,2) -> M@(2,1)", "M@(2,5) -> z@2"} <= opened
    assert "M@(1,3) -> M@(2,1)" not in opened


def test_a_range_that_the_recurrence_moves_along_stays_open() -> None:
    lines = (
        "model Stack(depth = 7, width = 2, n = 2):",
        "    index t : sequence",
        "    index i : 1..depth",
        "    index p : 1..width",
        "    input x[t] : n",
        "    h[t, i] : n = tanh(x[t] + h[t-1, i] + h[t, i-1] + sum(g[t, i, p] over p))",
        "    g[t, i, p] : n = sin(h[t-1, i]) * p",
        "    output h[t, i]",
    )
    found = edges(picture_of(lines, View({None: 2})))
    assert {"h@(1,6) -> h@(1,7)", "h@(1,3) -> h@(2,3)", "g@(2,3) -> h@(2,3)"} <= found


def test_ranges_are_short_only_where_that_changes_nothing() -> None:
    graph = graph_of(MEMORY)
    (m,) = (index for index in graph.indices if index.name == "m")
    (j,) = (index for index in graph.indices if index.name == "j")
    assert 3 <= small_dims(graph, {m, j})["slots"] < 10
    assert small_dims(graph, set())["slots"] == 100
    fixed = graph_of((*MEMORY[:-1], "    output z[t] = M[t, slots]"))
    assert edges(make_picture(fixed, View({None: 1}))) == {"x@1 -> M@1", "M@1 -> z@1"}


@pytest.mark.parametrize("name", ["models/char_lstm.rnn", "cells/lstm.rnn"])
def test_a_picture_without_the_memory_of_an_lstm_is_a_chain(name: str) -> None:
    top = "h_2" if "char" in name else "h"
    picture = library_picture(name, View({None: 5}, only=(top,)))
    chain = [f"{top}@{t}" for t in range(1, 6)]
    assert set(picture.edges) == set(pairwise(chain))


def test_the_closed_picture_has_the_same_order_as_the_open_one() -> None:
    view, opened = View({None: 3}, only=("x", "h", "y")), View({None: 3}, cells=True)
    few, all_edges = library_picture("models/tagger.rnn", view), library_picture("models/tagger.rnn", opened)
    assert reached(few) == {pair for pair in reached(all_edges) if set(pair) <= set(few.vertices)}


def reached(picture: Picture) -> set[tuple[str, str]]:
    """Return all pairs of which the first is needed for the second."""
    above: dict[str, set[str]] = {label: set() for label in picture.vertices}
    for source, target in sorted(picture.edges, key=lambda edge: list(picture.vertices).index(edge[1])):
        above[target] |= {source} | above[source]
    return {(source, target) for target, sources in above.items() for source in sources}


def test_the_batch_is_not_part_of_the_picture() -> None:
    picture = library_picture("models/elman.rnn", View({None: 2}))
    assert edges(picture) == {
        *("x@1 -> h@1", "x@2 -> h@2", "h@1 -> h@2", "h@1 -> o@1", "h@2 -> o@2", "o@1 -> y.nll@1", "o@2 -> y.nll@2"),
        *("y@1 -> y.nll@1", "y@2 -> y.nll@2", "y.nll@1 -> loss", "y.nll@2 -> loss"),
    }
