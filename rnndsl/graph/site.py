"""Where the reference interpreter applies a rule: a node at a point of one example, and what a call brings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.instances import Env, Extents, axes
from rnndsl.graph.node import Node
from rnndsl.indices import Domain, Index
from rnndsl.sizes import Shape, Size

Value = NDArray[Any]
Array = NDArray[Any]


@dataclass(frozen=True)
class Feed:
    """What a call brings: parameters by name, and inputs and dropout masks by name or key, one array per example."""

    params: Mapping[str, Array]
    data: Mapping[str, Sequence[Array]]


@dataclass(frozen=True)
class Site:
    """Where a rule is applied."""

    graph: RecurrenceGraph
    extents: Extents
    feed: Feed
    node: Node
    env: Env
    example: int | None

    @property
    def shape(self) -> tuple[int, ...]:
        """The value's shape in numbers."""
        return self.sizes(self.node.shape)

    def sizes(self, shape: Shape) -> tuple[int, ...]:
        """Return a shape in numbers."""
        return tuple(size.evaluate(self.extents.dims) for size in shape)

    def size(self) -> int:
        """Return the node's attribute, a size, as a number."""
        attr = self.node.attr
        return attr.evaluate(self.extents.dims) if isinstance(attr, Size) else 0

    def index(self) -> Index:
        """Return the node's attribute, an index."""
        if not isinstance(self.node.attr, Index):
            raise TypeError(f"{self.node.op} names an index")
        return self.node.attr

    def place(self, *indices: Index) -> int:
        """Return how many points of index sets, taken together as one line, come before this one."""
        if len(indices) == 1 and indices[0].of is None:
            return self.env[indices[0]] - self.extents.bounds(indices[0], self.example, self.env)[0]
        here = {index: self.env[index] for index in indices}
        return list(self.extents.grid(indices, self.example, self.env)).index(here)

    def entry(self, array: Array, domain: Domain) -> Value:
        """Return the part of an array (axes: `domain`, edges on one, then the value) that stands at this point."""
        return np.asarray(array[tuple(self.place(*group) for group in axes(domain))])
