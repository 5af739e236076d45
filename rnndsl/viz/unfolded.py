"""Unfolded pictures as SVG: every quantity at every point, steps of time and rows of grids as bands."""

from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape
from itertools import pairwise
from typing import Final, NamedTuple

from rnndsl.indices import Index, Kind
from rnndsl.viz.compound import HIGH, LETTERS, SMALL
from rnndsl.viz.layers import Edge, Size, lay_out
from rnndsl.viz.lettering import text_width
from rnndsl.viz.looks import BACK, LINE, PALE
from rnndsl.viz.picture import Picture, Vertex
from rnndsl.viz.placing import differ, place_vertices
from rnndsl.viz.routing import Bow, Ground, Rectangle
from rnndsl.viz.svg import frame, label, legend, legend_width, number, open_svg, text, tip

#: Pixels to an inch of the placement, room around, letters of vertices, and the colour of every other band.
INCH: Final = 96.0
MARGIN: Final = 34.0
VERTEX: Final = LETTERS - 1
BAND: Final = "#f5f7fa"
#: So many lines of one quantity to one vertex, or back, are many.
MANY: Final = 3
#: More operations than these are for Graphviz to draw.
MOST: Final = 400


class Band(NamedTuple):
    """The points of one step: from where to where, across or down."""

    words: str
    low: float
    high: float
    down: bool


