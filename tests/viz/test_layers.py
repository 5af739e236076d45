"""Layers, order and places."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnndsl.viz.layers import GAP, Edge, Layout, Size, lay_out

WIDE = Size(20, 30, 24)


def laid_out(pairs: list[tuple[str, str]], first: tuple[str, ...] = (), last: tuple[str, ...] = ()) -> Layout:
    names = dict.fromkeys(name for pair in pairs for name in pair)
    return lay_out(dict.fromkeys(names, WIDE), [Edge(*pair) for pair in pairs], first=first, last=last)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), min_size=1, max_size=16))
def test_edges_lead_up_and_nothing_overlaps(pairs: list[tuple[str, str]]) -> None:
    pairs = list(dict.fromkeys(pair for pair in pairs if pair[0] != pair[1])) or [("a", "b")]
    layout = laid_out(pairs)
    for edge in (Edge(*pair) for pair in pairs):
        low, high = (edge.target, edge.source) if edge in layout.turned else (edge.source, edge.target)
        assert layout.row_of[low] < layout.row_of[high]
        rows = [row for row, _ in layout.bends[edge]]
        assert rows == list(range(layout.row_of[low] + 1, layout.row_of[high]))
    for one, other in combinations(layout.places, 2):
        if layout.row_of[one] == layout.row_of[other]:
            apart = abs(layout.places[one][0] - layout.places[other][0])
            assert apart >= WIDE.left + WIDE.right + GAP - 1e-6


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), min_size=1, max_size=12))
def test_bends_keep_clear_of_nodes(pairs: list[tuple[str, str]]) -> None:
    pairs = list(dict.fromkeys(pair for pair in pairs if pair[0] != pair[1])) or [("a", "b")]
    layout = laid_out(pairs)
    for bends in layout.bends.values():
        for row, x in bends:
            here = [layout.places[name][0] for name in layout.places if layout.row_of[name] == row]
            assert not [at for at in here if at - WIDE.left < x < at + WIDE.right]


def test_only_circles_are_turned_and_marked_edges_first() -> None:
    edges = [Edge("b", "a", back=True), Edge("a", "b"), Edge("b", "c")]
    layout = lay_out(dict.fromkeys("abc", WIDE), edges)
    assert layout.turned == {edges[0]}
    assert laid_out([("a", "b"), ("a", "c")]).turned == frozenset()


def test_a_ladder_is_drawn_without_crossings() -> None:
    layout = laid_out([("a", "d"), ("b", "c"), ("a", "c"), ("c", "e"), ("d", "f")])
    x = {name: place[0] for name, place in layout.places.items()}
    assert (x["c"] < x["d"]) == (x["b"] < x["a"]) == (x["e"] < x["f"])


def test_a_chain_is_one_line() -> None:
    layout = laid_out([("a", "b"), ("b", "c"), ("c", "d")])
    assert len({round(x, 3) for x, _ in layout.places.values()}) == 1
    ys = [layout.places[name][1] for name in "abcd"]
    assert ys == sorted(ys)


def test_first_and_last_stand_at_the_borders() -> None:
    layout = laid_out([("in", "a"), ("b", "c"), ("a", "out"), ("c", "d")], first=("in",), last=("out",))
    assert layout.row_of["in"] == 0
    assert [name for name, row in layout.row_of.items() if row == 0] == ["in"]
    assert layout.row_of["out"] == max(layout.row_of.values())
    assert [name for name, row in layout.row_of.items() if row == layout.row_of["out"]] == ["out"]


def test_what_needs_nothing_stands_just_below_its_user() -> None:
    layout = laid_out([("a", "b"), ("b", "c"), ("c", "d"), ("y", "d")])
    assert layout.row_of["y"] == layout.row_of["c"]


def test_edges_end_beside_the_middle_if_told() -> None:
    layout = lay_out({"a": WIDE, "b": Size(80, 80, 90)}, [Edge("a", "b", 0.0, 50.0)])
    assert layout.places["a"][0] == pytest.approx(layout.places["b"][0] + 50.0, abs=1.0)


def test_a_long_edge_is_straight_and_beside_what_it_passes() -> None:
    layout = laid_out([("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"), ("d", "e")])
    xs = {round(x, 6) for _, x in layout.bends[Edge("a", "d")]}
    assert len(xs) == 1
    aside = abs(xs.pop() - layout.places["b"][0])
    assert WIDE.left < aside < WIDE.right + 3 * GAP


def test_few_edges_cross() -> None:
    pairs = [(word[:2], word[2:]) for word in ["a0b4", "a2b0", "a2b1", "a2b2", "a3b0", "a3b2", "a3b3", "a4b1"]]
    layout = laid_out(pairs)
    ends = [(layout.places[low][0], layout.places[high][0]) for low, high in pairs]
    assert sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(ends, 2)) == 1
