"""Index sets and the ways to read a quantity at a point of them."""

from dataclasses import dataclass, field
from enum import StrEnum

from rnndsl.sizes import Size


class Kind(StrEnum):
    """What an index runs over; ragged kinds have a number of points that differs from example to example."""

    SEQUENCE = "sequence"
    RANGE = "range"
    TREE = "tree"
    DAG = "dag"
    CHILDREN = "children"


@dataclass(frozen=True, slots=True)
class Index:
    """An index of a model; `name` is unique in it (a cell's own index is qualified: `read.j`).

    `low` and `high` bound a range (inclusive); `cyclic` wraps around. `order` is the place of declaration: axes stand
    with ragged indices first, then by `order`. An index of kind CHILDREN runs over the ordered children of the point of
    `of`, a tree or dag; whatever varies over it varies over `of`, too.
    """

    name: str
    kind: Kind
    order: int
    low: Size = field(default_factory=lambda: Size.of(1))
    high: Size | None = None
    cyclic: bool = False
    of: "Index | None" = None

    def __hash__(self) -> int:
        """Hash what tells the indices of a model apart, and not its sizes again and again."""
        return hash(self.name)

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
    def structured(self) -> bool:
        """Whether its points are the nodes of a structure that comes with the data."""
        return self.kind in {Kind.TREE, Kind.DAG}

    @property
    def sort_key(self) -> tuple[bool, int, bool, int, str]:
        """The canonical order of axes: ragged indices first, in order of declaration, children after their parent."""
        owner = self.of or self
        return (not self.ragged, owner.order, self.of is not None, self.order, self.name)


Domain = tuple[Index, ...]


def ordered(indices: "set[Index] | frozenset[Index] | Domain") -> Domain:
    """Return indices in canonical order without repetition; what an index over children needs is added."""
    owners = {index.of for index in indices if index.of is not None}
    if len(indices) + len(owners) < 2:
        return tuple(indices)
    return tuple(sorted({*indices, *owners}, key=lambda index: index.sort_key))


@dataclass(frozen=True, slots=True)
class Affine:
    """A point as a sum of signed indices and a whole number: `t - 1`, `m - j`, `2`; terms in canonical order."""

    terms: tuple[tuple[Index, int], ...]
    offset: int = 0

    @property
    def indices(self) -> Domain:
        """The consumer's indices that it depends on."""
        return tuple(index for index, _ in self.terms)

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

    @property
    def indices(self) -> Domain:
        """The consumer's indices that it depends on: none."""
        return ()

    def __str__(self) -> str:
        """Print as a word."""
        return "last" if self.last else "first"


@dataclass(frozen=True, slots=True)
class Child:
    """The child of the consumer's point of `of` at an ordinal place: `k` of `index k : children(n)`, `2`, `j`.

    A place that is just an index over children always has a child; any other may have none: then the read is outside.
    """

    of: Index
    slot: Affine

    @property
    def indices(self) -> Domain:
        """The consumer's indices that it depends on."""
        return ordered({self.of, *self.slot.indices})

    @property
    def sure(self) -> bool:
        """Whether there always is such a child."""
        return any(index.of == self.of and self.slot == here(index) for index, _ in self.slot.terms)

    def __str__(self) -> str:
        """Print as in the language."""
        return str(self.slot) if self.sure else f"child({self.of.name}, {self.slot})"


@dataclass(frozen=True, slots=True)
class Parent:
    """The parent of the consumer's point of `of`, a tree; the root has none."""

    of: Index

    @property
    def indices(self) -> Domain:
        """The consumer's indices that it depends on."""
        return (self.of,)

    def __str__(self) -> str:
        """Print as in the language."""
        return f"parent({self.of.name})"


@dataclass(frozen=True, slots=True)
class Root:
    """The one point of a tree or dag that is nobody's child."""

    @property
    def indices(self) -> Domain:
        """The consumer's indices that it depends on: none."""
        return ()

    def __str__(self) -> str:
        """Print as a word."""
        return "root"


Access = Affine | End | Child | Parent | Root


def here(index: Index) -> Affine:
    """Return the access to the same point: `t`."""
    return Affine(((index, 1),))
