"""What stands on vertices."""

from rnndsl.viz.picture import vertex_width, written
from tests.cli.pictures import GRID, picture_of


def test_points_are_written_in_brackets() -> None:
    picture = picture_of(GRID)
    assert written(picture.vertices["h@(1,2)"]) == "h[1, 2]"
    assert written(picture.vertices["z"]) == "z"
    assert vertex_width(picture.vertices["h@(1,2)"]) > vertex_width(picture.vertices["z"])
