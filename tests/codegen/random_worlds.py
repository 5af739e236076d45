"""The index sets of random specs, and what stands in square brackets: points that are legal where they stand.

A group of quantities walks its `core`: indices in an order, each with a direction. Within a group a quantity is read at
the same point of the core by those after it, or strictly before along one index of the core: at the same point of the
core's earlier indices, anywhere along the later ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

#: How many steps a sequence is read back.
STEPS: Final = (1, 1, 1, 1, 2, 3)
RANGES: Final[Mapping[str, str]] = {"i": "1..3", "j": "-1..1", "d": "1..2", "c": "cyclic(4)"}
FIRST: Final[Mapping[str, int]] = {"i": 1, "j": -1, "d": 1, "c": 1}
EXTENT: Final[Mapping[str, int]] = {"i": 3, "j": 3, "d": 2, "c": 4}
CHILDREN: Final[Mapping[str, str]] = {"n": "k", "m": "l"}
#: Sequences and nodes of a spec, by the letters of their indices; `n` and `m` are trees or dags.
TOPOLOGIES: Final = ("t", "t", "ts", "ts", "ts", "tsu", "n", "n", "n", "nt", "nt", "nts", "nm")

#: What a group walks, in order, and which way: forward or from the leaves (1), backward or from the root (-1).
Core = Sequence[tuple[str, int]]


@dataclass
class Quantity:
    """What can be read; `shifted` are the indices along which it is read outside of its points somewhere."""

    name: str
    indices: tuple[str, ...]
    kind: str
    group: int = -1
    rank: int = 0
    points: str = ""
    shifted: set[str] = field(default_factory=set)
    read: bool = False

    @property
    def text(self) -> str:
        """As it is written where it is declared."""
        return f"{self.name}[{', '.join(self.indices)}]" if self.indices else self.name


@dataclass(frozen=True)
class Place:
    """Where an expression stands: the indices it may name, its equation, the indices that calls have bound anew.

    What has no equation of its own, such as an init, has a negative rank.
    """

    visible: frozenset[str]
    group: int
    rank: int = 0
    rebound: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Point:
    """One point of a read as it is written, the indices that it needs bound, and whether it may lie outside."""

    text: str
    bound: frozenset[str] = frozenset()
    shifted: bool = False


@dataclass(frozen=True)
class World:
    """The index sets of a spec by name, as they are declared."""

    sets: Mapping[str, str]

    def owner(self, index: str) -> str:
        """Return the index of the nodes whose children an index runs over, "" for others."""
        return self.sets[index][9:-1] if self.sets[index].startswith("children") else ""

    def owners(self, indices: Iterable[str]) -> set[str]:
        """Return the indices of the nodes whose children some indices run over."""
        return {self.owner(index) for index in indices} - {""}

    def nodes(self, index: str) -> bool:
        """Whether an index runs over the nodes of a tree or dag."""
        return self.sets[index] in {"tree", "dag"}

    def ranges(self, indices: Iterable[str]) -> list[str]:
        """Return those with a fixed number of points."""
        return [index for index in sorted(indices) if index in RANGES]

    def ragged(self, indices: Iterable[str]) -> int:
        """Count those whose number of points comes with the data."""
        return sum(index not in RANGES for index in set(indices))

    def closed(self, indices: Iterable[str]) -> frozenset[str]:
        """Add the nodes that indices over children need."""
        found = frozenset(indices)
        return found | self.owners(found)

    def shuffled(self, indices: Iterable[str], random: Random) -> tuple[str, ...]:
        """Return indices in any order; those over children stand right after their nodes."""
        names = sorted(index for index in indices if not self.owner(index))
        random.shuffle(names)
        edges = {self.owner(index): index for index in indices if self.owner(index)}
        return tuple(one for name in names for one in (name, edges.get(name, "")) if one)

    def binding(self, place: Place, indices: Iterable[str]) -> Place:
        """Return the place inside a call that binds indices; children of what is bound anew are out of sight."""
        bound = frozenset(indices)
        hidden = {index for index in place.visible - bound if self.owner(index) in bound}
        return replace(place, visible=(place.visible - hidden) | bound, rebound=place.rebound | bound)


def random_world(random: Random) -> World:
    """Draw index sets: one to three of sequences, trees and dags, and some ranges, declared in any order."""
    kinds = random.choice(TOPOLOGIES)
    sets = {name: "sequence" for name in kinds if name not in CHILDREN}
    for nodes, children in CHILDREN.items():
        if nodes in kinds:
            sets |= {nodes: random.choice(("tree", "tree", "dag")), children: f"children({nodes})"}
    sets |= {name: RANGES[name] for name in random.sample(sorted(RANGES), random.randint(0, 3))}
    names = sorted(sets)
    random.shuffle(names)
    return World({name: sets[name] for name in names})


@dataclass(frozen=True)
class Pointing:
    """Draws points."""

    world: World
    random: Random
    cores: dict[int, Core] = field(default_factory=dict)

    def chance(self, share: float) -> bool:
        """Tell yes in a share of the cases."""
        return self.random.random() < share

    def points(self, quantity: Quantity, place: Place) -> list[Point] | None:
        """Return where a quantity is read, point by point; None if it cannot be read here."""
        wanted: dict[str, Point] = {}
        if quantity.group == place.group:
            level = self.level(quantity, place)
            if level is None:
                return None
            core = self.cores[place.group]
            wanted = {index: Point(index) for index, _ in core[:level]}
            if level < len(core):
                wanted[core[level][0]] = self.before(*core[level], place)
        edges = self.world.owners(quantity.indices)
        found = []
        for index in quantity.indices:
            if index in edges or self.world.owner(index):  # what belongs to an edge is only read there
                found.append(Point(index, frozenset(index) - place.visible))
            else:
                found.append(wanted.get(index) or self.anywhere(index, place))
        return found

    def level(self, quantity: Quantity, place: Place) -> int | None:
        """Return the place in the core along which a quantity of the same group is read strictly before.

        It is the core's length for a read at the same point; None if the quantity cannot be read.
        """
        core = self.cores[place.group]
        edges = self.world.owners(quantity.indices)
        kept = next((k for k, (index, _) in enumerate(core) if index in place.rebound), len(core))
        choices = [k for k, (index, _) in enumerate(core[:kept]) if index not in edges]
        if kept == len(core) and quantity.rank < place.rank:
            choices.append(kept)
        return self.random.choice(choices) if choices else None

    def before(self, index: str, way: int, place: Place) -> Point:
        """Return a point strictly before along an index that is walked one way."""
        if self.world.nodes(index):
            return Point(f"parent({index})", shifted=True) if way < 0 else self.child(index, place)
        sign = "-" if way > 0 else "+"
        if index not in RANGES and "d" in self.world.sets and self.chance(0.2):
            return Point(f"{index}{sign}d", frozenset("d") - place.visible, shifted=True)
        return Point(f"{index}{sign}{1 if index in RANGES else self.random.choice(STEPS)}", shifted=True)

    def child(self, index: str, place: Place) -> Point:
        """Return a child of a node: every one, or one by its place."""
        if self.chance(0.6):
            return Point(CHILDREN[index], frozenset(CHILDREN[index]) - place.visible)
        places = [(f"{n}", "") for n in (1, 2, 3)]
        places += [(text, name) for text, name in (("d", "d"), ("i", "i"), ("d+1", "d")) if name in self.world.sets]
        text, name = self.random.choice(places)
        return Point(f"child({index}, {text})", frozenset(name) - place.visible, shifted=True)

    def anywhere(self, index: str, place: Place) -> Point:
        """Return any point of an index set, seen from another one if there is one in sight."""
        there = index in place.visible
        if index in RANGES and self.chance(0.2 if there else 0.5):
            return Point(str(FIRST[index] + self.random.randrange(EXTENT[index])))
        if not there or self.chance(0.12):
            return Point(index, frozenset(index))
        if self.chance(0.4):
            return Point(index)
        if self.world.nodes(index):
            above = self.world.sets[index] == "tree" and self.chance(0.3)
            return Point(f"parent({index})", shifted=True) if above else self.child(index, place)
        sign = self.random.choice("+-")
        if "j" in self.world.sets and index != "j" and self.chance(0.3):
            return Point(f"{index}{sign}j", frozenset("j") - place.visible, shifted=True)
        return Point(f"{index}{sign}{self.random.choice((1, 1, 2))}", shifted=True)
