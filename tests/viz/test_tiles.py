"""Sequences as tiles."""

from itertools import combinations

import pytest

from rnndsl.cli.view import View
from rnndsl.viz.picture import Picture
from rnndsl.viz.tiles import Tiles, sequence_of
from tests.cli.pictures import ATTENTION, GRID, TREE, library_picture, picture_of

CELLS = {"h_1": "LSTM", "h_2": "LSTM"}
TWO_BACK = (
    "model TwoBack(n = 2):",
    "    index t : sequence",
    "    input x[t] : n",
    "    h[t] : n = tanh(x[t] + h[t-1] + h[t-2])",
    "    g[t] : n = tanh(x[t] + h[t-1] + g[t+1])",
    "    output z = last(h) + first(g)",
)


@pytest.fixture(scope="module")
def picture() -> Picture:
    return library_picture("models/char_lstm.rnn", View({None: 3}, cells=True))


def test_only_sequences_are_tiled(picture: Picture) -> None:
    index = sequence_of(picture)
    assert index is not None
    assert index.name == "t"
    for lines in (GRID, TREE, ATTENTION):
        assert sequence_of(picture_of(lines)) is None
    assert sequence_of(library_picture("models/elman.rnn", View({None: 2}, everything=True))) is None


def test_every_step_is_the_same_tile(picture: Picture) -> None:
    tiles = Tiles(picture, CELLS)
    assert tiles.steps == [1, 2, 3]
    assert set(tiles.places) == set(picture.vertices)
    for name in ("h_1.c", "y.nll"):
        first, second, third = (tiles.places[f"{name}@{step}"] for step in tiles.steps)
        assert second.x - first.x == pytest.approx(tiles.across) == pytest.approx(third.x - second.x)
        assert first.y == second.y == third.y
    for one, other in combinations(tiles.places.values(), 2):
        across, down = abs(one.x - other.x), abs(one.y - other.y)
        assert across >= (one.width + other.width) / 2 or down >= (one.height + other.height) / 2


@pytest.mark.parametrize("lines", [TWO_BACK, None])
def test_every_need_is_drawn_once(lines: tuple[str, ...] | None, picture: Picture) -> None:
    shown = picture if lines is None else picture_of(lines, View({None: 5}))
    tiles = Tiles(shown, CELLS)
    between = [need for needs, _, knot in tiles.bows if not knot for need in needs]
    knotted = {need for needs, _, knot in tiles.bows if knot for need in needs}
    inside = {need for _, stroke in tiles.strokes() for need in stroke.needs}
    pointed = {e for e in shown.edges if shown.vertices[e[0]].point and shown.vertices[e[1]].point}
    assert len(between) == len(set(between))
    assert set(between) | knotted | inside == pointed
    assert knotted <= inside, "what passes a knot leads on to who needs it"
    assert not set(between) & inside


def test_several_in_one_cell_that_read_the_same_share_a_knot(picture: Picture) -> None:
    tiles = Tiles(picture, CELLS)
    assert {(square.source, square.scope, delay) for square, delay in tiles.knots.values()} == {
        ("h_1", "h_1", 1), ("h_2", "h_2", 1),
    }  # fmt: skip
    ends = {needs for needs, _, knot in tiles.bows if knot}
    assert (("h_1@1", "h_1.f@2"), ("h_1@1", "h_1.i@2"), ("h_1@1", "h_1.o@2"), ("h_1@1", "h_1.g@2")) in ends


def test_reads_of_one_end_are_lines_of_their_own() -> None:
    spec = (
        "model End(n = 2):",
        "    index t : sequence",
        "    input x[t] : n",
        "    h[t] : n = tanh(x[t] + h[t-1])",
        "    a[t] = h[t] * last(h)",
        "    b[t] = h[t] + last(h)",
        "    output a[t], b[t]",
    )
    lines = [needs for needs, _, _ in Tiles(picture_of(spec, View({None: 6}))).bows]
    assert {(("h@6", "a@1"),), (("h@6", "b@3"),)} <= set(lines)


def test_cells_that_show_nothing_but_their_value_have_no_box() -> None:
    closed = Tiles(library_picture("models/char_lstm.rnn", View({None: 2})), CELLS)
    assert closed.tile.boxes == {}
    opened = Tiles(library_picture("models/char_lstm.rnn", View({None: 2}, cells=True)), CELLS)
    assert set(opened.tile.boxes) == {"h_1", "h_2"}


def test_what_has_no_points_stands_outside(picture: Picture) -> None:
    tiles = Tiles(picture, CELLS)
    assert tiles.places["loss"].y < min(place.y for name, place in tiles.places.items() if name != "loss")


def test_data_without_points_stands_beside_who_needs_it() -> None:
    tiles = Tiles(library_picture("models/two_rates.rnn", View({None: 3})))
    assert tiles.places["y"].y == tiles.places["y.nll"].y
    assert tiles.places["y"].x < tiles.places["y.nll"].x
