"""Helper for chunks of grids: copied into the generated modules that need it; ordinary code, tested here.

A grid is run along one of its sequences, some rows of it with every call. What a call reads of the rows before stands
in buffers in front of its own points.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnndsl.codegen.places import device, host
from rnndsl.codegen.prelude_rows import Rows

Array = np.ndarray[Any, np.dtype[Any]]


class Border:
    """The last points along a sequence of the chunk before, in a layout of several indices.

    The margin of the buffers gets rows for them: `depth` for every point of the other indices, and before those
    one for each example, for what is outside in any other direction.
    """

    def __init__(self, rows: Rows, name: str, depth: int) -> None:
        """Make room in front of a layout's points; `name` is the sequence."""
        self.rows, self.depth = rows, depth
        self.along = next(k for k, factor in enumerate(rows.factors) if factor[0][0] == name)
        self.extents = list(rows.extents)
        self.extents[self.along] = self.extents[self.along] + depth
        counts = np.prod(self.extents, axis=0)
        self.first = np.cumsum(counts) - counts
        example = np.repeat(np.arange(rows.batch), counts)
        left = np.arange(len(example)) - self.first[example]
        digits: list[Array] = []
        for extent in reversed(self.extents):
            digits.insert(0, left % extent[example])
            left = left // extent[example]
        before = digits[self.along] < depth
        self.example, self.digits = example[before], [digit[before] for digit in digits]
        self.outside = rows.margin
        self.begin = self.outside + rows.batch
        rows.margin = self.begin + len(self.example)
        self.row = np.full(len(example) + 1, -1)
        self.row[:-1][before] = np.arange(self.begin, rows.margin)
        self.row[:-1][~before] = rows.margin + rows.row[:-1]
        others = self.digits[: self.along] + self.digits[self.along + 1 :]
        self.place = (self.example, self.digits[self.along], *others)
        self.lengths = rows.lengths
        self.start = counts // np.maximum(self.extents[self.along], 1) * rows.factors[self.along][1].start

    def at(self, example: Array, digits: Sequence[Any]) -> Array:
        """Return the rows of points, counted along the sequence from `depth` before the first; else the example's."""
        number: Any = 0
        inside: Any = True
        for digit, extent in zip(digits, self.extents, strict=True):
            inside = inside & (digit >= 0) & (digit < extent[example])
            number = number * extent[example] + digit
        found = self.row[np.where(inside, self.first[example] + number, -1)]
        return np.where(inside, found, self.outside + example)

    def find(self, example: Array, *places: Any) -> Array:
        """Return the rows of points in a buffer (places from 0, index by index), of what is outside the example's."""
        left = list(places)
        digits = []
        for factor in self.rows.factors:
            own = [left.pop(0) for name in factor[0]]
            digits.append(factor[1].edge(example, *own) if len(own) > 1 else own[0])
        digits[self.along] = digits[self.along] + self.depth
        return self.at(example, digits)

    def lanes(self) -> Array:
        """Return which of the new rows hold what stands in front of them: by example, or by step and lane."""
        rows = self.rows
        if rows.halo is None:
            return self.outside + np.arange(rows.batch)
        walked = next(k for k, factor in enumerate(rows.factors) if factor[2])
        example, digits = rows.example[: rows.width], [digit[: rows.width] for digit in rows.digits]
        digits[self.along] = digits[self.along] + self.depth
        first = digits[walked]
        found = [rows.row[:0]]
        for back in range(rows.halo, 0, -1):
            digits[walked] = first - back
            found.append(self.at(example, digits))
        return np.concatenate(found)

    def enter(self, buffer: Array, init: Any, carried: Array | None = None) -> None:
        """Fill the margin with `init` (per example, or alike for all) or 0, or with what the chunk before carried."""
        outside, before = buffer[self.outside : self.begin], buffer[self.begin : self.rows.margin]
        outside[...] = 0 if init is None else init
        before[...] = outside[device(self.example)] if carried is None else device(carried[self.place])
        buffer[: self.outside] = buffer[device(self.lanes())]

    def leave(self, buffer: Array) -> Array:
        """Return every example's last values along the sequence `[B, depth, J, ..., ...]`, for the next chunk."""
        digits = list(self.digits)
        digits[self.along] = digits[self.along] + self.rows.extents[self.along][self.example]
        others = self.extents[: self.along] + self.extents[self.along + 1 :]
        extents = [int(extent.max(initial=0)) for extent in others]
        left = np.zeros((self.rows.batch, self.depth, *extents, *buffer.shape[1:]), buffer.dtype)
        left[self.place] = host(buffer[device(self.at(self.example, digits))])
        return left

    def pack(self, parts: Sequence[Array], dtype: Any) -> Array:
        """Lay one array for each example out by points: it counts them along the sequence first, as chunks come."""
        rows = self.rows
        order = [self.along, *(k for k in range(len(rows.digits)) if k != self.along)]
        number: Any = 0
        for k in order:
            number = number * rows.extents[k][rows.example] + rows.digits[k]
        return np.asarray(np.concatenate(parts)[rows.first[rows.example] + number], dtype)
