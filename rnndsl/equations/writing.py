"""A node as an expression of the language, at a point: nodes with names as references, all others taken apart.

A read of a cotangent at another point moves into its expression as long as that is zero wherever the point is outside
(a cotangent without a point is zero, and a product with it, too); otherwise what is read gets a name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from rnndsl.equations.naming import Name, Naming
from rnndsl.equations.refusal import refuse
from rnndsl.equations.terms import ATOM, Atom, Value, of
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.lower_state import compose
from rnndsl.graph.node import Node, ReadAt
from rnndsl.indices import Access, Index, Kind, here, ordered
from rnndsl.ops import Op
from rnndsl.sizes import Size

#: What an index stands for at the point that is written.
Place = Mapping[Index, Access]
Rule = Callable[["Writer", int, Node, Place], Value]

#: Names of indices over components.
RANGES: Final = ("i", "j", "k")
#: Operators whose value is finite where that of their operands is.
FINITE: Final = frozenset(
    {
        Op.PARAM, Op.INPUT, Op.CONST, Op.SIZE, Op.IOTA, Op.LENGTH, Op.NEG, Op.TANH, Op.SIGMOID, Op.RELU, Op.SOFTPLUS,
        Op.ABS, Op.SIGN, Op.SIN, Op.COS, Op.ADD, Op.SUB, Op.MUL, Op.MINIMUM, Op.MAXIMUM, Op.CONTRACT, Op.BROADCAST,
        Op.SOFTMAX, Op.CONCAT, Op.SLICE, Op.PLACE, Op.STACK, Op.ONE_HOT, Op.LOOKUP, Op.PICK, Op.PUT, Op.READ, Op.NOISE,
    }
)  # fmt: skip


@dataclass
class Writer:
    """Writes the nodes of a graph; `known` are conditions that hold, or do not, where something is written."""

    graph: RecurrenceGraph
    naming: Naming
    rules: Mapping[Op, Rule]
    zeros: dict[tuple[Size, float], str] = field(default_factory=dict)
    masks: dict[int, str] = field(default_factory=dict)
    inits: dict[str, float] = field(default_factory=dict)
    known: dict[int, bool] = field(default_factory=dict)
    indices: list[Index] = field(default_factory=list)
    ranges: dict[tuple[Size, int], Index] = field(default_factory=dict)

    def without(self, indices: Iterable[Index]) -> "Writer":
        """Return the writer where indices stand for other points: what is known of their points holds no more."""
        moved = set(indices)
        kept = {number: holds for number, holds in self.known.items() if not moved & set(self.node(number).domain)}
        return self if len(kept) == len(self.known) else replace(self, known=kept)

    def children(self, of: Index) -> Index:
        """Return an index over the children of a node, declared now if the model has none."""
        known = [index for index in (*self.graph.indices, *self.indices) if index.of == of]
        if not known:
            known.append(Index(self.naming.free(f"{of.name}_child"), Kind.CHILDREN, of.order, of=of))
            self.indices += known
        return known[0]

    def range(self, size: Size, number: int) -> Index:
        """Return an index over 1..size, one for each number."""
        known = self.ranges.get((size, number))
        if known is None:
            text = self.naming.free(RANGES[number % len(RANGES)])
            known = self.ranges[size, number] = Index(text, Kind.RANGE, 0, Size.of(1), size)
            self.indices.append(known)
        return known

    def node(self, number: int) -> Node:
        """Return a node."""
        return self.graph.nodes[number]

    def write(self, number: int, place: Place) -> Value:
        """Write a node: by its name if it has one."""
        name = self.naming.names.get(number)
        if name is not None:
            return of(self.reference(name, number, place))
        return self.define(number, place)

    def define(self, number: int, place: Place) -> Value:
        """Write what a node is, even if it has a name."""
        node = self.node(number)
        return self.rules[node.op](self, number, node, place)

    def reference(self, name: Name, number: int, place: Place) -> Atom:
        """Write a name at a point.

        Raises:
            SpecError: the point is one that no single access reaches.
        """
        accesses = [compose(here(index), place) for index in name.domain]
        free = frozenset(ordered({i for access in accesses if access is not None for i in access.indices}))
        if None in accesses:
            raise refuse(self.node(number), "a value at the child of a child")
        points = f"[{', '.join(map(str, accesses))}]" if accesses else ""
        return Atom(name.text + points, ATOM, len(self.node(number).shape), free)

    def vector(self, number: int, place: Place) -> Value:
        """Write a node with the rank that it has: a number that stands for a vector gets a name."""
        found = self.write(number, place)
        rank = len(self.node(number).shape)
        if found.rank == rank:
            return found
        return of(self.reference(self.naming.name(number), number, place))

    def moved(self, place: Place, at: Place) -> Place | None:
        """Return where something is read that is read at `at` from where `place` is; None if that is no one point."""
        found = dict(place)
        for index, access in at.items():
            there = compose(access, place)
            if there is None:
                return None
            found[index] = there
        return found

    def vanishes(self, number: int) -> frozenset[Index] | None:
        """Return the indices outside which a node is zero; None if it may be no number there."""
        node = self.node(number)
        if number in self.naming.names:
            name = self.naming.names[number]
            return frozenset() if name.given or not node.adjoint else frozenset(name.domain)
        if node.op not in FINITE:
            return None
        inner = [self.vanishes(operand) for operand in node.operands]
        if not node.adjoint or any(found is None for found in inner):
            return frozenset() if not node.adjoint and None not in inner else None
        sets = [found for found in inner if found is not None]
        if node.op in {Op.MUL, Op.CONTRACT, Op.LOOKUP, Op.PUT, Op.PICK}:
            return frozenset().union(*sets)
        return frozenset.intersection(*sets) if sets else frozenset()

    def stays(self, number: int, index: Index) -> bool:
        """Whether all of an expression is at the same point along an index, so that it can be written at any other."""
        if number in self.naming.names:
            return True
        node = self.node(number)
        along = dict(node.attr.at) if isinstance(node.attr, ReadAt) else {}
        if index in along or node.op is Op.USES:
            return False
        return all(self.stays(operand, index) for operand in node.operands)

    def constant(self, size: Size, value: float) -> Atom:
        """Return the name of a vector whose components are all one number."""
        word = {0.0: "zero", 1.0: "one"}.get(value, "constant")
        if (size, value) not in self.zeros:
            self.zeros[size, value] = self.naming.free(word)
        return Atom(self.zeros[size, value], rank=1)
