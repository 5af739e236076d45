"""What unfolded pictures are drawn with: paper, bands, lines and vertices, as SVG."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final, NamedTuple

from rnndsl.viz.compound import SMALL
from rnndsl.viz.looks import BACK, LINE, PALE
from rnndsl.viz.picture import VERTEX, Vertex, written
from rnndsl.viz.routing import Bow, Rectangle
from rnndsl.viz.svg import frame, label, number, text, tip

#: Room around everything, and the colour of every other band.
MARGIN: Final = 44.0
BAND: Final = "#f5f7fa"


class Sheet(NamedTuple):
    """A picture: the paper that it takes, around its middle, and what is on it."""

    paper: Rectangle
    body: tuple[str, ...]


class Band(NamedTuple):
    """The points of one step: from where to where across, or down, and where the band starts and ends along itself."""

    words: str
    low: float
    high: float
    down: bool
    start: float
    end: float


class Line(NamedTuple):
    """Needs that are drawn as one line: whether it moves a recurrence on, and whether it is one of many.

    A line that does not end at a vertex has no `tip`.
    """

    needs: tuple[tuple[str, str], ...]
    bow: Bow
    moves: bool
    pale: bool = False
    tip: bool = True


def extent(places: Iterable[Rectangle], lines: Iterable[Bow]) -> Rectangle:
    """Return the paper that everything fits on, with a margin."""
    points = [(x + side * w / 2, y + side * h / 2) for x, y, w, h in places for side in (-1, 1)]
    points += [bow.at(step / 8) for bow in lines for step in range(9)]
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    left, top, right, bottom = min(xs) - MARGIN, min(ys) - MARGIN / 2, max(xs) + MARGIN, max(ys) + MARGIN
    return Rectangle((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)


def draw_band(band: Band, place: int) -> str:
    """Return a band with its words at its left or lower end; every other one is paler."""
    low, high, start, end = band.low - 8, band.high + 8, band.start - 10, band.end + 24
    if band.down:
        start, end = band.start - 40, band.end + 10
        where = (start, low, end - start, high - low)
        words = text(start + 6, (low + high) / 2, band.words, size=SMALL, fill=PALE, anchor="start")
    else:
        where = (low, start, high - low, end - start)
        words = text((low + high) / 2, end - 10, band.words, size=SMALL, fill=PALE)
    x, y, width, height = map(number, where)
    opacity = "1" if place % 2 == 0 else "0.45"
    block = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="{BAND}" fill-opacity="{opacity}"/>'
    return f'<g class="band">{block}{words}</g>'


def draw_line(line: Line) -> str:
    """Return a line from border to border."""
    ink = BACK if line.moves else LINE
    (x, y), (ax, ay), (bx, by), (ex, ey) = line.bow
    path = f"M{number(x)} {number(y)} C{number(ax)} {number(ay)} {number(bx)} {number(by)} {number(ex)} {number(ey)}"
    pale = ' stroke-opacity="0.4"' if line.pale else ""
    needs = escape("|".join(f"{source}>{target}" for source, target in line.needs))
    end = tip((ex, ey, ex - bx, ey - by), ink) if line.tip else ""
    return (
        f'<g class="{"line back" if line.moves else "line"}" data-needs="{needs}"><path d="{path}" fill="none" '
        f'stroke="{ink}" stroke-width="{1.6 if line.moves else 1.1}"{pale}/>{end}</g>'
    )


def draw_vertex(vertex: Vertex, place: Rectangle, words: Mapping[str, str], name: str = "") -> str:
    """Return a vertex with what is told of it; in a cell its name is shorter."""
    said = words.get(vertex.name, "")
    title = f"{written(vertex)}\n{said}" if said else written(vertex)
    return (
        f'<g class="node {vertex.kind}" data-name="{escape(vertex.name)}" data-label="{escape(vertex.label)}">'
        f"<title>{escape(title)}</title>{frame(vertex.kind, place)}"
        f"{label(place.x, place.y, written(vertex, name), VERTEX)}</g>"
    )
