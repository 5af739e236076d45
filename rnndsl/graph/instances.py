"""Instances: a node at one point of its domain, for one example, and the instances that it is computed from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, Over, ReadAt
from rnndsl.indices import Access, Affine, Child, Domain, End, Index, Parent, Root
from rnndsl.ops import Op

Env = Mapping[Index, int]
NOWHERE: Final[Env] = MappingProxyType({})
#: Of one example: for every node the positions, from 0, of its children in order.
Structure = Sequence[Sequence[int]]


class Instance(NamedTuple):
    """A node at a point; `example` is None for what does not vary over the batch."""

    node: int
    example: int | None
    point: tuple[int, ...]


Row = tuple[Instance, ...]


@dataclass(frozen=True)
class Extents:
    """The size of everything: dimensions, the length of every sequence by example, and the structure of trees.

    `structure` has, by tree or dag and example, the list of the children of every node; positions count from 0.
    """

    dims: Mapping[str, int]
    lengths: Mapping[str, Sequence[int]]
    examples: int
    structure: Mapping[str, Sequence[Structure]] = field(default_factory=dict)

    def nodes(self, index: Index, example: int | None) -> Structure:
        """Return the children of every node of a tree or dag."""
        if example is None:
            raise ValueError(f"{index.name} has nodes only in an example")
        return self.structure[index.name][example]

    @cached_property
    def _ranges(self) -> dict[Index, tuple[int, int]]:
        """The first and last points of ranges that have been asked for."""
        return {}

    @cached_property
    def _parents(self) -> dict[tuple[str, int | None], list[list[int]]]:
        return {}

    def parents(self, index: Index, example: int | None) -> list[list[int]]:
        """Return for every node of a tree or dag those that it is a child of, each once, in order."""
        key = (index.name, example)
        if key not in self._parents:
            nodes = self.nodes(index, example)
            found: list[list[int]] = [[] for _ in nodes]
            for parent, children in enumerate(nodes):
                for child in dict.fromkeys(children):
                    found[child].append(parent + 1)
            self._parents[key] = found
        return self._parents[key]

    def bounds(self, index: Index, example: int | None, env: Env = NOWHERE) -> tuple[int, int]:
        """Return the first and the last point of an index set; of an empty one the last is below the first.

        The children are those of the node that `env` says.
        """
        if index.structured:
            return 1, len(self.nodes(index, example))
        if index.of is not None:
            return 1, len(self.nodes(index.of, example)[env[index.of] - 1])
        if index.ragged:
            if example is None:
                raise ValueError(f"{index.name} has a length only in an example")
            return 1, self.lengths[index.name][example]
        if index not in self._ranges:
            low = index.low.evaluate(self.dims)
            self._ranges[index] = low, low + index.extent.evaluate(self.dims) - 1
        return self._ranges[index]

    def points(self, index: Index, example: int | None, env: Env = NOWHERE) -> range:
        """Return the points of an index set."""
        low, high = self.bounds(index, example, env)
        return range(low, high + 1)

    def grid(self, domain: Domain, example: int | None, env: Env = NOWHERE) -> Iterator[dict[Index, int]]:
        """Yield the points of a domain in the order of its axes, the last one fastest; children go with their node."""
        found: list[dict[Index, int]] = [{}]
        for index in (index for group in axes(domain) for index in group):
            found = [{**place, index: k} for place in found for k in self.points(index, example, {**env, **place})]
        yield from found

    def locate(self, index: Index, access: Access, env: Env, example: int | None) -> int | None:
        """Return the point of `index` that an access means at `env`, None where it is outside."""
        match access:
            case Child(of, slot):
                children = self.nodes(of, example)[env[of] - 1]
                place = value_of(slot, env)
                return children[place - 1] + 1 if 1 <= place <= len(children) else None
            case Parent(of):
                return next(iter(self.parents(of, example)[env[of] - 1]), None)
            case Root():
                return next((k + 1 for k, above in enumerate(self.parents(index, example)) if not above), None)
            case _:
                return self._on_line(index, access, env, example)

    def _on_line(self, index: Index, access: Affine | End, env: Env, example: int | None) -> int | None:
        low, high = self.bounds(index, example, env)
        end = high if access == End(last=True) else low
        point = value_of(access, env) if isinstance(access, Affine) else end
        if index.cyclic and high >= low:
            return low + (point - low) % (high - low + 1)
        return point if low <= point <= high else None


def value_of(access: Affine, env: Env) -> int:
    """Return the number that a sum of indices is."""
    return access.offset + sum(sign * env[term] for term, sign in access.terms)


def axes(domain: Domain) -> list[Domain]:
    """Return the indices of every axis of an array on a domain: edges share one, a node goes before its child."""
    owners = {index.of for index in domain if index.of is not None}
    found: dict[Index, list[Index]] = {}
    for index in domain:
        owner = index.of or index
        found.setdefault(owner if owner in owners else index, []).append(index)
    return [tuple(sorted(group, key=lambda index: index.of is not None)) for group in found.values()]


def instance(graph: RecurrenceGraph, number: int, env: Env, example: int | None) -> Instance:
    """Return the instance of a node at a point that may have more indices than the node."""
    node = graph.nodes[number]
    return Instance(number, example if node.batch else None, tuple(env[index] for index in node.domain))


def rows(graph: RecurrenceGraph, extents: Extents, at: Instance) -> tuple[Row, ...]:
    """Return what an instance is computed from: one row of operands for every point that its operator runs over.

    An elementwise operator has one row; a sum or a fold one for every point (and example) that is folded; a read that
    falls outside has its init, or no row.
    """
    node = graph.nodes[at.node]
    env = dict(zip(node.domain, at.point, strict=True))
    match node.op, node.attr:
        case Op.READ, ReadAt() as read:
            return _read_rows(graph, extents, node, (read, env, at.example))
        case ((Op.CONTRACT | Op.SCATTER), _):
            return _summed_rows(graph, extents, node, (env, at.example))
        case Op.USES, Child() as child:
            places = _users(extents, child, env, at.example)
        case _, Over(indices) if indices:
            places = extents.grid(indices, at.example, env)
        case Op.STACK, Index() as index:
            places = extents.grid((index,), at.example, env)
        case _:
            places = iter([{}])
    return tuple(_row(graph, node, env | place, at.example) for place in places)


def _row(graph: RecurrenceGraph, node: Node, env: Env, example: int | None) -> Row:
    return tuple(instance(graph, operand, env, example) for operand in node.operands)


def _users(extents: Extents, child: Child, env: Env, example: int | None) -> Iterator[dict[Index, int]]:
    """Yield where the node of `env` is read as a child: its parents, and for each the values of the slot's indices."""
    free = tuple(index for index in child.slot.indices if index not in env)
    for parent in extents.parents(child.of, example)[env[child.of] - 1]:
        there = {**env, child.of: parent}
        for place in extents.grid(free, example, there):
            if extents.locate(child.of, child, {**there, **place}, example) == env[child.of]:
                yield {child.of: parent, **place}


def _read_rows(
    graph: RecurrenceGraph, extents: Extents, node: Node, place: tuple[ReadAt, Env, int | None]
) -> tuple[Row, ...]:
    read, env, example = place
    found = {index: extents.locate(index, access, env, example) for index, access in read.at}
    inside = {index: point for index, point in found.items() if point is not None}
    if len(inside) == len(found):
        return ((instance(graph, node.operands[0], {**env, **inside}, example),),)
    return tuple((instance(graph, init, env, example),) for init in node.operands[1:])


def _summed_rows(
    graph: RecurrenceGraph, extents: Extents, node: Node, place: tuple[Env, int | None]
) -> tuple[Row, ...]:
    env, example = place
    operands = [graph.nodes[number] for number in node.operands]
    dropped = tuple({index: None for operand in operands for index in operand.domain if index not in node.domain})
    over_batch = not node.batch and any(operand.batch for operand in operands)
    examples = range(extents.examples) if over_batch else (example,)
    return tuple(_row(graph, node, {**env, **more}, e) for e in examples for more in extents.grid(dropped, e, env))
