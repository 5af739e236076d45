"""Where everything of a folded graph stands: each cell is laid out by itself and is then one box in what is around it.

Lines pass the border of a cell at ports: what leads into it at the bottom, what leads out of it on top. Units are
pixels; inside a block y points upward from the middle of the block.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from rnndsl.viz.fold import Folded, Item
from rnndsl.viz.layers import BEND, Edge, Layout, Size, lay_out
from rnndsl.viz.lettering import text_width, typeset
from rnndsl.viz.wiring import Wire, Wiring, scopes_around

#: Sizes of letters: of names, of delays and titles of boxes.
LETTERS: Final = 15.0
SMALL: Final = 11.0
#: The height of a node, the room beside its name, half a square, and how far a loop reaches.
HIGH: Final = 30.0
BESIDE: Final = 11.0
HALF: Final = 5.5
LOOP: Final = 26.0
#: How far beside a node a line stands that leads down from it.
ASIDE: Final = 13.0
#: Room between layers, around what is in a box, and for its title.
BETWEEN: Final = 36.0
AROUND: Final = 16.0
TITLE: Final = 20.0
#: What names of members that are no items begin with.
ENTERING, LEAVING, BOX = "in:", "out:", "box:"


class Line(NamedTuple):
    """One line of a block: an edge, the wires that run along it, and whether it ends at an item."""

    edge: Edge
    wires: tuple[Wire, ...]

    @property
    def arrow(self) -> bool:
        """Whether it ends at who needs it."""
        return any(self.edge.target == wire.target == wire.end for wire in self.wires)


@dataclass(frozen=True)
class Block:
    """A scope that is laid out: what stands in it at which places, and where its ports are along its border."""

    scope: str
    width: float
    height: float
    layout: Layout
    sizes: Mapping[str, Size]
    lines: tuple[Line, ...]
    inner: Mapping[str, "Block"]
    shift: tuple[float, float]

    def place(self, name: str) -> tuple[float, float]:
        """Return the place of a member, from the middle of the block."""
        x, y = self.layout.places[name]
        return x - self.shift[0], y - self.shift[1]

    def port(self, name: str) -> float:
        """Return where a port is, from the middle of the block."""
        return self.place(name)[0]


@dataclass
class Plan:
    """Lays out a folded graph, innermost cells first."""

    folded: Folded
    wiring: Wiring
    paths: Mapping[Wire, Mapping[str, tuple[str, str]]] = field(init=False)

    def __post_init__(self) -> None:
        """Find the way of every wire through the cells."""
        self.paths = {wire: self._path(wire) for wire in self.wiring.wires}

    def block(self, scope: str = "") -> Block:
        """Lay out a scope and all in it."""
        inner = {child: self.block(child) for child in self.children(scope)}
        lines = self._lines(scope, inner)
        sizes = self._sizes(scope, inner, lines)
        layout = lay_out(
            sizes,
            [line.edge for line in lines],
            first=[name for name in sizes if name.startswith(ENTERING)],
            last=[name for name in sizes if name.startswith(LEAVING)],
            between=BETWEEN,
        )
        low, high = layout.rows[0].low, layout.rows[-1].high
        left, right = _reach(layout, sizes)
        if scope:
            low -= 0.0 if any(name.startswith(ENTERING) for name in sizes) else AROUND
            high += 0.0 if any(name.startswith(LEAVING) for name in sizes) else TITLE + AROUND / 2
            left, right = left - AROUND, right + AROUND
            wide = text_width(self.title(scope), SMALL) + 2 * AROUND
            left, right = left - max(0.0, wide - right + left) / 2, right + max(0.0, wide - right + left) / 2
        shift = ((left + right) / 2, (low + high) / 2)
        return Block(scope, right - left, high - low, layout, sizes, tuple(lines), inner, shift)

    def title(self, scope: str) -> str:
        """Return what is written on a cell's box: its name and what cell it is."""
        outer = self.folded.parent(scope)
        local = scope.removeprefix(f"{outer}.") if outer else scope
        cell = self.folded.cells[scope]
        return cell if local == cell else f"{local} : {cell}"

    def children(self, scope: str) -> list[str]:
        """Return the cells directly inside a scope, as far as they have quantities."""
        used = {around for item in self.folded.items.values() for around in scopes_around(self.folded, item.scope)}
        return [cell for cell in self.folded.cells if cell in used and self.folded.parent(cell) == scope]

    # What a block consists of ---------------------------------------------------------------------------------------

    def scope_of(self, name: str) -> str:
        """Return the scope that an item or square stands in."""
        square = self.wiring.squares.get(name)
        return self.folded.items[name].scope if square is None else square.scope

    def _path(self, wire: Wire) -> dict[str, tuple[str, str]]:
        """Return, for every scope that a wire runs through, from which member to which it does."""
        up = list(scopes_around(self.folded, self.scope_of(wire.source)))
        down = list(scopes_around(self.folded, self.scope_of(wire.target)))
        top = next(scope for scope in down if scope in up)
        path: dict[str, tuple[str, str]] = {}
        here, there = wire.source, wire.target
        for scope in up[: up.index(top)]:
            path[scope] = (here, LEAVING + wire.source)
            here = BOX + scope
        for scope in down[: down.index(top)]:
            path[scope] = (ENTERING + wire.source, there)
            there = BOX + scope
        path[top] = (here, there)
        return path

    def _lines(self, scope: str, inner: Mapping[str, Block]) -> list[Line]:
        found: dict[Edge, list[Wire]] = {}
        for wire, path in self.paths.items():
            if scope in path:
                one, other = path[scope]
                leave = inner[one.removeprefix(BOX)].port(LEAVING + wire.source) if one.startswith(BOX) else 0.0
                enter = inner[other.removeprefix(BOX)].port(ENTERING + wire.source) if other.startswith(BOX) else 0.0
                room = 2 * BEND + text_width(wire.note, SMALL) if wire.note else BEND
                found.setdefault(Edge(one, other, leave, enter, wire.back, room), []).append(wire)
        return [Line(edge, tuple(wires)) for edge, wires in found.items()]

    def _sizes(self, scope: str, inner: Mapping[str, Block], lines: Sequence[Line]) -> dict[str, Size]:
        """Return the sizes of a block's members in the order of the model, ports first."""
        turning = {line.edge.source for line in lines if line.edge.back}
        sizes = {
            name: Size(4, 4, 0) for line in lines for name in line.edge[:2] if name.startswith((ENTERING, LEAVING))
        }
        for item in self.folded.items.values():
            if item.scope == scope:
                sizes[item.name] = self.item_size(item, turning=item.name in turning)
        for child, block in inner.items():
            aside = ASIDE if BOX + child in turning else 0.0
            sizes[BOX + child] = Size(block.width / 2 + aside, block.width / 2 + aside, block.height)
        for square in self.wiring.squares.values():
            if square.scope == scope:
                beside = HALF + 5 + text_width(typeset(square.delay), SMALL)
                sizes[square.name] = Size(max(beside, ASIDE), max(beside, ASIDE), 2 * HALF)
        return sizes

    def item_size(self, item: Item, *, turning: bool = False) -> Size:
        """Return how much room an item needs, with its loops: the first on the right, the second on the left."""
        half = half_width(item)
        room = [half + (ASIDE if turning else 0.0)] * 2
        for number, delay in enumerate(self.wiring.loops.get(item.name, ())):
            room[number % 2] += LOOP + HALF + 4 + text_width(typeset(delay), SMALL)
        return Size(room[1], room[0], HIGH)


def half_width(item: Item) -> float:
    """Return half the width of an item's box."""
    return max(HIGH / 2 + 4, text_width(written(item), LETTERS) / 2 + BESIDE)


def written(item: Item) -> str:
    """Return what stands on an item: its name with its indices."""
    if item.kind in {"likelihood", "loss"} or not item.indices:
        return item.label
    return f"{item.label}[{', '.join(item.indices)}]"


def _reach(layout: Layout, sizes: Mapping[str, Size]) -> tuple[float, float]:
    """Return from where to where a layout reaches, its bends included."""
    bends = [x for chain in layout.bends.values() for _, x in chain]
    left = min([*(x - sizes[name].left for name, (x, _) in layout.places.items()), *bends], default=0.0)
    right = max([*(x + sizes[name].right for name, (x, _) in layout.places.items()), *bends], default=0.0)
    return left, right
