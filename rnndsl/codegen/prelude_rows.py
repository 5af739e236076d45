"""Helpers for points of several indices at once: copied into the generated modules that need them.

Like those of `prelude`, they are ordinary code, tested here. The points of all examples of a batch, of one or several
ragged indices together, are the rows of one array, packed by step of a walk: along a sequence, in anti-diagonal fronts
over a grid, or from the leaves of trees to their roots, all points of one step (and all examples) side by side.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnndsl.codegen.places import device, devices, xp
from rnndsl.codegen.prelude_segments import Segments, sort_stably

Array = np.ndarray[Any, np.dtype[Any]]
#: Of points of examples that are alike: the lengths of axes as rows stand, and the axes of examples and indices in it.
Box = tuple[tuple[int, ...], tuple[int, ...]] | None
Factors = Sequence[tuple[tuple[str, ...], Any, Any]]


class Rows:
    """The points of ragged indices over all examples of a batch, packed by step of a walk.

    Rows of a step stand in the order of the examples (those that go on longest first), then of the points. With a
    `halo`, the walk goes along one sequence, and the points of the other indices at one of its steps are *lanes*: each
    step has the first lanes of the one before, so earlier steps are slices of a buffer with `margin` rows in front.
    """

    def __init__(self, factors: Factors, halo: int | None = None, steps: int | None = None, begin: Any = 0) -> None:
        """Lay out the product of factors: (names of indices, their points, weight in the walk).

        The points are `Points` or a `Tree`; two names are a tree's nodes and their children, which are its edges. In a
        walk of so many `steps` with others inside it, weights and the step to `begin` at are given by example.
        """
        self.factors = factors
        self.extents = [factor[1].edges if len(factor[0]) > 1 else factor[1].lengths for factor in factors]
        self.batch, self.halo = len(self.extents[0]), halo
        self.longest = tuple(int(extent.max(initial=0)) for extent in self.extents)
        self.lengths, self.start = np.ones(self.batch, dtype=np.intp), np.zeros(self.batch, dtype=np.intp)
        for extent in self.extents:
            self.lengths = self.lengths * extent
        self.first = np.cumsum(self.lengths) - self.lengths
        self.box: Box = boxed(factors) if steps is None else None
        if self.box is not None:
            self.lay_out_alike(*self.box)
        else:
            self.lay_out(steps, begin)

    def lay_out(self, steps: int | None, begin: Any) -> None:
        """Sort the points by step and example."""
        example = np.repeat(np.arange(self.batch), self.lengths)
        left = np.arange(len(example)) - self.first[example]
        digits: list[Array] = []  # of rows in the order of their points
        place: dict[str, Array] = {}
        step = np.zeros(len(example), dtype=np.intp) + by_row(begin, example)
        for (names, points, weight), extent in reversed(list(zip(self.factors, self.extents, strict=True))):
            digit = left % extent[example]
            left = left // extent[example]
            found = points.ends(example, digit) if len(names) > 1 else (digit,)
            digits.insert(0, digit)
            place.update(zip(names, found, strict=True))
            if steps is not None or weight:
                step = step + points.front(example, found[0], by_row(weight, example))
        rank = np.arange(self.batch)
        if steps is None:
            last = turns(*((points, weight) for names, points, weight in self.factors)) - 1
            rank[np.argsort(-last, kind="stable")] = np.arange(self.batch)
            steps = int(last.max(initial=-1)) + 1
        self.natural = sort_stably(step * self.batch + rank[example], steps * self.batch)
        self.example, self.step = example[self.natural], step[self.natural]
        self.digits = [digit[self.natural] for digit in digits]
        self.place = {name: value[self.natural] for name, value in place.items()}
        self.row = np.full(len(example) + 1, -1)
        self.row[self.natural] = np.arange(len(example))
        self.size = len(example)
        self.count_steps(steps)

    def lay_out_alike(self, shape: tuple[int, ...], order: tuple[int, ...]) -> None:
        """Lay out examples that are alike: nothing is to be sorted."""
        self.size = int(np.prod(shape))
        numbers = np.arange(self.size)
        places = np.indices(shape).reshape(len(shape), self.size)
        self.step, self.example, self.digits = places[0], places[1], [places[axis] for axis in order[1:]]
        self.place = {names[0]: digit for (names, points, weight), digit in zip(self.factors, self.digits, strict=True)}
        self.natural = numbers.reshape([shape[axis] for axis in order]).transpose(np.argsort(order)).ravel()
        self.row = np.append(numbers.reshape(shape).transpose(order), -1)
        self.count_steps(shape[0])

    def count_steps(self, steps: int) -> None:
        """Say which rows the steps have, and how many of a buffer stand in front."""
        self.steps = steps
        counts = np.bincount(self.step, minlength=self.steps)
        self.counts: list[int] = counts.tolist()
        self.offsets: list[int] = [0, *np.cumsum(counts).tolist()]
        self.widest = max(self.counts, default=0)
        self.at = [slice(a, b) for a, b in zip(self.offsets, self.offsets[1:], strict=False)]
        self.begin = np.asarray(self.offsets)[self.step]
        self.width = self.batch if self.halo is None else max(self.counts[:1], default=0)
        self.margin = self.width if self.halo is None else self.halo * self.width

    def find(self, example: Array, *places: Any) -> Array:
        """Return the rows of points (places from 0, index by index), -1 for those that do not exist."""
        left = list(places)
        number: Any = 0
        inside: Any = True
        for factor, extent in zip(self.factors, self.extents, strict=True):
            own = [left.pop(0) for name in factor[0]]
            digit = factor[1].edge(example, *own) if len(own) > 1 else own[0]
            inside = inside & (digit >= 0) & (digit < extent[example])
            number = number * extent[example] + digit
        return np.asarray(self.row[np.where(inside, self.first[example] + number, -1)])

    def reach(self, rows: Array, example: Array) -> Array:
        """Return rows of a buffer with a margin; what does not exist is the example's row there."""
        return np.where(rows < 0, example, rows + self.margin)

    def back(self, delay: int) -> list[slice]:
        """Per step, the rows of the points `delay` steps earlier in a buffer with a margin."""
        halo = self.halo or 0
        starts = [k * self.width for k in range(halo)] + [self.margin + offset for offset in self.offsets]
        return [slice(a, a + n) for a, n in zip(starts[halo - delay :], self.counts, strict=False)]

    def earlier(self, buffer: Array, delay: int) -> Array:
        """Return the values `delay` steps earlier for all points, from a buffer with a margin."""
        before, lane = self.step - delay, np.arange(self.size) - self.begin
        inside = np.asarray(self.offsets)[np.maximum(before, 0)] + self.margin
        rows = np.where(before >= 0, inside, ((self.halo or 0) + before) * self.width) + lane
        gathered: Array = xp.take(buffer, device(rows), axis=0)
        return gathered

    def enter(self, buffer: Array, init: Any, carried: None = None) -> None:
        """Fill the margin with `init` (per lane, per example, or alike for all) or 0."""
        margin = buffer[: self.margin].reshape(-1, self.width, *buffer.shape[1:]) if self.margin else buffer[:0]
        margin[...] = 0 if init is None else init

    def folds(self, rows: Array, onto: Any) -> list[Any]:
        """Per step, how its rows belong to the rows of the same step of `onto`, given as one row there for each."""
        group = rows - np.asarray(onto.offsets)[self.step]
        sizes = np.bincount(rows, minlength=onto.size)
        first = sizes.cumsum() - sizes
        rising = bool((rows[1:] >= rows[:-1]).all())  # those of every step are, then
        found: list[Any] = []
        known: dict[tuple[int, int], Any] = {}
        for at, own, begin, other in zip(self.at, self.counts, onto.offsets, onto.counts, strict=False):
            fold = known.get((own, other)) if self.halo is not None else None
            if fold is None:
                groups = slice(begin, begin + other)
                given = (sizes[groups], first[groups] - at.start) if rising else None
                fold = known[own, other] = Segments(group[at], other, rising=given)
            found.append(fold)
        return found

    def pack(self, data: Any, dtype: Any, out: Array | None = None, axes: tuple[int, ...] | None = None) -> Array:
        """Lay padded data `[B, I, J, ...]`, or a list of one array per example, out by points; padding is never read.

        `axes` are the places of the factors in an example's array; without them an example's points are one axis.
        """
        if isinstance(data, list | tuple):
            parts = [np.asarray(one, dtype=dtype) for one in data]
            if axes is not None:
                parts = [np.moveaxis(one, axes, range(len(axes))) for one in parts]
                parts = [one.reshape(-1, *one.shape[len(axes) :]) for one in parts]
            packed = np.concatenate(parts)[self.natural]
        else:
            moved = np.moveaxis(np.asarray(data), [1 + axis for axis in axes or (0,)], range(1, 1 + len(axes or (0,))))
            packed = moved[(self.example, *self.digits)]
        if out is None:
            return np.asarray(packed, dtype)
        out[...] = device(packed)
        return out

    def unpack(self, values: Array) -> Array:
        """Return points as a padded array `[B, I, J, ...]` with zeros where an example has none."""
        padded = xp.zeros((self.batch, *self.longest, *values.shape[1:]), values.dtype)
        padded[devices((self.example, *self.digits))] = values
        return padded

    def repack(self, padded: Array, out: Array) -> Array:
        """Take the points out of a padded array."""
        out[...] = padded[devices((self.example, *self.digits))]
        return out


