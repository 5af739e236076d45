"""Pictures as DOT."""

import re
from dataclasses import replace

from rnndsl.cli.view import View
from rnndsl.viz.dot import CURVED, MOVING, STYLES, write_dot
from tests.cli.pictures import ATTENTION, GRID, TREE, picture_of


def test_vertices_have_places_and_looks_by_kind() -> None:
    text = write_dot(picture_of(GRID, View({None: 2})))
    assert text.startswith("digraph Grid {\n  graph [layout=neato, splines=true,")
    (state,) = re.findall(r'  "h@\(1,2\)" \[(.*)\];\n', text)
    assert state.startswith(STYLES["state"])
    assert re.search(r'pos="[0-9.]+,[0-9.]+!"$', state)
    assert len(re.findall("pos=", text)) == 4 + 4 + 1
    assert text.endswith("}")


def test_where_a_recurrence_moves_is_seen() -> None:
    text = write_dot(picture_of(ATTENTION, View({None: 2})))
    moving = set(re.findall(rf'"(.*)" -> "(.*)" \[{re.escape(MOVING)}\];', text))
    assert moving == {("d@1", "e@(2,1)"), ("d@1", "e@(2,2)")}
    assert '  "e@(2,1)" -> "w@(2,2)";\n' in text


def test_what_shares_a_height_has_one_rank() -> None:
    text = write_dot(picture_of(TREE, View(structure={"m": [[1, 2], [], []]})))
    ranks = [set(re.findall('"([^"]*)"', line)) for line in text.splitlines() if "rank=same" in line]
    assert ranks == [{"x@2", "h@2", "x@3", "h@3"}, {"x@1", "f@(1,1)", "f@(1,2)", "h@1"}]


def test_all_operations_are_left_to_graphviz() -> None:
    text = write_dot(picture_of(GRID, View({None: 2}, everything=True)))
    assert "pos=" not in text
    assert "layout=neato" not in text


def test_large_pictures_have_straight_edges() -> None:
    picture = picture_of(GRID, View({"i": 12, "j": 12}))
    assert len(picture.edges) > CURVED
    assert "splines=line" in write_dot(picture)


def test_a_model_may_bear_a_word_of_dot() -> None:
    picture = replace(picture_of(GRID, View({None: 1})), name="Node")
    assert write_dot(picture).startswith('digraph "Node" {')
