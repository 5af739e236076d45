"""Sequences as SVG: the tiles, what leads from one to the next, and what stands beside them."""

from collections.abc import Iterator, Mapping

from rnndsl.viz.looks import BACK
from rnndsl.viz.picture import Picture
from rnndsl.viz.routing import Ground, Rectangle
from rnndsl.viz.sheet import Band, Line, Sheet, draw_band, draw_line, draw_vertex, extent
from rnndsl.viz.svg import draw_box, draw_stroke, number
from rnndsl.viz.tiles import KNOT, Tiles


def tile_sheet(picture: Picture, words: Mapping[str, str], cells: Mapping[str, str]) -> Sheet:
    """Return the drawing of a sequence."""
    tiles = Tiles(picture, cells)
    lines = [*_between(tiles), *_single(tiles)]
    paper = extent([*tiles.places.values(), *_corners(tiles)], [line.bow for line in lines])
    body = [
        *(draw_band(band, place) for place, band in enumerate(_bands(tiles))),
        *(_placed(tiles, step, draw_box(tiles.tile, scope)) for step in tiles.steps for scope in tiles.tile.boxes),
        *(draw_line(line) for line in sorted(lines, key=lambda line: not line.pale)),
        *(_placed(tiles, step, draw_stroke(stroke)) for step, stroke in tiles.strokes()),
        *_knots(tiles),
    ]
    for name, vertex in picture.vertices.items():
        shorter = tiles.folded.items[vertex.name].label if vertex.point else ""
        body.append(draw_vertex(vertex, tiles.places[name], words, shorter))
    return Sheet(paper, tuple(body))


def _corners(tiles: Tiles) -> Iterator[Rectangle]:
    wide, high = tiles.tile.width, tiles.tile.height
    for step in tiles.steps:
        yield Rectangle(tiles.shift(step) + wide / 2, high / 2, wide, high)


def _placed(tiles: Tiles, step: int, part: str) -> str:
    return f'<g transform="translate({number(tiles.shift(step))} 0)">{part}</g>'


def _bands(tiles: Tiles) -> Iterator[Band]:
    index = next(vertex.indices[0] for vertex in tiles.picture.vertices.values() if vertex.indices)
    for step in tiles.steps:
        low = tiles.shift(step)
        wide, high = tiles.tile.width, tiles.tile.height
        yield Band(f"{index.name} = {step}", low, low + wide, down=False, start=0.0, end=high)


def _between(tiles: Tiles) -> Iterator[Line]:
    vertices = tiles.picture.vertices
    for needs, bow, knot in tiles.bows:
        moves = all(
            vertices[source].kind == "state" and vertices[source].cycle == vertices[target].cycle
            for source, target in needs
        )
        yield Line(needs, bow, moves, tip=knot is None)


def _single(tiles: Tiles) -> Iterator[Line]:
    """Yield the lines to and from what has no points, straight ones."""
    ground = Ground(tiles.places)
    for source, target in tiles.picture.edges:
        if not (tiles.picture.vertices[source].point and tiles.picture.vertices[target].point):
            line, free = ground.straight(source, target)
            yield Line(((source, target),), line, moves=False, pale=not free)


def _knots(tiles: Tiles) -> Iterator[str]:
    """Yield the knots that lines from other tiles end at."""
    marks = {mark.name: mark for mark in tiles.tile.marks}
    for needs, _, knot in tiles.bows:
        if knot is not None:
            x = marks[knot].x + tiles.shift(tiles.picture.vertices[needs[0][1]].point[0])
            place = f'cx="{number(x)}" cy="{number(marks[knot].y - KNOT / 4)}" r="{number(KNOT / 2)}"'
            yield f'<circle class="knot" {place} fill="{BACK}"/>'
