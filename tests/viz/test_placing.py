"""Where vertices stand."""

from itertools import combinations

import pytest

from rnndsl.cli.view import View
from rnndsl.viz.picture import Picture
from rnndsl.viz.placing import (
    NARROW,
    Position,
    differ,
    find_groups,
    find_levels,
    heights,
    place_vertices,
    rank_of,
    spread_nodes,
)
from tests.cli.pictures import ATTENTION, GRID, MEMORY, TREE, library_picture, picture_of

#: How high a vertex is, in inches.
HEIGHT = 0.32
NODES = ((1, 2), (3, 4), (), (), ())


def places(picture: Picture, name: str) -> dict[tuple[int, ...], Position]:
    placed = place_vertices(picture)
    return {vertex.point: placed[vertex.label] for vertex in picture.vertices.values() if vertex.name == name}


def assert_apart(placed: dict[str, Position]) -> None:
    """Check that no vertex covers another."""
    close = [
        (one, other)
        for one, other in combinations(placed, 2)
        if abs(placed[one][0] - placed[other][0]) < NARROW and abs(placed[one][1] - placed[other][1]) < HEIGHT
    ]
    assert close == []


def test_time_goes_from_left_to_right() -> None:
    row = places(library_picture("models/elman.rnn", View({None: 3})), "h")
    assert row[1,][0] < row[2,][0] < row[3,][0]
    assert len({y for _, y in row.values()}) == 1


def test_grids_are_grids() -> None:
    grid = places(picture_of(GRID, View({"i": 2, "j": 3})), "h")
    for i in (1, 2):
        assert grid[i, 1][0] < grid[i, 2][0] < grid[i, 3][0]
        assert grid[i, 1][1] == grid[i, 3][1]
    for j in (1, 2, 3):
        assert grid[1, j][0] == grid[2, j][0]
        assert grid[1, j][1] > grid[2, j][1]


def test_a_third_index_goes_into_depth() -> None:
    grid = places(library_picture("models/frame_labels.rnn", View({None: 2})), "h")
    step = [grid[2, i, j][k] - grid[1, i, j][k] for i in (1, 2) for j in (1, 2) for k in (0, 1)]
    assert step[:2] * 4 == pytest.approx(step)
    assert step[0] < 0 < step[1]


def test_trees_stand_by_height() -> None:
    picture = picture_of(TREE, View(structure={"m": NODES}))
    h, f = places(picture, "h"), places(picture, "f")
    assert h[1,][1] > h[2,][1] > h[4,][1]
    assert h[3,][1] == h[4,][1] == h[5,][1], "leaves are at the bottom"
    assert h[4,][0] < h[2,][0] < h[5,][0] < h[3,][0]
    assert f[1, 1][0] < f[1, 2][0]
    assert h[2,][1] < f[1, 1][1] < h[1,][1]


def test_attention_has_its_encoder_below_and_its_decoder_beside() -> None:
    picture = picture_of(ATTENTION, View({"s": 3, "t": 2}))
    w, a, d = (places(picture, name) for name in "wad")
    assert max(y for _, y in a.values()) < min(y for _, y in w.values())
    assert a[3,][0] - a[1,][0] == pytest.approx(w[1, 3][0] - w[1, 1][0])
    assert min(x for x, _ in d.values()) > max(x for x, _ in w.values())
    assert d[1,][1] - d[2,][1] == pytest.approx(w[1, 1][1] - w[2, 1][1])


def test_what_has_no_points_stands_before_or_after() -> None:
    lines = (
        "model Start(n = 2):",
        "    index t : sequence",
        "    input a : n",
        "    input x[t] : n",
        "    h[t] : n = tanh(h[t-1] + x[t] + a)",
        "    output z = sum(h[t] over t)",
    )
    placed = place_vertices(picture_of(lines))
    assert placed["a"][1] < placed["x@1"][1] < placed["z"][1]
    beside = place_vertices(picture_of(GRID))
    assert beside["z"][0] > max(x for label, (x, _) in beside.items() if label != "z")


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("models/translate.rnn", View({"s": 4, "t": 3})),
        ("models/four_way.rnn", View({None: 3})),
        ("models/frame_labels.rnn", View({None: 2})),
        ("models/tree_lstm.rnn", View()),
        ("models/dag_lstm.rnn", View()),
        ("models/bidirectional_tree.rnn", View(cells=True)),
        ("models/ntm.rnn", View(cells=True)),
        ("models/luong.rnn", View({None: 3})),
        ("models/hred.rnn", View({None: 3})),
        ("models/show_attend_tell.rnn", View({None: 3})),
        ("models/char_lstm.rnn", View({None: 3}, cells=True)),
        ("models/no_input.rnn", View()),
    ],
    ids=str,
)
def test_no_vertex_covers_another(name: str, view: View) -> None:
    picture = library_picture(name, view)
    placed = place_vertices(picture)
    assert set(placed) == set(picture.vertices)
    assert_apart(placed)


def test_an_opened_range_is_an_axis() -> None:
    lines = tuple(line.replace("slots = 100", "slots = 3") for line in MEMORY)
    picture = picture_of(lines, View({None: 2}, ranges=True))
    grid = places(picture, "M")
    assert grid[1, 1][0] < grid[1, 2][0] < grid[1, 3][0]
    assert_apart(place_vertices(picture))


def test_with_every_operation_graphviz_decides() -> None:
    assert place_vertices(picture_of(GRID, View({None: 2}, everything=True))) == {}


def test_levels_and_groups() -> None:
    picture = library_picture("models/elman.rnn", View({None: 3}))
    assert find_levels(picture) == {"x": 0, "h": 1, "o": 2, "y": 2, "y.nll": 3, "loss": 4}
    rows, single = find_groups(picture).values()
    assert [group.name for group in rows] == ["x", "h", "o", "y", "y.nll"]
    assert [group.name for group in single] == ["loss"]
    assert [group.name for group in rows if group.data] == ["x", "y"]


def test_differ() -> None:
    vertices = picture_of(ATTENTION, View({None: 2})).vertices
    assert differ(vertices["d@1"], vertices["e@(2,1)"])
    assert not differ(vertices["a@1"], vertices["e@(2,1)"])
    assert not differ(vertices["a@1"], vertices["d@2"])


def test_ranks() -> None:
    tree, grid = picture_of(TREE, View(structure={"m": NODES})), picture_of(GRID)
    assert rank_of(tree, tree.vertices["h@1"]) == rank_of(tree, tree.vertices["f@(1,2)"]) == ("m", 2)
    assert rank_of(tree, tree.vertices["h@3"]) == rank_of(tree, tree.vertices["x@5"]) == ("m", 0)
    assert rank_of(grid, grid.vertices["h@(3,2)"]) == ("i", 3)
    assert rank_of(grid, grid.vertices["z"]) is None


def test_heights() -> None:
    assert heights(NODES) == [2, 1, 0, 0, 0]
    assert heights(((), (0, 2), (0,))) == [0, 2, 1]
    assert max(heights([*([k + 1] for k in range(5000)), []])) == 5000


def test_nodes_do_not_cover_one_another() -> None:
    shared = ((1, 2, 3), (4,), (4,), (4,), ())
    places = spread_nodes(shared, heights(shared), [1.0] * 5)
    assert places[1] + 1 <= places[2]
    assert places[2] + 1 <= places[3]
    wide = spread_nodes(NODES, heights(NODES), [5.0, 5.0, 1.0, 1.0, 1.0])
    assert wide[3] < wide[1] < wide[4] < wide[2]
