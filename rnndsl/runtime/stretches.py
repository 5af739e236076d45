"""Stretches: some points of all examples, as a way goes along a sequence.

Seen from the end of the sequence, an example's last point is the first one: examples of all lengths begin together.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.ways import Way
from rnndsl.indices import Domain
from rnndsl.runtime.axes import axes

Array = NDArray[Any]
Value = Array | list[Array]


@dataclass(frozen=True)
class Stretch:
    """The points from `start` to `stop` of a way, counted from where it begins; of `lengths` points of examples."""

    way: Way
    lengths: Array
    start: int
    stop: int

    @cached_property
    def counts(self) -> Array:
        """How many points it has of every example, [B]."""
        found: Array = np.clip(self.lengths - self.start, 0, self.stop - self.start)
        return found

    @property
    def before(self) -> Array:
        """How many points of every example come before it, [B]."""
        found: Array = np.minimum(self.lengths, self.start)
        return found

    def range(self, example: int) -> tuple[int, int]:
        """Return from which to which point of an example's data it goes, counted from their beginning."""
        start, count = int(self.before[example]), int(self.counts[example])
        first = start if self.way.forward else int(self.lengths[example]) - start - count
        return first, first + count

    def part(self, value: Value, domain: Domain) -> Value:
        """Return what it has of data, in the order in which the way goes; all of what has nothing to do with it."""
        axis = self.axis(domain)
        if axis is None:
            return value
        if not isinstance(value, np.ndarray):
            return [self._own(example, one, axis) for example, one in enumerate(value)]
        if self.way.forward:
            return value[(slice(None),) * (axis + 1) + (slice(self.start, self.stop),)]
        rows, places, here = self._turned(int(self.counts.max(initial=0)))
        moved = np.moveaxis(value, axis + 1, 1)
        found = np.zeros((len(moved), int(self.counts.max(initial=0)), *moved.shape[2:]), value.dtype)
        found[rows, here] = moved[rows, places]
        return np.moveaxis(found, 1, axis + 1)

    def add(self, whole: Array, part: Array, domain: Domain) -> None:
        """Add what was computed for it to the whole; what has nothing to do with the sequence is a sum over it."""
        axis = self.axis(domain)
        if axis is None:
            whole += part
            return
        count = part.shape[axis + 1]
        if self.way.forward:
            whole[(slice(None),) * (axis + 1) + (slice(self.start, self.start + count),)] += part
            return
        rows, places, here = self._turned(count)
        np.moveaxis(whole, axis + 1, 1)[rows, places] += np.moveaxis(part, axis + 1, 1)[rows, here]

    def whole_like(self, part: Array, domain: Domain) -> Array:
        """Return a zero for all points of what was computed for some."""
        axis, shape = self.axis(domain), list(part.shape)
        if axis is not None:
            shape[axis + 1] = int(self.lengths.max(initial=0))
        return np.zeros(shape, part.dtype)

    def axis(self, domain: Domain) -> int | None:
        """Return the axis of an example's data along the sequence."""
        known = axes(domain)
        return known.index(self.way.index) if self.way.index is not None and self.way.index in known else None

    def _own(self, example: int, one: Array, axis: int) -> Array:
        first, last = self.range(example)
        cut = one[(slice(None),) * axis + (slice(first, last),)]
        return cut if self.way.forward else np.flip(cut, axis)

    def _turned(self, count: int) -> tuple[Array, Array, Array]:
        """Return by example and point where the point stands: in the whole, counted from its end, and in the part."""
        rows, here = np.nonzero(np.arange(count) < self.counts[:, None])
        return rows, self.lengths[rows] - 1 - self.start - here, here


def stretches(way: Way, lengths: Mapping[str, Array], points: int) -> Iterator[Stretch]:
    """Cut a sequence into stretches of so many points, 0 for about the root of the longest example's."""
    own = np.zeros(0, np.intp) if way.index is None else lengths[way.index.name]
    longest = int(own.max(initial=0))
    size = points or max(1, math.isqrt(max(longest - 1, 0)) + 1)
    for start in range(0, max(longest, 1), size):
        yield Stretch(way, own, start, start + size)
