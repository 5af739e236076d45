"""Extents: how many points a batch has along every index, and in how many steps loops walk them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

from rnndsl.graph.node import Node
from rnndsl.indices import Index
from rnndsl.schedule.plan import Walk
from rnndsl.sizes import Shape, Size


@dataclass(frozen=True, slots=True)
class Extents:
    """The sizes of a batch.

    Attributes:
        dims: Values of all dimensions.
        examples: How many examples.
        points: By sequence, tree or dag how many points an example has on average.
        children: By tree or dag how many children a node has on average.
        lengths: By the same in how many steps a walk meets them all: the longest sequence, the levels of a tree.
        inner: By tree or dag the share of nodes that have children.
        width: Bytes of a real number.
    """

    dims: Mapping[str, int]
    examples: float
    points: Mapping[str, float]
    children: Mapping[str, float]
    lengths: Mapping[str, int]
    inner: Mapping[str, float]
    width: int = 4

    def size(self, size: Size) -> int:
        """Return the value of a size."""
        return size.evaluate(self.dims)

    def components(self, shape: Shape) -> int:
        """Return how many numbers a value is at one point."""
        return prod(self.size(size) for size in shape)

    def numbers(self, node: Node) -> float:
        """Return how many numbers a node is at all points of the batch."""
        return self.count(node.domain, batch=node.batch) * self.components(node.shape)

    def count(self, domain: Iterable[Index], *, batch: bool) -> float:
        """Return how many points of a domain the batch has."""
        return (self.examples if batch else 1) * prod(map(self.along, domain))

    def along(self, index: Index) -> float:
        """Return how many points an example has along an index, at one point of the others."""
        if index.of is not None:
            return self.children[index.of.name]
        return self.points[index.name] if index.ragged else self.size(index.extent)

    def steps(self, walks: Iterable[Walk]) -> float:
        """Return how many steps the innermost of nested walks makes in all; along several indices they are fronts."""
        return prod(1 + sum(abs(weight) * (self._length(index) - 1) for index, weight in walk) for walk in walks)

    def _length(self, index: Index) -> int:
        return self.lengths[index.name] if index.ragged else self.size(index.extent)
