"""Which lines a folded graph is drawn with: every delay gets its square, and what leads into a cell passes its border.

A square stands for one quantity read at one other point. It stands in the innermost cell that has both the quantity and
who reads it; a quantity that only itself reads so has its square on a loop.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rnndsl.viz.fold import Folded, Link


class Square(NamedTuple):
    """A delay: of which quantity, in which scope, and where it is read (`t-1`)."""

    name: str
    source: str
    delay: str
    scope: str


class Wire(NamedTuple):
    """A line between items or squares; `origin` and `end` are the quantities it is drawn for."""

    source: str
    target: str
    origin: str
    end: str
    note: str = ""
    dashed: bool = False
    back: bool = False


@dataclass(frozen=True)
class Wiring:
    """Squares by name, the delays on loops of each item, and wires."""

    squares: Mapping[str, Square]
    loops: Mapping[str, tuple[str, ...]]
    wires: tuple[Wire, ...]


def wire_up(folded: Folded) -> Wiring:
    """Return the lines of a folded graph."""
    groups: dict[tuple[str, str, str], list[Link]] = {}
    wires: dict[Wire, None] = {}
    for link in folded.links:
        if link.delay:
            groups.setdefault((link.source, link.delay, shared_scope(folded, link)), []).append(link)
        else:
            wires[Wire(link.source, link.target, link.source, link.target, link.place, link.initial)] = None
    squares: dict[str, Square] = {}
    loops: dict[str, list[str]] = {}
    for (source, delay, scope), links in groups.items():
        if {link.target for link in links} == {source}:
            loops.setdefault(source, []).append(delay)
            continue
        square = Square(f"delay:{source}:{delay}:{scope}", source, delay, scope)
        squares[square.name] = square
        wires |= dict.fromkeys(Wire(source, square.name, source, link.target, back=link.step) for link in links)
        wires |= dict.fromkeys(
            Wire(square.name, link.target, source, link.target, link.place, link.initial) for link in links
        )
    return Wiring(squares, {name: tuple(delays) for name, delays in loops.items()}, tuple(wires))


def shared_scope(folded: Folded, link: Link) -> str:
    """Return the innermost scope around both ends of a link."""
    around = list(scopes_around(folded, folded.items[link.source].scope))
    return next(scope for scope in scopes_around(folded, folded.items[link.target].scope) if scope in around)


def scopes_around(folded: Folded, scope: str) -> Iterator[str]:
    """Yield a scope and those around it, the outermost, "", last."""
    while scope:
        yield scope
        scope = folded.parent(scope)
    yield ""