def boxed(factors: Factors) -> Box:
    """Return the lengths of axes in the order of `Rows`, and their order as examples and factors; None if they differ.

    All examples are alike, and the walk goes along one sequence, a point at a step.
    """
    walked = [k for k, (names, points, weight) in enumerate(factors) if weight]
    alike = all(len(names) == 1 and points.box for names, points, weight in factors)
    if not alike or [factors[k][2] for k in walked] != [1]:
        return None
    lanes = [k for k in range(len(factors)) if k not in walked]
    shape = (factors[walked[0]][1].steps, factors[0][1].batch, *(factors[k][1].steps for k in lanes))
    axes = dict(zip((walked[0], *lanes), (0, *range(2, len(shape))), strict=True))
    return shape, (1, *(axes[k] for k in range(len(factors))))


def padded(points: Any, values: Array) -> Array:
    """Return the values of points as an array `[B, I, J, ...]`: a view where examples are alike, or padded with 0."""
    if points.box is None:
        found: Array = points.unpack(values)
        return found
    (shape, order), rest = points.box, values.shape[1:]
    return values.reshape(*shape, *rest).transpose(*order, *range(len(order), len(order) + len(rest)))


def padded_room(points: Any, out: Array) -> Array:
    """Return where to write `[B, I, J, ...]` for `unpadded` to put into `out`: a view of that where it can be."""
    if points.box is None:
        return xp.empty((points.batch, *points.longest, *out.shape[1:]), out.dtype)
    return padded(points, out)


