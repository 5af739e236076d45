"""Paper, lines and vertices of unfolded pictures."""

from rnndsl.viz.picture import Vertex
from rnndsl.viz.routing import Bow, Rectangle
from rnndsl.viz.sheet import MARGIN, Band, Line, draw_band, draw_line, draw_vertex, extent

BOW = Bow((0, 0), (10, 100), (20, 100), (30, 0))


def test_paper_holds_places_and_bows() -> None:
    paper = extent([Rectangle(0, 0, 40, 30)], [BOW])
    assert paper.x - paper.width / 2 == -20 - MARGIN
    assert paper.x + paper.width / 2 == 30 + MARGIN
    assert paper.y + paper.height / 2 > 70 + MARGIN


def test_a_line_says_which_needs_it_is_for() -> None:
    line = draw_line(Line((("a@1", "b@2"), ("a@1", "c@2")), BOW, moves=True))
    assert 'class="line back" data-needs="a@1&gt;b@2|a@1&gt;c@2"' in line
    assert "<polygon" in line
    assert "<polygon" not in draw_line(Line((), BOW, moves=False, tip=False))
    assert "stroke-opacity" in draw_line(Line((), BOW, moves=False, pale=True))


def test_a_vertex_is_named_in_full_in_its_title() -> None:
    vertex = Vertex("h.c@2", "h.c", "state", (), (2,))
    drawn = draw_vertex(vertex, Rectangle(0, 0, 40, 30), {"h.c": "h.c[t] = <1>"}, "c")
    assert "<title>h.c[2]\nh.c[t] = &lt;1&gt;</title>" in drawn
    assert ">c<tspan" in drawn


def test_bands_run_across_or_down_as_far_as_they_are_told() -> None:
    down = draw_band(Band("t = 1", 10, 30, down=True, start=100, end=200), 0)
    assert '<rect x="60" y="2" width="150" height="36"' in down
    across = draw_band(Band("t = 1", 10, 30, down=False, start=100, end=200), 1)
    assert '<rect x="2" y="90" width="36" height="134"' in across
    assert 'fill-opacity="0.45"' in across
