"""Helpers for points of several indices at once: copied into the generated modules that need them.

Like those of `prelude`, they are ordinary code, tested here. The points of all examples of a batch, of one or several
ragged indices together, are the rows of one array, packed by step of a walk: along a sequence, in anti-diagonal fronts
over a grid, or from the leaves of trees to their roots, all points of one step (and all examples) side by side.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnndsl.codegen.places import device, devices, xp
from rnndsl.codegen.prelude_decode import temper

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
            return
        example = np.repeat(np.arange(self.batch), self.lengths)
        left = np.arange(len(example)) - self.first[example]
        digits: list[Array] = []  # of rows in the order of their points
        place: dict[str, Array] = {}
        step = np.zeros(len(example), dtype=np.intp) + by_row(begin, example)
        for (names, points, weight), extent in reversed(list(zip(factors, self.extents, strict=True))):
            digit = left % extent[example]
            left = left // extent[example]
            found = points.ends(example, digit) if len(names) > 1 else (digit,)
            digits.insert(0, digit)
            place.update(zip(names, found, strict=True))
            if steps is not None or weight:
                step = step + points.front(example, found[0], by_row(weight, example))
        rank = np.arange(self.batch)
        if steps is None:
            last = turns(*((points, weight) for names, points, weight in factors)) - 1
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


def sort_stably(numbers: Array, bound: int) -> Array:
    """Return the order of numbers from 0 to below `bound`, equal ones as they stand: those of 16 bits by radix."""
    return np.argsort(numbers.astype(np.uint16) if bound <= 2**16 else numbers, kind="stable")


class Segments:
    """Which of `count` groups every row belongs to; groups are reduced in one order, the same on every run.

    In `regular` segments groups of one size stand side by side and all others are empty; in `even` ones none is.
    In the others a few `long` groups are reduced one by one. Of the rest, largest first, the first rows stand together,
    then the second ones, and so on, so that each place in the groups is one slice.
    """

    def __init__(
        self, group: Array, count: int, natural: Array | None = None, rising: tuple[Array, Array] | None = None
    ) -> None:
        """Find the rows of every group; `natural` numbers the rows by their points, where they do not stand so.

        Of groups that are known to be `rising`, it is also known how many rows they have and where they begin.
        """
        self.group, self.count, self.natural = group, count, natural
        if rising is None:
            self.sizes = np.bincount(group, minlength=count)
            self.first = self.sizes.cumsum() - self.sizes
        else:
            self.sizes, self.first = rising
        self.width = int(self.sizes.max(initial=0))
        self.sorted = rising is not None or bool((group[1:] >= group[:-1]).all())
        placed = natural is None or bool(((natural[1:] > natural[:-1]) | (group[1:] > group[:-1])).all())
        full = self.sizes.nonzero()[0]
        self.full = slice(int(full[0]), int(full[-1]) + 1) if len(full) else slice(0, 0)  # from the first to the last
        self.regular = self.sorted and placed and len(group) == (self.full.stop - self.full.start) * self.width
        self.even = self.regular and len(group) == count * self.width
        self.order = self.rest = self.rows = np.arange(len(group)) if self.regular else group
        self.cell = self.order + self.full.start * self.width
        self.long: list[tuple[int, Array]] = []
        self.live: list[int] = []
        if not self.regular:
            self.divide()

    def divide(self) -> None:
        """Choose the long groups, for the fewest steps in all, and sort the rows of the others."""
        points = self.natural
        self.order = sort_stably(self.group, self.count) if points is None else np.lexsort((points, self.group))
        place = np.empty(len(self.group), dtype=np.intp)
        place[self.order] = np.arange(len(self.group)) - self.first[self.group[self.order]]
        self.cell = self.group * self.width + place
        by_size = sort_stably(self.width - self.sizes, self.width + 1)[: np.count_nonzero(self.sizes)]
        sizes = self.sizes[by_size]
        long = int(np.argmin(np.arange(len(sizes) + 1) + np.append(sizes, 0)))
        for group in by_size[:long].tolist():
            first = int(self.first[group])
            self.long.append((group, device(self.order[first : first + int(self.sizes[group])])))
        rest = by_size[long:]
        rank = np.full(self.count, -1)
        rank[rest] = np.arange(len(rest))
        others = np.flatnonzero(rank[self.group] >= 0)
        turn = place[others] * len(rest) + rank[self.group[others]]
        rows = others[sort_stably(turn, self.width * len(rest))]
        self.rest, self.rows = device(rest), device(rows)
        self.live = np.bincount(place[others]).tolist()

    def among(self, rows: Array) -> "Segments":
        """Take these rows of an array (numbers of the host), in order, for those that were given."""
        if self.regular:
            self.regular = self.even = False
            self.divide()
        self.sorted, chosen = False, device(rows)
        self.rows, self.long = chosen[self.rows], [(group, chosen[own]) for group, own in self.long]
        return self

    def reduce(self, ufunc: Any, whole: Any, values: Array, empty: float, out: Array) -> Array:
        """Reduce every group: two values by a ufunc, an axis by `whole`; `empty` is what a group without rows gives."""
        if not self.width:
            out[...] = empty
        elif self.regular:
            rows = values.reshape(-1, self.width, *values.shape[1:])
            out[: self.full.start] = out[self.full.stop :] = empty
            if self.width == 2:  # much faster than an axis of two
                ufunc(rows[:, 0], rows[:, 1], out=out[self.full])
            else:
                whole(rows, axis=1, out=out[self.full])
        else:
            out[...] = empty
            if self.sorted and values.ndim == 1:  # NumPy alone
                full = np.flatnonzero(self.sizes)  # NumPy alone
                out[full] = ufunc.reduceat(values, self.first[full])  # NumPy alone
                return out  # NumPy alone
            for group, rows in self.long:
                out[group] = whole(values[rows], axis=0)
            start = len(self.rest)
            by_group = values[self.rows[:start]]
            for n in self.live[1:]:
                ufunc(by_group[:n], values[self.rows[start : start + n]], out=by_group[:n])
                start += n
            out[self.rest] = by_group
        return out

    def total(self, values: Array, out: Array) -> Array:
        """Sum the rows of every group."""
        return self.reduce(xp.add, xp.add.reduce, values, 0, out)

    def largest(self, values: Array, out: Array) -> Array:
        """Take the maximum of every group (minus infinity where there is nothing)."""
        return self.reduce(xp.maximum, xp.maximum.reduce, values, -np.inf, out)

    def largest_or_zero(self, values: Array, out: Array) -> Array:
        """Take the maximum of every group, and 0 where there is nothing: nobody takes that branch."""
        return self.reduce(xp.maximum, xp.maximum.reduce, values, 0, out)

    def maximum(self, values: Array, out: Array) -> Array:
        """Take the maximum of every group; refuse one without rows."""
        if not self.sizes.all():
            raise ValueError("there is no point to take the maximum of")
        return self.largest(values, out)

    def softmax(self, values: Array, out: Array) -> Array:
        """Exponentiate and normalise over every group, shifted by the maximum for stability."""
        per_group = xp.empty((self.count, *values.shape[1:]), values.dtype)
        top = self.largest(values, per_group)
        group = device(self.group)
        xp.subtract(values, xp.where(xp.isfinite(top), top, 0)[group], out=out)
        xp.exp(out, out=out)
        total = self.total(out, per_group)
        xp.divide(out, xp.where(total == 0, 1, total)[group], out=out)
        return out

    def logsumexp(self, values: Array, out: Array) -> Array:
        """Take the logarithm of the sum of exponentials over every group."""
        top = self.largest(values, xp.empty_like(out))
        finite = xp.where(xp.isfinite(top), top, 0)
        with np.errstate(divide="ignore"):
            shifted = xp.exp(values - finite[device(self.group)])
            xp.add(xp.log(self.total(shifted, xp.empty_like(out))), finite, out=out)
        return out

    def first_max(self, values: Array, out: Array) -> Array:
        """Mark every group's first of the largest values with 1, all others with 0."""
        top = self.largest(values, xp.empty((self.count, *values.shape[1:]), values.dtype))
        out[...] = values == top[device(self.group)]
        begin, order = device(self.first[self.group[self.order]]), device(self.order)
        before = xp.cumsum(out[order], axis=0) - out[order]
        out[order] *= before == before[begin]
        return out

    def temper(self, values: Array, temperature: float, top_k: int, top_p: float, out: Array) -> Array:
        """Divide logits by a temperature, and leave of every group those that `temper` leaves."""
        room = self.room(out)
        temper(xp.moveaxis(self.dense(values, -np.inf), 1, -1), temperature, top_k, top_p, xp.moveaxis(room, 1, -1))
        self.sparse(room, out)
        return out

    def top(self, values: Array, out: Array) -> Array:
        """Take the place of every group's first of the largest values; -1 where there is nothing."""
        top = self.largest(values, xp.empty((self.count, *values.shape[1:]), values.dtype))
        left = device(self.width - self.cell % max(self.width, 1))  # how many places there are from a row's own on
        left = left.reshape(-1, *([1] * (values.ndim - 1)))
        left = xp.where(values == top[device(self.group)], left, 0)
        self.reduce(xp.maximum, xp.maximum.reduce, left, 0, out)
        xp.subtract(self.width, out, out=out)
        out[out == self.width] = -1
        return out

    def dense(self, values: Array, filler: float = 0) -> Array:
        """Return rows as `[group, place, ...]`, padded; a view where all groups have one size."""
        if self.even:
            return values.reshape(self.count, self.width, *values.shape[1:])
        padded = xp.full((self.count * self.width, *values.shape[1:]), filler, values.dtype)
        padded[device(self.cell)] = values
        return padded.reshape(self.count, self.width, *values.shape[1:])

    def room(self, out: Array) -> Array:
        """Return where to write `[group, place, ...]` for `sparse` to put into `out`."""
        if self.even:
            return out.reshape(self.count, self.width, *out.shape[1:])
        return xp.empty((self.count, self.width, *out.shape[1:]), out.dtype)

    def sparse(self, dense: Array, out: Array) -> None:
        """Take the rows out of `[group, place, ...]`; nothing is to be done where `room` was a view."""
        if not self.even:
            xp.take(dense.reshape(-1, *out.shape[1:]), device(self.cell), axis=0, out=out, mode="clip")


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
