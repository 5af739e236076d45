"""The drawing of a folded graph: boxes, nodes, squares and lines with their places, y downward, in pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from rnndsl.viz.compound import (
    ASIDE,
    BETWEEN,
    BOX,
    ENTERING,
    HALF,
    HIGH,
    LEAVING,
    LOOP,
    Block,
    Line,
    Plan,
    half_width,
)
from rnndsl.viz.fold import Folded
from rnndsl.viz.layers import Edge
from rnndsl.viz.lettering import typeset
from rnndsl.viz.routing import Rectangle
from rnndsl.viz.wiring import Wiring, wire_up

#: More quantities than these nobody can look at.
MOST: Final = 500
#: Room around the whole, and between two arrows that end at one node.
MARGIN: Final = 18.0
APART: Final = 13.0
#: How far a line bows before it runs across.
BOW: Final = 0.5


class Mark(NamedTuple):
    """A black square with its delay; `side` says on which side of it that is written."""

    name: str
    source: str
    delay: str
    x: float
    y: float
    side: int


class Stroke(NamedTuple):
    """A line as an SVG path without arrowhead, its tip with the direction it points to, and for which needs it is."""

    path: str
    tip: tuple[float, float, float, float] | None
    needs: tuple[tuple[str, str], ...]
    dashed: bool = False
    back: bool = False
    note: str = ""
    note_at: tuple[float, float] = (0.0, 0.0)


@dataclass
class Drawing:
    """Everything that is drawn of a folded graph."""

    folded: Folded
    width: float = 0.0
    height: float = 0.0
    boxes: dict[str, Rectangle] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, Rectangle] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)


def draw(folded: Folded, wiring: Wiring | None = None) -> Drawing:
    """Place a folded graph, with the lines that its links say unless others are given."""
    plan = Plan(folded, wiring or wire_up(folded))
    block = plan.block()
    drawing = Drawing(folded, block.width + 2 * MARGIN, block.height + 2 * MARGIN)
    _Tracer(drawing, plan, block, (drawing.width / 2, drawing.height / 2)).trace()
    return drawing


@dataclass
class _Tracer:
    """Traces one block whose middle is `at` the drawing's point."""

    drawing: Drawing
    plan: Plan
    block: Block
    at: tuple[float, float]
    hooks: dict[str, int] = field(default_factory=dict)

    def trace(self) -> None:
        """Add the block's members and lines to the drawing, then those of the blocks inside."""
        if self.block.scope:
            self.drawing.boxes[self.block.scope] = Rectangle(*self.at, self.block.width, self.block.height)
            self.drawing.titles[self.block.scope] = self.plan.title(self.block.scope)
        for name in self.block.sizes:
            if name in self.drawing.folded.items:
                x, y = self.place(name)
                self.drawing.nodes[name] = Rectangle(x, y, 2 * half_width(self.drawing.folded.items[name]), HIGH)
                self._add_loops(name, x, y)
        ends = self._ends()
        for line in self.block.lines:
            self.drawing.strokes.append(self._stroke(line, ends))
        for square in self.plan.wiring.squares.values():
            if square.scope == self.block.scope:
                x, y = self.place(square.name)
                side = -self.hooks.get(square.name, -1)
                self.drawing.marks.append(Mark(square.name, square.source, square.delay, x, y, side))
        for scope, inner in self.block.inner.items():
            _Tracer(self.drawing, self.plan, inner, self.place(BOX + scope)).trace()

    def place(self, name: str) -> tuple[float, float]:
        """Return where a member is in the drawing."""
        x, y = self.block.place(name)
        return self.at[0] + x, self.at[1] - y

    def x(self, x: float) -> float:
        """Return a layout's x in the drawing."""
        return self.at[0] + x - self.block.shift[0]

    def low(self, row: int) -> float:
        """Return the lower border of a row in the drawing."""
        return self.at[1] - self.block.layout.rows[row].low + self.block.shift[1]

    def high(self, row: int) -> float:
        """Return the upper border of a row in the drawing."""
        return self.at[1] - self.block.layout.rows[row].high + self.block.shift[1]

    def half(self, name: str) -> tuple[float, float]:
        """Return half the width and height of what is drawn of a member."""
        if name in self.drawing.folded.items:
            return half_width(self.drawing.folded.items[name]), HIGH / 2
        if name.startswith(BOX):
            inner = self.block.inner[name.removeprefix(BOX)]
            return inner.width / 2, inner.height / 2
        return (0.0, 0.0) if name.startswith((ENTERING, LEAVING)) else (HALF, HALF)

    # Lines ------------------------------------------------------------------------------------------------------------

    def _ends(self) -> dict[Edge, float]:
        """Return where arrows that end at one item do, so that they stand side by side in the order they come from."""
        coming: dict[str, list[tuple[float, int, Edge]]] = {}
        for number, line in enumerate(self.block.lines):
            edge = line.edge
            if edge.target in self.drawing.folded.items and edge not in self.block.layout.turned:
                bends = self.block.layout.bends[edge]
                start = bends[-1][1] if bends else self.block.layout.places[edge.source][0] + edge.leave
                coming.setdefault(edge.target, []).append((start, number, edge))
        found = {}
        for target, edges in coming.items():
            step = min(APART, 1.5 * self.half(target)[0] / max(1, len(edges)))
            for place, (_, _, edge) in enumerate(sorted(edges)):
                found[edge] = (place - (len(edges) - 1) / 2) * step
        return found

    def _stroke(self, line: Line, ends: Mapping[Edge, float]) -> Stroke:
        edge = line.edge
        turned = edge in self.block.layout.turned
        path, tip = self._downward(edge) if turned else self._upward(edge, ends.get(edge, edge.enter))
        needs = tuple((wire.origin, wire.end) for wire in line.wires)
        note = ", ".join(dict.fromkeys(typeset(wire.note) for wire in line.wires if wire.note and line.arrow))
        dashed, back = all(wire.dashed for wire in line.wires), any(wire.back for wire in line.wires)
        return Stroke(path, tip if line.arrow else None, needs, dashed, back, note, self._aside(edge, tip))

    def _aside(self, edge: Edge, tip: tuple[float, float, float, float]) -> tuple[float, float]:
        """Return where a note stands: on the right of the last bend, or of the middle of a line without one."""
        bends = self.block.layout.bends[edge]
        if bends:
            row, x = bends[-1]
            return self.x(x) + 6, (self.low(row) + self.high(row)) / 2
        return (self.place(edge.source)[0] + edge.leave + tip[0]) / 2 + 6, tip[1] + BETWEEN / 2 + 4

    def _upward(self, edge: Edge, enter: float) -> tuple[str, tuple[float, float, float, float]]:
        """Return a line from the top of a member to the bottom of one that is higher."""
        levels = self.block.layout.row_of
        sx, sy = self.place(edge.source)
        tx, ty = self.place(edge.target)
        sx, tx = sx + edge.leave, tx + enter
        points = [(sx, sy - self.half(edge.source)[1]), (sx, self.high(levels[edge.source]))]
        for row, x in self.block.layout.bends[edge]:
            points += [(self.x(x), self.low(row)), (self.x(x), self.high(row))]
        points += [(tx, self.low(levels[edge.target])), (tx, ty + self.half(edge.target)[1])]
        return _curve(points), (*points[-1], 0.0, -1.0)

    def _downward(self, edge: Edge) -> tuple[str, tuple[float, float, float, float]]:
        """Return a line that leaves a member at its side and leads down to one that is lower."""
        levels = self.block.layout.row_of
        bends = self.block.layout.bends[edge][::-1]
        tx, ty = self.place(edge.target)
        square = edge.target in self.plan.wiring.squares
        sx = self.place(edge.source)[0] + edge.leave
        last = self.x(bends[-1][1]) if bends else sx
        if square:
            side = self.hooks.setdefault(edge.target, 1 if last >= tx else -1)
            tx += side * ASIDE
        start, column = self._exit(edge, self.x(bends[0][1]) if bends else tx)
        points = [(column, self.low(levels[edge.source]))]
        for row, x in bends:
            points += [(self.x(x), self.high(row)), (self.x(x), self.low(row))]
        points += [(tx, self.high(levels[edge.target]))]
        path = start + _curve(points, go_on=True)
        if square:
            end = tx - side * (ASIDE - HALF)
            return f"{path} L{_n(tx)} {_n(ty - 8)} Q{_n(tx)} {_n(ty)} {_n(end)} {_n(ty)}", (end, ty, -side, 0.0)
        top = ty - self.half(edge.target)[1]
        return f"{path} L{_n(tx)} {_n(top)}", (tx, top, 0.0, 1.0)

    def _exit(self, edge: Edge, toward: float) -> tuple[str, float]:
        """Return how a line leaves a member to lead down, and at which x it does: at the side, or over the top."""
        x, y = self.place(edge.source)
        half, high = self.half(edge.source)
        side = 1 if toward >= x else -1
        size = self.block.sizes[edge.source]
        reach = max(half, (size.right if side > 0 else size.left) - ASIDE)
        column = x + side * (reach + ASIDE - 3)
        down = self.low(self.block.layout.row_of[edge.source])
        if edge.source.startswith(BOX) or reach > half + 1:
            sx, top = x + edge.leave + (0 if edge.source.startswith(BOX) else side * half / 2), y - high
            over, r = top - BETWEEN / 4, 8 * side
            return (
                f"M{_n(sx)} {_n(top)} Q{_n(sx)} {_n(over)} {_n(sx + r)} {_n(over)} L{_n(column - r)} {_n(over)} "
                f"Q{_n(column)} {_n(over)} {_n(column)} {_n(over + 8)} L{_n(column)} {_n(down)}"
            ), column
        return (
            f"M{_n(x + side * half)} {_n(y)} Q{_n(column)} {_n(y)} {_n(column)} {_n(y + 9)} L{_n(column)} {_n(down)}"
        ), column

    def _add_loops(self, name: str, x: float, y: float) -> None:
        half = self.half(name)[0]
        for number, delay in enumerate(self.plan.wiring.loops.get(name, ())):
            side = -1 if number % 2 else 1
            start, far = x + side * half, x + side * (half + LOOP * (1 + number // 2))
            bow = far + side * LOOP / 3
            path = f"M{_n(start)} {_n(y - 7)} C{_n(bow)} {_n(y - 26)} {_n(bow)} {_n(y + 26)} {_n(start)} {_n(y + 7)}"
            middle = start + 0.75 * (bow - start)
            self.drawing.strokes.append(Stroke(path, (start, y + 7, -side, -0.55), ((name, name),), back=True))
            self.drawing.marks.append(Mark(f"loop:{name}:{delay}", name, delay, middle, y, side))


def _curve(points: Sequence[tuple[float, float]], *, go_on: bool = False) -> str:
    """Return a path through points two by two: along a row it is straight, between rows it bows."""
    words = [] if go_on else [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    straight = not go_on
    here = points[0]
    for there in points[1:]:
        if straight or here[0] == there[0]:
            words.append(f"L{_n(there[0])} {_n(there[1])}")
        else:
            bow = here[1] + BOW * (there[1] - here[1])
            words.append(f"C{_n(here[0])} {_n(bow)} {_n(there[0])} {_n(bow)} {_n(there[0])} {_n(there[1])}")
        straight, here = not straight, there
    return " ".join(words) if not go_on else " " + " ".join(words)


def _n(number: float) -> str:
    """Print a number of pixels."""
    return f"{number:.1f}".removesuffix(".0")
