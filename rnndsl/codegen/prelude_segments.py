"""Groups of rows, reduced in one order: copied into the generated modules that need them."""

from typing import Any

import numpy as np

from rnndsl.codegen.places import device, xp
from rnndsl.codegen.prelude_decode import temper

Array = np.ndarray[Any, np.dtype[Any]]


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