def unpadded(points: Any, values: Array, out: Array) -> None:
    """Take the rows of points out of a padded array; nothing is to be done where its room was a view."""
    if points.box is None:
        points.repack(values, out)


def in_ring(points: Any, slots: int, delay: int) -> list[slice]:
    """Per step, the rows of the points `delay` steps earlier in a ring: a buffer with room for so many steps.

    Its first slots are the halo; a step takes the place of the one that came `slots` before it.
    """
    starts = [(points.halo + k - delay) % slots * points.widest for k in range(slots)]
    counts: list[int] = points.counts
    rows = {n: [slice(a, a + n) for a in starts] for n in dict(zip(counts, counts, strict=True))}
    if len(rows) == 1:  # all steps are alike
        return (rows[counts[0]] * (len(counts) // slots + 1))[: len(counts)]
    return [rows[n][k % slots] for k, n in enumerate(counts)]


def turns(*walked: tuple[Any, int]) -> Array:
    """Return how many steps every example has in a walk along points with a weight; where that is 0, all at once."""
    found, *others = (points.last_front(weight) for points, weight in walked if weight)
    for last in others:
        found = np.where((found < 0) | (last < 0), -1, found + last)
    return np.asarray(found + 1)


def in_turn(*counts: Array) -> Array:
    """Return in how many steps walks are done one after the other, each from the last step of what comes before it."""
    return np.asarray(1 + np.sum([np.maximum(count, 1) - 1 for count in counts], axis=0))


def by_row(value: Any, example: Array) -> Any:
    """Return a number that is alike for all examples, or else that of every row's example."""
    return value if np.ndim(value) == 0 else value[example]


def gather(values: Array, rows: Array, out: Array, init: Array | None = None, at: tuple[Any, ...] = ()) -> Array:
    """Take rows (and, of the axes after them, places `at`); where a row is negative, put `init` or 0."""
    if len(values) and at:
        out[...] = values[(xp.maximum(rows, 0), *at)]
    elif len(values):
        xp.take(values, rows, axis=0, out=out, mode="clip")
    outside = rows < 0
    if outside.max(initial=False):
        out[outside] = 0 if init is None else init[outside]
    return out
