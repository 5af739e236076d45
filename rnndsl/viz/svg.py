"""Folded graphs as SVG that needs nothing else: no fonts, no styles of a page, no scripts."""

from collections.abc import Iterable
from html import escape

from rnndsl.semantics.model import TypedModel
from rnndsl.viz.compound import HALF, LETTERS, SMALL, written
from rnndsl.viz.fold import Item, describe, fold
from rnndsl.viz.lettering import FONT, text_width, typeset
from rnndsl.viz.looks import BACK, BOXED, INK, LINE, LOOKS, PALE, RIM
from rnndsl.viz.routing import Rectangle
from rnndsl.viz.tracing import MOST, Drawing, Mark, Stroke, draw


def draw_svg(typed: TypedModel) -> str | None:
    """Return the picture of a checked model; None if there is more than anybody can look at."""
    folded = fold(typed)
    return write_svg(draw(folded)) if len(folded.items) <= MOST else None


def write_svg(drawing: Drawing) -> str:
    """Return a drawing as one SVG element."""
    kinds = [item.kind for item in drawing.folded.items.values()]
    signs, high = legend(kinds, drawing.height)
    wide = max(drawing.width, legend_width(kinds))
    shift = (wide - drawing.width) / 2
    body = [
        *(draw_box(drawing, scope) for scope in drawing.boxes),
        *(draw_stroke(stroke) for stroke in drawing.strokes),
        *(_node(drawing.folded.items[name], place) for name, place in drawing.nodes.items()),
        *(_mark(drawing.folded.items[mark.source], mark) for mark in drawing.marks),
    ]
    moved = [f'<g transform="translate({number(shift)} 0)">', *body, "</g>"] if shift else body
    return open_svg(drawing.folded.name, wide, high) + "\n".join([*moved, *signs]) + "\n</svg>"


def open_svg(name: str, width: float, height: float) -> str:
    """Return the head of a picture: its size, its name for who cannot see it, and white paper."""
    size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{escape(FONT)}">\n'
        f"<title>{escape(name)}</title>\n"
        f'<rect class="paper" width="100%" height="100%" fill="#ffffff"/>\n'
    )