def write_unfolded(picture: Picture, words: Mapping[str, str]) -> str:
    """Return the SVG of an unfolded picture; `words` says what is told of a quantity, by its name."""
    places = find_places(picture)
    ground = Ground(places)
    lines = _lines(picture, ground)
    left, top, right, bottom = _extent(places.values(), [line.bow for line in lines])
    kinds = [vertex.kind for vertex in picture.vertices.values()]
    wide = max(right - left, legend_width(kinds))
    paper = Rectangle((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
    body = [
        *(_band(band, place, paper) for place, band in enumerate(find_bands(picture, places))),
        *(_edge(line) for line in sorted(lines, key=lambda line: not line.pale)),
        *(_vertex(vertex, places[name], words) for name, vertex in picture.vertices.items()),
    ]
    shift = f"{number((wide - right + left) / 2 - left)} {number(-top)}"
    signs, end = legend(kinds, bottom - top)
    moved = [f'<g transform="translate({shift})">', *body, "</g>", *signs]
    return open_svg(picture.name, wide, end) + "\n".join(moved) + "\n</svg>"


class _Line(NamedTuple):
    """A need as it is drawn: whether it moves a recurrence on, and whether it is one of many that cross others."""

    needs: tuple[str, str]
    bow: Bow
    moves: bool
    pale: bool


def _lines(picture: Picture, ground: Ground) -> list[_Line]:
    """Return the lines: those that gather or spread many points are straight, others are led around what is there."""
    gathered = Counter((picture.vertices[source].name, target) for source, target in picture.edges)
    spread = Counter((source, picture.vertices[target].name) for source, target in picture.edges)
    found = []
    for source, target in picture.edges:
        one, other = picture.vertices[source], picture.vertices[target]
        moves = one.kind == "state" and one.cycle == other.cycle and differ(one, other)
        straight, free = ground.straight(source, target)
        many = max(gathered[one.name, target], spread[source, other.name]) >= MANY
        bow = straight if free or many else ground.lead(source, target)
        found.append(_Line((source, target), bow, moves, many and not free))
    return found


def find_places(picture: Picture) -> dict[str, Rectangle]:
    """Return where every vertex is in pixels, y downward."""
    placed = {name: (INCH * x, -INCH * y) for name, (x, y) in place_vertices(picture).items()}
    return {
        name: Rectangle(x, y, vertex_width(picture.vertices[name]), HIGH)
        for name, (x, y) in (placed or _by_layers(picture)).items()
    }


def _extent(places: Iterable[Rectangle], lines: Iterable[Bow]) -> tuple[float, float, float, float]:
    """Return from where to where everything reaches, with a margin: left, top, right, bottom."""
    points = [(x + side * w / 2, y + side * h / 2) for x, y, w, h in places for side in (-1, 1)]
    points += [bow.at(step / 8) for bow in lines for step in range(9)]
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    return min(xs) - MARGIN, min(ys) - MARGIN / 2, max(xs) + MARGIN, max(ys) + MARGIN


def _by_layers(picture: Picture) -> dict[str, tuple[float, float]]:
    """Return places for operations, of which nobody has said how they stand."""
    sizes = {}
    for name, vertex in picture.vertices.items():
        half = vertex_width(vertex) / 2
        sizes[name] = Size(half, half, HIGH)
    layout = lay_out(sizes, [Edge(source, target) for source, target in picture.edges])
    return {name: (x, -y) for name, (x, y) in layout.places.items()}


def written(vertex: Vertex) -> str:
    """Return what stands on a vertex: its name with its point in brackets."""
    return vertex.name + (f"[{', '.join(map(str, vertex.point))}]" if vertex.point else "")


def vertex_width(vertex: Vertex) -> float:
    """Return how wide the box of a vertex is."""
    return max(HIGH + 8, text_width(written(vertex), VERTEX) + 14)


# Bands ----------------------------------------------------------------------------------------------------------------


def find_bands(picture: Picture, places: Mapping[str, Rectangle]) -> list[Band]:
    """Return the steps of each sequence whose points stand apart from each other, from left to right or top down."""
    found: list[Band] = []
    indices = dict.fromkeys(index for vertex in picture.vertices.values() for index in vertex.indices)
    for index in indices:
        if index.kind is Kind.SEQUENCE:
            found += _bands_of(picture, places, index)
    return found


def _bands_of(picture: Picture, places: Mapping[str, Rectangle], index: Index) -> list[Band]:
    at: dict[int, list[Rectangle]] = {}
    for name, vertex in picture.vertices.items():
        if index in vertex.indices:
            at.setdefault(vertex.point[vertex.indices.index(index)], []).append(places[name])
    for down in (False, True):
        spans = {point: _span(rectangles, down=down) for point, rectangles in sorted(at.items())}
        edges = sorted(spans.values())
        if all(one[1] <= other[0] for one, other in pairwise(edges)):
            return [Band(f"{index.name} = {point}", *span, down) for point, span in spans.items()]
    return []


def _span(rectangles: list[Rectangle], *, down: bool) -> tuple[float, float]:
    if down:
        low = min(place.y - place.height / 2 for place in rectangles)
        return low, max(place.y + place.height / 2 for place in rectangles)
    low = min(place.x - place.width / 2 for place in rectangles)
    return low, max(place.x + place.width / 2 for place in rectangles)


# Parts ----------------------------------------------------------------------------------------------------------------


def _band(band: Band, place: int, paper: Rectangle) -> str:
    low, high = band.low - 8, band.high + 8
    left, top = paper.x - paper.width / 2 + 4, paper.y - paper.height / 2 + 4
    if band.down:
        where = (left, low, paper.width - 8, high - low)
        words = text(left + 4, low + 8, band.words, size=SMALL, fill=PALE, anchor="start")
    else:
        where = (low, top, high - low, paper.height - 8)
        words = text((low + high) / 2, top + paper.height - 18, band.words, size=SMALL, fill=PALE)
    x, y, width, height = map(number, where)
    opacity = "1" if place % 2 == 0 else "0.45"
    frame = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="{BAND}" fill-opacity="{opacity}"/>'
    return f'<g class="band">{frame}{words}</g>'


def _edge(line: _Line) -> str:
    ink = BACK if line.moves else LINE
    (x, y), (ax, ay), (bx, by), (ex, ey) = line.bow
    path = f"M{number(x)} {number(y)} C{number(ax)} {number(ay)} {number(bx)} {number(by)} {number(ex)} {number(ey)}"
    pale = ' stroke-opacity="0.4"' if line.pale else ""
    return (
        f'<g class="{"line back" if line.moves else "line"}" data-needs="{escape(">".join(line.needs))}">'
        f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{1.6 if line.moves else 1.1}"{pale}/>'
        f"{tip((ex, ey, ex - bx, ey - by), ink)}</g>"
    )


def _vertex(vertex: Vertex, place: Rectangle, words: Mapping[str, str]) -> str:
    said = words.get(vertex.name, "")
    title = f"{written(vertex)}\n{said}" if said else written(vertex)
    return (
        f'<g class="node {vertex.kind}" data-name="{escape(vertex.name)}" data-label="{escape(vertex.label)}">'
        f"<title>{escape(title)}</title>{frame(vertex.kind, place)}"
        f"{label(place.x, place.y, written(vertex), VERTEX)}</g>"
    )
