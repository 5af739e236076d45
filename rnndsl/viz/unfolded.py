"""Unfolded pictures as SVG: every quantity at every point, steps of time and rows of grids as bands."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from rnndsl.indices import Index, Kind
from rnndsl.viz.compound import HIGH
from rnndsl.viz.layers import Edge, Size, lay_out
from rnndsl.viz.picture import Picture, vertex_width
from rnndsl.viz.placing import differ, place_vertices
from rnndsl.viz.routing import Ground, Rectangle
from rnndsl.viz.sheet import Band, Line, Sheet, draw_band, draw_line, draw_vertex, extent
from rnndsl.viz.svg import legend, legend_width, number, open_svg
from rnndsl.viz.tile_sheet import tile_sheet
from rnndsl.viz.tiles import sequence_of

#: Pixels to an inch of the placement.
INCH: Final = 96.0
#: So many lines of one quantity to one vertex, or back, are many.
MANY: Final = 3
#: More operations than these are for Graphviz to draw.
MOST: Final = 400


def write_unfolded(picture: Picture, words: Mapping[str, str], cells: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the SVG of an unfolded picture.

    Args:
        picture: What is drawn: a sequence in tiles, all else as it is placed.
        words: What is told of a quantity, by its name.
        cells: The cell of every use of one, for the boxes in tiles.
    """
    sheet = tile_sheet(picture, words, cells) if sequence_of(picture) else _placed_sheet(picture, words)
    kinds = [vertex.kind for vertex in picture.vertices.values()]
    wide = max(sheet.paper.width, legend_width(kinds))
    left, top = sheet.paper.x - wide / 2, sheet.paper.y - sheet.paper.height / 2
    signs, end = legend(kinds, sheet.paper.height)
    body = [f'<g transform="translate({number(-left)} {number(-top)})">', *sheet.body, "</g>", *signs]
    return open_svg(picture.name, wide, end) + "\n".join(body) + "\n</svg>"


def _placed_sheet(picture: Picture, words: Mapping[str, str]) -> Sheet:
    places = find_places(picture)
    lines = _lines(picture, Ground(places))
    paper = extent(places.values(), [line.bow for line in lines])
    body = [
        *(draw_band(band, place) for place, band in enumerate(find_bands(picture, places))),
        *(draw_line(line) for line in sorted(lines, key=lambda line: not line.pale)),
        *(draw_vertex(vertex, places[name], words) for name, vertex in picture.vertices.items()),
    ]
    return Sheet(paper, tuple(body))


def _lines(picture: Picture, ground: Ground) -> list[Line]:
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
        found.append(Line(((source, target),), bow, moves, many and not free))
    return found


def find_places(picture: Picture) -> dict[str, Rectangle]:
    """Return where every vertex is in pixels, y downward."""
    placed = {name: (INCH * x, -INCH * y) for name, (x, y) in place_vertices(picture).items()}
    return {
        name: Rectangle(x, y, vertex_width(picture.vertices[name]), HIGH)
        for name, (x, y) in (placed or _by_layers(picture)).items()
    }


def _by_layers(picture: Picture) -> dict[str, tuple[float, float]]:
    """Return places for operations, of which nobody has said how they stand."""
    sizes = {}
    for name, vertex in picture.vertices.items():
        half = vertex_width(vertex) / 2
        sizes[name] = Size(half, half, HIGH)
    layout = lay_out(sizes, [Edge(source, target) for source, target in picture.edges])
    return {name: (x, -y) for name, (x, y) in layout.places.items()}


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
    everything = [place for rectangles in at.values() for place in rectangles]
    for down in (False, True):
        spans = {point: _span(rectangles, down=down) for point, rectangles in sorted(at.items())}
        edges = sorted(spans.values())
        if all(one[1] <= other[0] for one, other in pairwise(edges)):
            along = _span(everything, down=not down)
            return [Band(f"{index.name} = {point}", *span, down, *along) for point, span in spans.items()]
    return []


def _span(rectangles: list[Rectangle], *, down: bool) -> tuple[float, float]:
    if down:
        low = min(place.y - place.height / 2 for place in rectangles)
        return low, max(place.y + place.height / 2 for place in rectangles)
    low = min(place.x - place.width / 2 for place in rectangles)
    return low, max(place.x + place.width / 2 for place in rectangles)
