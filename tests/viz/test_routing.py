"""Lines that lead around what is in their way."""

import pytest

from rnndsl.viz.routing import CLEAR, Bow, Ground, Rectangle, border

ENDS = {"a": Rectangle(0, 0, 40, 30), "b": Rectangle(400, 0, 40, 30)}


def touches(line: Bow, place: Rectangle) -> bool:
    points = [line.at(step / 100) for step in range(101)]
    return any(abs(x - place.x) < place.width / 2 and abs(y - place.y) < place.height / 2 for x, y in points)


def test_a_free_line_is_straight() -> None:
    line, free = Ground(ENDS).straight("a", "b")
    assert free
    assert line == Ground(ENDS).lead("a", "b")
    assert {y for _, y in line} == {0.0}
    assert (line.start, line.end) == ((20.0, 0.0), (380.0, 0.0))


@pytest.mark.parametrize("at", [(200, 0), (100, 5), (320, -8)])
def test_a_line_leads_around_what_is_in_its_way(at: tuple[int, int]) -> None:
    places = {**ENDS, "c": Rectangle(*at, 60, 30)}
    ground = Ground(places)
    assert not ground.straight("a", "b")[1]
    assert not touches(ground.lead("a", "b"), places["c"])


def test_where_there_is_no_way_round_it_touches_little() -> None:
    wall = {f"w{k}": Rectangle(200, 60 * k, 60, 50) for k in range(-9, 10)}
    line = Ground({**ENDS, **wall}).lead("a", "b")
    assert sum(touches(line, place) for place in wall.values()) == 1


def test_a_line_starts_at_the_border() -> None:
    assert border(Rectangle(0, 0, 40, 30), (0, 100)) == (0, 15)
    assert border(Rectangle(0, 0, 40, 30), (5, 5)) == (5, 5)
    assert CLEAR > 0
