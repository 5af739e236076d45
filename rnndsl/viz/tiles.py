"""A sequence as tiles: one step is laid out as the folded graph is, and stands there as often as there are steps.

Within a tile lines are those of the folded graph. From tile to tile leads what was a black square there: to the one
quantity that reads it, or to a knot from which several do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.graph.unfold import label
from rnndsl.indices import Index, Kind
from rnndsl.viz.fold import Folded, Item, Link, scope_of
from rnndsl.viz.picture import Picture, Vertex, vertex_width
from rnndsl.viz.routing import Bow, Ground, Rectangle
from rnndsl.viz.tracing import Drawing, Stroke, draw
from rnndsl.viz.wiring import Square, Wire, Wiring, shared_scope

#: Room between two tiles, and between the tiles and what stands beside or above them; how large a knot is.
APART: Final = 64.0
ABOVE: Final = 60.0
KNOT: Final = 8.0


def sequence_of(picture: Picture) -> Index | None:
    """Return the one sequence that a picture is of; None if it is of something else, or of operations."""
    domains = {vertex.indices for vertex in picture.vertices.values() if vertex.indices}
    plain = all(vertex.kind not in {"operator", "parameter"} for vertex in picture.vertices.values())
    if len(domains) != 1 or not plain:
        return None
    ((index, *others),) = domains
    return index if index.kind is Kind.SEQUENCE and not others else None


@dataclass
class Tiles:
    """Where everything of a sequence stands, in pixels, y downward, the first tile at the left."""

    picture: Picture
    cells: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def steps(self) -> list[int]:
        """The points, in order."""
        return sorted({vertex.point[0] for vertex in self.picture.vertices.values() if vertex.point})

    @cached_property
    def delays(self) -> dict[tuple[str, str], list[int]]:
        """By how many steps a quantity is read by another, for every two of them."""
        found: dict[tuple[str, str], dict[int, None]] = {}
        for source, target in self.picture.edges:
            one, other = self.picture.vertices[source], self.picture.vertices[target]
            if one.point and other.point:
                found.setdefault((one.name, other.name), {})[other.point[0] - one.point[0]] = None
        return {pair: list(delays) for pair, delays in found.items()}

    @cached_property
    def folded(self) -> Folded:
        """The step that is repeated, with room for the largest number."""
        items: dict[str, Item] = {}
        for vertex in self.picture.vertices.values():
            if vertex.point and vertex.name not in items:
                items[vertex.name] = self._item(vertex)
        links = [Link(*pair) for pair, delays in self.delays.items() if 0 in delays and pair[0] != pair[1]]
        return Folded(self.picture.name, items, tuple(links), self._open)

    @cached_property
    def _open(self) -> dict[str, str]:
        """The cells of which more than the value is shown."""
        names = {vertex.name for vertex in self.picture.vertices.values()}
        return {
            scope: cell for scope, cell in self.cells.items() if any(name.startswith(f"{scope}.") for name in names)
        }

    def _item(self, vertex: Vertex) -> Item:
        scope = scope_of(vertex.name, self._open)
        local = vertex.name.removeprefix(f"{scope}.") if scope else vertex.name
        return Item(vertex.name, local, ("0" * len(str(self.steps[-1])),), vertex.kind, scope, "", "", NOWHERE)

    @cached_property
    def knots(self) -> dict[str, tuple[Square, int]]:
        """Where several quantities of one cell read a quantity at the same other step: by name, with the delay."""
        groups: dict[tuple[str, int, str], list[str]] = {}
        for (source, target), delays in self.delays.items():
            scope = shared_scope(self.folded, Link(source, target))
            for delay in delays:
                if delay and self._regular(source, target):
                    groups.setdefault((source, delay, scope), []).append(target)
        return {
            f"knot:{source}:{delay}:{scope}": (
                Square(f"knot:{source}:{delay}:{scope}", source, str(delay), scope),
                delay,
            )
            for (source, delay, scope), targets in groups.items()
            if len(targets) > 1
        }

    def _regular(self, source: str, target: str) -> bool:
        """Tell a few delays, the same at every step, from reads of one point such as the last."""
        return sum(delay != 0 for delay in self.delays[source, target]) <= max(1, len(self.steps) // 2)

    @cached_property
    def _edges(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.picture.edges)

    @cached_property
    def tile(self) -> Drawing:
        """One step, drawn."""
        wires = [Wire(link.source, link.target, link.source, link.target) for link in self.folded.links]
        for (source, target), delays in self.delays.items():
            for delay in delays:
                knot = self.knot(source, target, delay)
                if knot:
                    wires.append(Wire(knot, target, knot, target))
        squares = {name: square for name, (square, _) in self.knots.items()}
        return draw(self.folded, Wiring(squares, {}, tuple(wires)))

    def knot(self, source: str, target: str, delay: int) -> str | None:
        """Return the knot that a need passes, if it passes one."""
        name = f"knot:{source}:{delay}:{shared_scope(self.folded, Link(source, target))}"
        return name if name in self.knots and self._regular(source, target) else None

    # Places -----------------------------------------------------------------------------------------------------------

    @property
    def across(self) -> float:
        """How far a tile is from the next."""
        return self.tile.width + APART

    def shift(self, step: int) -> float:
        """Return where the tile of a step begins."""
        return self.steps.index(step) * self.across

    @cached_property
    def places(self) -> dict[str, Rectangle]:
        """Where every vertex stands."""
        found = {}
        for name, vertex in self.picture.vertices.items():
            if vertex.point:
                place = self.tile.nodes[vertex.name]
                found[name] = place._replace(x=place.x + self.shift(vertex.point[0]))
        return found | self._singles()

    def _singles(self) -> dict[str, Rectangle]:
        """Place what has no points: before the tiles if they need it, else above them, data beside who needs it."""
        vertices = self.picture.vertices
        singles = [name for name, vertex in vertices.items() if not vertex.point]
        leading = {one for one, other in self.picture.edges if vertices[other].point}
        middle = (len(self.steps) * self.across - APART) / 2
        found: dict[str, Rectangle] = {}
        above, before = 0, 0
        for name in (name for name in singles if not _given(vertices[name]) or name in leading):
            wide = vertex_width(vertices[name])
            if name in leading:
                before += 1
                found[name] = Rectangle(-ABOVE - wide / 2, self.tile.height - 30 - ABOVE * before, wide, 30.0)
            else:
                above += 1
                found[name] = Rectangle(middle, 24 - ABOVE * above, wide, 30.0)
        for place, name in enumerate(name for name in singles if name not in found):
            wide = vertex_width(vertices[name])
            user = found[next(other for one, other in self.picture.edges if one == name)]
            found[name] = user._replace(x=user.x - 2 * ABOVE - wide / 2 - (wide + ABOVE) * place, width=wide)
        return found

    # Lines ------------------------------------------------------------------------------------------------------------

    def strokes(self) -> Iterator[tuple[int, Stroke]]:
        """Yield the lines inside tiles with their steps, the needs as those of vertices."""
        for step in self.steps:
            for stroke in self.tile.strokes:
                needs = tuple(need for need in self._needs(stroke, step) if need in self._edges)
                if needs:
                    yield step, stroke._replace(needs=needs)

    def _needs(self, stroke: Stroke, step: int) -> Iterator[tuple[str, str]]:
        for source, target in stroke.needs:
            square, delay = self.knots.get(source, (None, 0))
            name = source if square is None else square.source
            yield label(name, [step - delay]), label(target, [step])

    @cached_property
    def bows(self) -> tuple[tuple[tuple[tuple[str, str], ...], Bow, str | None], ...]:
        """The lines between tiles with their needs, and the knot that they end at, if any."""
        return tuple(self._bows())

    def _bows(self) -> Iterator[tuple[tuple[tuple[str, str], ...], Bow, str | None]]:
        led: dict[tuple[str, str, int], Bow] = {}
        knotted: dict[tuple[str, int], list[tuple[str, str]]] = {}
        for source, target in self.picture.edges:
            one, other = self.picture.vertices[source], self.picture.vertices[target]
            if not one.point or not other.point or one.point == other.point:
                continue
            delay = other.point[0] - one.point[0]
            knot = self.knot(one.name, other.name, delay)
            if knot:
                knotted.setdefault((knot, other.point[0]), []).append((source, target))
            else:
                key = (one.name, other.name, delay)
                led.setdefault(key, self._lead(*key))
                yield ((source, target),), _moved(led[key], self.shift(one.point[0])), None
        for (knot, step), needs in knotted.items():
            square, delay = self.knots[knot]
            key = (square.source, knot, delay)
            led.setdefault(key, self._lead(*key))
            yield tuple(needs), _moved(led[key], self.shift(step - delay)), knot

    def _lead(self, source: str, target: str, delay: int) -> Bow:
        """Return the line from the first of a few tiles to a later one, or earlier one."""
        ground: dict[str, Rectangle] = {}
        for tile in sorted({0, delay, *(way for way in (-1, 1) if abs(delay) > 1)}):
            for name, place in self.tile.nodes.items():
                ground[f"{name}@{tile}"] = place._replace(x=place.x + tile * self.across)
            for mark in self.tile.marks:
                ground[f"{mark.name}@{tile}"] = Rectangle(mark.x + tile * self.across, mark.y, KNOT, KNOT)
        return Ground(ground).lead(f"{source}@0", f"{target}@{delay}")


def _moved(bow: Bow, by: float) -> Bow:
    return Bow(*((x + by, y) for x, y in bow))


def _given(vertex: Vertex) -> bool:
    return vertex.kind in {"input", "target"}
