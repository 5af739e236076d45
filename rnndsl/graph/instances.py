"""Instances: a node at one point of its domain, for one example, and the instances that it is computed from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, Over, ReadAt
from rnndsl.indices import Access, Domain, End, Index
from rnndsl.ops import Op

Env = Mapping[Index, int]


class Instance(NamedTuple):
    """A node at a point; `example` is None for what does not vary over the batch."""

    node: int
    example: int | None
    point: tuple[int, ...]


Row = tuple[Instance, ...]


@dataclass(frozen=True)
class Extents:
    """The size of everything: dimensions, and for every sequence the length of each example."""

    dims: Mapping[str, int]
    lengths: Mapping[str, Sequence[int]]
    examples: int

    def bounds(self, index: Index, example: int | None) -> tuple[int, int]:
        """Return the first and the last point of an index set; of an empty one the last is below the first."""
        if index.ragged:
            if example is None:
                raise ValueError(f"{index.name} has a length only in an example")
            return 1, self.lengths[index.name][example]
        low = index.low.evaluate(self.dims)
        return low, low + index.extent.evaluate(self.dims) - 1

    def points(self, index: Index, example: int | None) -> range:
        """Return the points of an index set."""
        low, high = self.bounds(index, example)
        return range(low, high + 1)

    def grid(self, domain: Domain, example: int | None) -> Iterator[dict[Index, int]]:
        """Yield the points of a domain in order, the last index fastest."""
        for point in product(*(self.points(index, example) for index in domain)):
            yield dict(zip(domain, point, strict=True))

    def locate(self, index: Index, access: Access, env: Env, example: int | None) -> int | None:
        """Return the point of `index` that an access means at `env`, None where it is outside."""
        low, high = self.bounds(index, example)
        if isinstance(access, End):
            point = high if access.last else low
        else:
            point = access.offset + sum(sign * env[term] for term, sign in access.terms)
        if index.cyclic and high >= low:
            return low + (point - low) % (high - low + 1)
        return point if low <= point <= high else None


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
        case _, Over(indices) if indices:
            places = extents.grid(indices, at.example)
        case Op.STACK, Index() as index:
            places = extents.grid((index,), at.example)
        case _:
            places = iter([{}])
    return tuple(_row(graph, node, env | place, at.example) for place in places)


def _row(graph: RecurrenceGraph, node: Node, env: Env, example: int | None) -> Row:
    return tuple(instance(graph, operand, env, example) for operand in node.operands)


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
    return tuple(_row(graph, node, {**env, **more}, e) for e in examples for more in extents.grid(dropped, e))
