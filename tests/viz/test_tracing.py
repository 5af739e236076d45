"""Drawings: nothing lies over anything else, and every line is there."""

from itertools import combinations

import pytest

from rnndsl.viz.fold import Folded
from rnndsl.viz.routing import Rectangle
from rnndsl.viz.tracing import Drawing, draw
from tests.viz.models import PAIR, folded_of, library

MODELS = ("elman", "char_lstm", "translate", "tree_lstm", "four_way", "ntm", "show_attend_tell", "hred")


@pytest.fixture(scope="module", params=[False, True])
def drawings(request: pytest.FixtureRequest) -> list[Drawing]:
    found: list[Folded] = [library(f"models/{name}.rnn", params=request.param) for name in MODELS]
    return [draw(folded) for folded in [*found, folded_of(PAIR, params=request.param)]]


def overlap(one: Rectangle, other: Rectangle) -> bool:
    across = abs(one.x - other.x) < (one.width + other.width) / 2
    return across and abs(one.y - other.y) < (one.height + other.height) / 2


def inside(one: Rectangle, other: Rectangle) -> bool:
    across = abs(one.x - other.x) + one.width / 2 <= other.width / 2
    return across and abs(one.y - other.y) + one.height / 2 <= other.height / 2


def test_every_quantity_is_drawn_once_and_every_delay_has_its_square(drawings: list[Drawing]) -> None:
    for drawing in drawings:
        assert list(drawing.nodes) != []
        assert set(drawing.nodes) == set(drawing.folded.items)
        marks = {(mark.source, mark.delay) for mark in drawing.marks}
        assert marks == {(link.source, link.delay) for link in drawing.folded.links if link.delay}
        assert len({(mark.x, mark.y) for mark in drawing.marks}) == len(drawing.marks)


def test_nothing_lies_over_anything(drawings: list[Drawing]) -> None:
    for drawing in drawings:
        places = dict(drawing.nodes)
        places |= {mark.name: Rectangle(mark.x, mark.y, 11, 11) for mark in drawing.marks}
        assert [pair for pair in combinations(places, 2) if overlap(places[pair[0]], places[pair[1]])] == []
        apart = [
            (drawing.boxes[one], drawing.boxes[other])
            for one, other in combinations(drawing.boxes, 2)
            if not f"{other}.".startswith(f"{one}.") and not f"{one}.".startswith(f"{other}.")
        ]
        assert not any(overlap(*pair) for pair in apart)


def test_cells_hold_their_quantities_and_the_paper_holds_all(drawings: list[Drawing]) -> None:
    for drawing in drawings:
        paper = Rectangle(drawing.width / 2, drawing.height / 2, drawing.width, drawing.height)
        for name, place in drawing.nodes.items():
            assert inside(place, paper)
            scope = drawing.folded.items[name].scope
            for box, around in drawing.boxes.items():
                assert overlap(place, around) == (box == scope or f"{scope}.".startswith(f"{box}.")), (name, box)


def test_every_need_is_drawn(drawings: list[Drawing]) -> None:
    for drawing in drawings:
        drawn = {need for stroke in drawing.strokes for need in stroke.needs}
        assert drawn == {(link.source, link.target) for link in drawing.folded.links}
        assert {source for stroke in drawing.strokes if stroke.back for source, _ in stroke.needs} == {
            link.source for link in drawing.folded.links if link.step
        }
        tips = [stroke for stroke in drawing.strokes if stroke.tip]
        assert len({stroke.tip for stroke in tips}) == len(tips), "no two arrowheads at one place"


def test_what_needs_stands_above_what_is_needed() -> None:
    drawing = draw(library("models/elman.rnn"))
    ys = [drawing.nodes[name].y for name in ("x", "h", "o", "y.nll")]
    assert ys == sorted(ys, reverse=True)


def test_a_drawing_is_the_same_on_every_run() -> None:
    assert draw(library("models/ntm.rnn")) == draw(library("models/ntm.rnn"))