def number(value: float) -> str:
    """Print a number of pixels."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, words: str, *, size: float, fill: str = INK, anchor: str = "middle") -> str:
    """Return a line of text whose letters stand around y, with a rim that keeps them apart from lines."""
    return (
        f'<text x="{number(x)}" y="{number(y + 0.35 * size)}" font-size="{number(size)}" fill="{fill}" '
        f'text-anchor="{anchor}" {RIM}>{escape(words)}</text>'
    )


def frame(kind: str, place: Rectangle) -> str:
    """Return the frame of a quantity."""
    look = LOOKS[kind]
    dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
    corner = number(min(place.height / 2, 9.0)) if look.round else "2"
    return (
        f'<rect x="{number(place.x - place.width / 2)}" y="{number(place.y - place.height / 2)}" '
        f'width="{number(place.width)}" height="{number(place.height)}" rx="{corner}" fill="{look.fill}" '
        f'stroke="{look.frame}" stroke-width="{look.weight}"{dash}/>'
    )


# Parts ----------------------------------------------------------------------------------------------------------------


def draw_box(drawing: Drawing, scope: str) -> str:
    """Return the box of a cell with its title."""
    box = drawing.boxes[scope]
    fill, stroke = BOXED
    x, y = box.x - box.width / 2, box.y - box.height / 2
    title = drawing.titles[scope]
    return (
        f'<g class="cell" data-cell="{escape(scope)}"><rect x="{number(x)}" y="{number(y)}" '
        f'width="{number(box.width)}" height="{number(box.height)}" rx="10" fill="{fill}" stroke="{stroke}"/>'
        + text(x + 10, y + 13, title, size=SMALL, fill=PALE, anchor="start")
        + "</g>"
    )


def _node(item: Item, place: Rectangle) -> str:
    ring = ""
    if item.returned:
        outer = place._replace(width=place.width + 7, height=place.height + 7)
        ring = frame(item.kind, outer).replace(f'fill="{LOOKS[item.kind].fill}"', 'fill="none"')
    return (
        f'<g class="node {item.kind}" data-name="{escape(item.name)}"><title>{escape(describe(item))}</title>'
        f"{ring}{frame(item.kind, place)}{label(place.x, place.y, written(item), LETTERS)}</g>"
    )


def label(x: float, y: float, words: str, size: float) -> str:
    """Return a name as in print, `h_1` with a subscript, and the points of its indices paler."""
    name, bracket, rest = words.partition("[")
    letter, line, below = name.partition("_")
    drop = 0.28 * size if line and below and len(letter) == 1 else 0.0
    written = escape(name)
    if drop:
        written = f'{letter}<tspan dy="{number(drop)}" font-size="{number(0.74 * size)}">{escape(below)}</tspan>'
    rise = f' dy="{number(-drop)}"' if drop else ""
    points = f'<tspan fill="{PALE}" class="pale"{rise}>{escape(bracket + rest)}</tspan>' if bracket else ""
    return (
        f'<text x="{number(x)}" y="{number(y + 0.35 * size)}" font-size="{number(size)}" fill="{INK}" '
        f'text-anchor="middle">{written}{points}</text>'
    )


def _mark(item: Item, mark: Mark) -> str:
    said = f"{item.label}[{', '.join(item.indices)}] read at {typeset(mark.delay)}"
    return (
        f'<g class="delay" data-name="{escape(mark.source)}"><title>{escape(said)}</title>'
        f'<rect x="{number(mark.x - HALF)}" y="{number(mark.y - HALF)}" width="{number(2 * HALF)}" '
        f'height="{number(2 * HALF)}" fill="{INK}"/>'
        + text(
            mark.x + mark.side * (HALF + 4),
            mark.y,
            typeset(mark.delay),
            size=SMALL,
            fill=INK,
            anchor="start" if mark.side > 0 else "end",
        )
        + "</g>"
    )


def draw_stroke(stroke: Stroke) -> str:
    """Return a line with its tip and its note."""
    needs = "|".join(f"{source}>{target}" for source, target in stroke.needs)
    dash = ' stroke-dasharray="5 4"' if stroke.dashed else ""
    ink = BACK if stroke.back else LINE
    parts = [f'<path d="{stroke.path}" fill="none" stroke="{ink}" stroke-width="1.3"{dash}/>']
    if stroke.tip:
        parts.append(tip(stroke.tip, ink))
    if stroke.note:
        parts.append(text(*stroke.note_at, stroke.note, size=SMALL, fill=PALE, anchor="start"))
    kind = "line back" if stroke.back else "line"
    return f'<g class="{kind}" data-needs="{escape(needs)}">{"".join(parts)}</g>'


def tip(at: tuple[float, float, float, float], fill: str = LINE) -> str:
    """Return an arrowhead at a point in a direction."""
    x, y, dx, dy = at
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    dx, dy = dx / length, dy / length
    corners = [(x, y), (x - 8 * dx - 3.6 * dy, y - 8 * dy + 3.6 * dx), (x - 8 * dx + 3.6 * dy, y - 8 * dy - 3.6 * dx)]
    points = " ".join(f"{number(a)},{number(b)}" for a, b in corners)
    return f'<polygon points="{points}" fill="{fill}"/>'


# Legend ---------------------------------------------------------------------------------------------------------------


def known_kinds(kinds: Iterable[str]) -> list[str]:
    """Return the kinds that occur, each once, in the order of the table."""
    there = set(kinds)
    return [kind for kind in LOOKS if kind in there]


def legend_width(kinds: Iterable[str]) -> float:
    """Return how wide a legend is."""
    return 36 + sum(34 + text_width(kind, SMALL) for kind in known_kinds(kinds))


def legend(kinds: Iterable[str], low: float) -> tuple[list[str], float]:
    """Return what the colours mean, below a drawing, and where that ends."""
    parts, x = [], 20.0
    for kind in known_kinds(kinds):
        parts.append(frame(kind, Rectangle(x + 6, low + 6, 14, 10)))
        parts.append(text(x + 18, low + 6, kind, size=SMALL, fill=PALE, anchor="start"))
        x += 34 + text_width(kind, SMALL)
    return [f'<g class="legend">{"".join(parts)}</g>'], low + 24
