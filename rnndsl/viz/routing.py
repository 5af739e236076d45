"""Leading lines around what is in their way: the straightest bow that touches nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

#: How far a line may pull aside after its start and before its end, in parts of its length.
PULLS: Final = (0.0, 0.15, -0.15, 0.3, -0.3, 0.5, -0.5)
#: At so many places along a line it is seen whether something is there; how near is too near; sides of the lots.
LOOKS_AT: Final = 24
CLEAR: Final = 5.0
LOT: Final = 120.0


class Rectangle(NamedTuple):
    """A rectangle around its middle."""

    x: float
    y: float
    width: float
    height: float


class Bow(NamedTuple):
    """A cubic curve: where it starts, the two points that it pulls to, where it ends."""

    start: tuple[float, float]
    early: tuple[float, float]
    late: tuple[float, float]
    end: tuple[float, float]

    def at(self, part: float) -> tuple[float, float]:
        """Return the point that is a part of the way along it."""
        rest = 1 - part
        weights = (rest**3, 3 * part * rest**2, 3 * part**2 * rest, part**3)
        x, y = (sum(weight * point[axis] for weight, point in zip(weights, self, strict=True)) for axis in (0, 1))
        return x, y


#: All pairs of pulls, the straightest first.
BOWS: Final = tuple(
    sorted(
        ((a, b) for a in PULLS for b in PULLS), key=lambda pair: abs(pair[0]) + abs(pair[1]) + abs(pair[0] - pair[1])
    )
)


@dataclass
class Ground:
    """What stands where, in lots, so that only what is near is looked at."""

    places: Mapping[str, Rectangle]
    lots: dict[tuple[int, int], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Enter everything in the lots that it touches."""
        for name, place in self.places.items():
            for lot in _lots(place):
                self.lots.setdefault(lot, []).append(name)

    def straight(self, source: str, target: str) -> tuple[Bow, bool]:
        """Return the straight line from one to another, and whether there is nothing in its way."""
        line = self._line(source, target, BOWS[0])
        return line, not any(self._hits(line, source, target))

    def lead(self, source: str, target: str) -> Bow:
        """Return the line from the border of one to the border of another that touches least on its way."""
        found = []
        for place, bow in enumerate(BOWS):
            line = self._line(source, target, bow)
            hits = len(set(self._hits(line, source, target)))
            if not hits:
                return line
            found.append((hits, place, line))
        return min(found)[2]

    def _line(self, source: str, target: str, bow: tuple[float, float]) -> Bow:
        one, other = self.places[source], self.places[target]
        dx, dy = other.x - one.x, other.y - one.y
        early = (one.x + dx / 3 - bow[0] * dy, one.y + dy / 3 + bow[0] * dx)
        late = (other.x - dx / 3 - bow[1] * dy, other.y - dy / 3 + bow[1] * dx)
        return Bow(border(one, early), early, late, border(other, late))

    def _hits(self, line: Bow, source: str, target: str) -> Iterator[str]:
        for step in range(1, LOOKS_AT):
            x, y = line.at(step / LOOKS_AT)
            for name in self.lots.get((int(x // LOT), int(y // LOT)), ()):
                if name not in {source, target} and _holds(self.places[name], x, y):
                    yield name


def border(place: Rectangle, toward: tuple[float, float]) -> tuple[float, float]:
    """Return where the line from the middle of a rectangle to a point leaves it."""
    dx, dy = toward[0] - place.x, toward[1] - place.y
    parts = [half / abs(by) for half, by in ((place.width / 2, dx), (place.height / 2, dy)) if by]
    part = min([*parts, 1.0])
    return place.x + part * dx, place.y + part * dy


def _lots(place: Rectangle) -> Iterator[tuple[int, int]]:
    left, right = place.x - place.width / 2 - CLEAR, place.x + place.width / 2 + CLEAR
    low, high = place.y - place.height / 2 - CLEAR, place.y + place.height / 2 + CLEAR
    for column in range(int(left // LOT), int(right // LOT) + 1):
        for row in range(int(low // LOT), int(high // LOT) + 1):
            yield column, row


def _holds(place: Rectangle, x: float, y: float) -> bool:
    return abs(x - place.x) < place.width / 2 + CLEAR and abs(y - place.y) < place.height / 2 + CLEAR
