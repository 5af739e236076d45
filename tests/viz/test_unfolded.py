"""Unfolded pictures as SVG."""

import xml.etree.ElementTree as ET
from itertools import combinations, pairwise

import pytest

from rnndsl.cli.view import View
from rnndsl.viz.picture import Picture, Vertex
from rnndsl.viz.unfolded import find_bands, find_places, write_unfolded
from tests.cli.pictures import ATTENTION, GRID, MEMORY, TREE, library_picture, picture_of

SPACE = "{http://www.w3.org/2000/svg}"


def groups(picture: Picture, kind: str) -> list[ET.Element]:
    root = ET.fromstring(write_unfolded(picture, {}))  # noqa: S314 (what is read was written here)
    return [g for g in root.iter(f"{SPACE}g") if kind in g.get("class", "").split()]


@pytest.mark.parametrize("lines", [GRID, TREE, MEMORY, ATTENTION])
def test_every_vertex_is_drawn_once_and_over_no_other(lines: tuple[str, ...]) -> None:
    picture = picture_of(lines)
    assert [node.get("data-label") for node in groups(picture, "node")] == list(picture.vertices)
    assert {edge.get("data-needs") for edge in groups(picture, "line")} == {">".join(edge) for edge in picture.edges}
    for one, other in combinations(find_places(picture).values(), 2):
        apart = max(abs(one.x - other.x) - (one.width + other.width) / 2,
                    abs(one.y - other.y) - (one.height + other.height) / 2)  # fmt: skip
        assert apart >= 0


def test_steps_are_bands_with_their_numbers() -> None:
    picture = library_picture("models/elman.rnn", View({None: 3}))
    bands = find_bands(picture, find_places(picture))
    assert [band.words for band in bands] == ["t = 1", "t = 2", "t = 3"]
    assert all(one.high <= other.low for one, other in pairwise(bands))


def test_rows_of_an_attention_are_bands_too() -> None:
    picture = picture_of(ATTENTION, View({"s": 3, "t": 2}))
    found = {band.words: band.down for band in find_bands(picture, find_places(picture))}
    assert found == {"s = 1": False, "s = 2": False, "s = 3": False, "t = 1": True, "t = 2": True}


def test_bands_of_two_sequences_lie_over_their_own() -> None:
    picture = library_picture("models/encoder_decoder.rnn", View({None: 3}))
    bands = find_bands(picture, find_places(picture))
    spans = {band.words[0]: (band.start, band.end) for band in bands}
    assert len(spans) == 2
    (one, other) = sorted(spans.values())
    assert one[1] < other[0]


def test_what_moves_a_recurrence_on_stands_out() -> None:
    moving = {edge.get("data-needs") for edge in groups(picture_of(ATTENTION, View({None: 3})), "back")}
    assert {"d@1>e@(2,1)", "d@2>e@(3,3)"} <= moving
    assert not {"x@1>a@1", "a@1>e@(1,1)"} & moving


def test_operations_without_a_place_are_laid_out_in_layers() -> None:
    picture = library_picture("models/elman.rnn", View({None: 2}, everything=True))
    places = find_places(picture)
    assert set(places) == set(picture.vertices)
    assert places["x@1"].y > places["h@1"].y > places["h@2"].y


def test_names_cannot_break_out() -> None:
    evil = '"><script>alert(1)</script>'
    picture = Picture(evil, (evil,), {evil: Vertex(evil, evil, "state", (), ())}, ())
    root = ET.fromstring(write_unfolded(picture, {evil: evil}))  # noqa: S314 (the same)
    assert not [element for element in root.iter() if "script" in element.tag]
