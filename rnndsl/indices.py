"""Index sets and the ways to read a quantity at a point of them."""

from dataclasses import dataclass, field
from enum import StrEnum

from rnndsl.sizes import Size


class Kind(StrEnum):
    """What an index runs over; ragged kinds have a number of points that differs from example to example."""

    SEQUENCE = "sequence"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Index:
    """An index of a model; `name` is unique in it (a cell's own index is qualified: `read.j`).

    `low` and `high` bound a range (inclusive); `cyclic` wraps around. `order` is the place of declaration: axes stand
    with ragged indices first, then by `order`.
    """

    name: str
    kind: Kind
    order: int
    low: Size = field(default_factory=lambda: Size.of(1))
    high: Size | None = None
    cyclic: bool = False

    @property
    def extent(self) -> Size:
        """How many points a range has; a sequence has none that the compiler knows."""
        if self.high is None:
            raise ValueError(f"{self.name} is not a fixed range")
        return self.high - self.low + 1

    @property
    def ragged(self) -> bool:
        """Whether the number of points comes with the data."""
        return self.kind is not Kind.RANGE

    @property
    def sort_key(self) -> tuple[bool, int, str]:
        """The canonical order of axes: ragged indices first, then in order of declaration."""
        return (not self.ragged, self.order, self.name)


Domain = tuple[Index, ...]


def ordered(indices: "set[Index] | frozenset[Index] | Domain") -> Domain:
    """Return indices in canonical order without repetition."""
    return tuple(sorted(set(indices), key=lambda index: index.sort_key))


@dataclass(frozen=True, slots=True)
class Affine:
    """A point as a sum of signed indices and a whole number: `t - 1`, `m - j`, `2`; terms in canonical order."""

    terms: tuple[tuple[Index, int], ...]
    offset: int = 0

    def __str__(self) -> str:
        """Print as in the language."""
        text = ""
        for index, sign in self.terms:
            text += ("-" if sign < 0 else "+" if text else "") + index.name
        if self.offset or not text:
            text += f"{self.offset:+d}" if text else str(self.offset)
        return text


@dataclass(frozen=True, slots=True)
class End:
    """The first point of an index set, or the last one of the example's."""

    last: bool

    def __str__(self) -> str:
        """Print as a word."""
        return "last" if self.last else "first"


Access = Affine | End


def here(index: Index) -> Affine:
    """Return the access to the same point: `t`."""
    return Affine(((index, 1),))
