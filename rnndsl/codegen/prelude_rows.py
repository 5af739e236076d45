"""Helpers for points of several indices at once, and for trees: copied into the generated modules that need them.

Like those of `prelude`, they are ordinary code, tested here. The points of all examples of a batch, of one or several
ragged indices together, are the rows of one array, packed by step of a walk: along a sequence, in anti-diagonal fronts
over a grid, or from the leaves of trees to their roots, all points of one step (and all examples) side by side.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Tree:
    """The nodes of one tree or dag per example, one after another; an edge leads from a node to one of its children.

    `first` and `first_edge` say where the nodes of an example, and the edges of a node, begin.
    """

    def __init__(self, structure: Sequence[Sequence[Sequence[int]]]) -> None:
        """Take for every example the list of its nodes' children (places from 0); refuse what has cycles."""
        children = [one for nodes in structure for one in nodes]
        self.batch = len(structure)
        self.lengths = np.array([len(nodes) for nodes in structure], dtype=np.intp)
        self.first = np.cumsum(self.lengths) - self.lengths
        self.example = np.repeat(np.arange(self.batch), self.lengths)
        self.arity = np.array([len(one) for one in children], dtype=np.intp)
        self.first_edge = np.cumsum(self.arity) - self.arity
        self.child = np.array([place for one in children for place in one], dtype=np.intp)
        self.owner = np.repeat(np.arange(len(children)), self.arity)
        self.slot = np.arange(len(self.child)) - self.first_edge[self.owner]
        self.edges = np.bincount(self.example[self.owner], minlength=self.batch)
        self.edges_before = np.cumsum(self.edges) - self.edges
        self.target = self.child + self.first[self.example[self.owner]]
        self.above = np.full(len(children), -1)
        self.above[self.target[::-1]] = self.owner[::-1]
        self.by_child = np.argsort(self.target, kind="stable")
        self.uses = np.bincount(self.target, minlength=len(children))
        self.first_use = np.cumsum(self.uses) - self.uses
        self.height = self.heights()

    def heights(self) -> Array:
        """Return the longest way down to a leaf, node by node (Kahn 1962, all nodes of a height in one round)."""
        height = np.full(len(self.arity), -1)
        waiting, front, level = self.arity.copy(), np.flatnonzero(self.arity == 0), 0
        while front.size:
            height[front] = level
            parents = self.owner[self.by_child[spans(self.first_use[front], self.uses[front])]]
            np.subtract.at(waiting, parents, 1)
            front = np.unique(parents[waiting[parents] == 0])
            level += 1
        if height.min(initial=0) < 0:
            node = int(np.argmin(height))
            example = int(self.example[node])
            place = node - int(self.first[example])
            raise ValueError("a node is below itself: node " + str(place) + " of example " + str(example))
        return height

    def children(self, example: Array, place: Array, slot: Any) -> Array:
        """Return the places of nodes' children number `slot` (from 0), -1 where there is none."""
        node = self.first[example] + place
        inside = (slot >= 0) & (slot < self.arity[node])
        found = np.append(self.child, -1)
        return np.asarray(found[np.where(inside, self.first_edge[node] + slot, -1)])

    def parent(self, example: Array, place: Array) -> Array:
        """Return the places of nodes' parents, -1 for a root."""
        node = self.above[self.first[example] + place]
        return np.where(node < 0, -1, node - self.first[example])

    def root(self, example: Array) -> Array:
        """Return the place of the first node of an example that is nobody's child."""
        roots = np.flatnonzero(self.above < 0)
        place = np.full(self.batch, -1)
        place[self.example[roots[::-1]]] = (roots - self.first[self.example[roots]])[::-1]
        return np.asarray(place[example])

    def edge(self, example: Array, place: Array, slot: Array) -> Array:
        """Return the number of an edge in its example, -1 where there is none."""
        node = self.first[example] + place
        inside = (place >= 0) & (slot >= 0) & (slot < self.arity[node])
        return np.where(inside, self.first_edge[node] + slot - self.edges_before[example], -1)

    def ends(self, example: Array, edge: Array) -> tuple[Array, Array]:
        """Return the places of the nodes that edges begin at, and the children's numbers there."""
        number = self.edges_before[example] + edge
        return self.owner[number] - self.first[example], self.slot[number]

    def front(self, example: Array, place: Array, weight: int) -> Array:
        """Return the step of a walk from the leaves up."""
        return np.asarray(weight * self.height[self.first[example] + place])

    def last_front(self, weight: int) -> Array:
        """Return every example's last step."""
        top = np.full(self.batch, -1)
        np.maximum.at(top, self.example, self.height)
        return np.where(top < 0, -1, weight * top)


class Rows:
    """The points of ragged indices over all examples of a batch, packed by step of a walk.

    Rows of a step stand in the order of the examples (those that go on longest first), then of the points. With a
    `halo`, the walk goes along one sequence, and the points of the other indices at one of its steps are *lanes*: each
    step has the first lanes of the one before, so earlier steps are slices of a buffer with `margin` rows in front.
    """

    def __init__(self, factors: Sequence[tuple[tuple[str, ...], Any, int]], halo: int | None = None) -> None:
        """Lay out the product of factors: (names of indices, their points, weight in the walk).

        The points are `Points` or a `Tree`; two names are a tree's nodes and their children, which are its edges.
        """
        self.factors = factors
        self.extents = [factor[1].edges if len(factor[0]) > 1 else factor[1].lengths for factor in factors]
        self.batch, self.halo = len(self.extents[0]), halo
        self.lengths = np.ones(self.batch, dtype=np.intp)
        for extent in self.extents:
            self.lengths = self.lengths * extent
        self.first = np.cumsum(self.lengths) - self.lengths
        example = np.repeat(np.arange(self.batch), self.lengths)
        left = np.arange(len(example)) - self.first[example]
        digits: list[Array] = []  # of rows in the order of their points
        place: dict[str, Array] = {}
        step = np.zeros(len(example), dtype=np.intp)
        for (names, points, weight), extent in reversed(list(zip(factors, self.extents, strict=True))):
            digit = left % extent[example]
            left = left // extent[example]
            found = points.ends(example, digit) if len(names) > 1 else (digit,)
            digits.insert(0, digit)
            place.update(zip(names, found, strict=True))
            if weight:
                step = step + points.front(example, found[0], weight)
        ends = [points.last_front(weight) for names, points, weight in factors if weight]
        last = np.where(np.min(ends, axis=0) < 0, -1, np.sum(ends, axis=0))
        rank = np.empty(self.batch, dtype=np.intp)
        rank[np.argsort(-last, kind="stable")] = np.arange(self.batch)
        self.natural = np.lexsort((rank[example], step))
        self.example, self.step = example[self.natural], step[self.natural]
        self.digits = [digit[self.natural] for digit in digits]
        self.place = {name: value[self.natural] for name, value in place.items()}
        self.row = np.full(len(example) + 1, -1)
        self.row[self.natural] = np.arange(len(example))
        self.steps = int(last.max(initial=-1)) + 1
        counts = np.bincount(self.step, minlength=self.steps)
        self.counts: list[int] = counts.tolist()
        self.offsets: list[int] = np.concatenate([[0], np.cumsum(counts)]).astype(int).tolist()
        self.size, self.widest = len(example), max(self.counts, default=0)
        self.at = [slice(a, b) for a, b in zip(self.offsets, self.offsets[1:], strict=False)]
        self.begin = np.asarray(self.offsets)[self.step]
        self.width = self.batch if halo is None else max(self.counts[:1], default=0)
        self.margin = self.width if halo is None else halo * self.width

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
        return np.asarray(np.take(buffer, rows, axis=0))

    def enter(self, buffer: Array, init: Any, carried: None = None) -> None:
        """Fill the margin with `init` (per lane, per example, or alike for all) or 0."""
        margin = buffer[: self.margin].reshape(-1, self.width, *buffer.shape[1:]) if self.margin else buffer[:0]
        margin[...] = 0 if init is None else init

    def folds(self, rows: Array, onto: Any) -> list[Any]:
        """Per step, how its rows belong to the rows of the same step of `onto`, given as one row there for each."""
        group = rows - np.asarray(onto.offsets)[self.step]
        found: list[Any] = []
        known: dict[tuple[int, int], Any] = {}
        for at, own, other in zip(self.at, self.counts, onto.counts, strict=True):
            fold = known.get((own, other)) if self.halo is not None else None
            if fold is None:
                fold = known[own, other] = Segments(group[at], other)
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
        out[...] = packed
        return out

    def unpack(self, values: Array) -> Array:
        """Return points as a padded array `[B, I, J, ...]` with zeros where an example has none."""
        extents = [int(extent.max(initial=0)) for extent in self.extents]
        padded = np.zeros((self.batch, *extents, *values.shape[1:]), values.dtype)
        padded[(self.example, *self.digits)] = values
        return padded

    def repack(self, padded: Array, out: Array) -> Array:
        """Take the points out of a padded array."""
        out[...] = padded[(self.example, *self.digits)]
        return out


class Uses:
    """For every row of a layout over the nodes of trees or dags the edges that lead to its node.

    A use is (`example`, `place` of the parent, `slot` among its children); those of one row stand together, in order.
    """

    def __init__(self, rows: Rows, name: str, tree: Tree, slot: int | None = None) -> None:
        """Collect the uses of index `name`; with `slot` only those as that child (from 0)."""
        node = tree.first[rows.example] + rows.place[name]
        edge = tree.by_child[spans(tree.first_use[node], tree.uses[node])]
        group = np.repeat(np.arange(rows.size), tree.uses[node])
        if slot is not None:
            edge, group = edge[tree.slot[edge] == slot], group[tree.slot[edge] == slot]
        self.group, self.slot, self.example = group, tree.slot[edge], rows.example[group]
        self.place = tree.owner[edge] - tree.first[self.example]
        self.single = not (group[1:] == group[:-1]).max(initial=False)
        self.offsets, self.ends = rows.offsets, np.searchsorted(group, rows.offsets).tolist()
        self.at = [slice(a, b) for a, b in zip(self.ends, self.ends[1:], strict=False)]

    def pull(self, values: Array, rows: Array, out: Array, step: int | None = None) -> Array:
        """Sum for each node (of a step, or all) the rows of `values` that use it: one for each use, or -1 for none."""
        at = slice(None) if step is None else self.at[step]
        group, rows = self.group[at] - (0 if step is None else self.offsets[step]), rows[at]
        group, rows = group[rows >= 0], rows[rows >= 0]
        out[...] = 0
        if self.single:
            out[group] = values[rows]
        elif group.size:
            Segments(group, len(out)).total(values[rows], out)
        return out


class Segments:
    """Which of `count` groups every row belongs to; groups are reduced in one order, the same on every run."""

    def __init__(self, group: Array, count: int, natural: Array | None = None) -> None:
        """Sort the rows of groups of different sizes by their place in the group, largest groups first.

        `natural` numbers the rows in the order of their points, where they do not stand in it.
        """
        self.group, self.count, self.natural = group, count, natural
        self.sizes = np.bincount(group, minlength=count)
        self.width = int(self.sizes.max(initial=0))
        self.first = np.cumsum(self.sizes) - self.sizes
        self.sorted = bool((group[1:] >= group[:-1]).all())
        self.even = self.sorted and len(group) == count * self.width
        self.cell, self.rows, self.by_size, self.packed = group, group, group, False
        self.live: list[int] = []
        if not self.even:
            order = np.argsort(group, kind="stable")
            place = np.empty(len(group), dtype=np.intp)
            place[order] = np.arange(len(group)) - self.first[group[order]]
            self.cell = group * self.width + place
            self.by_size = np.argsort(-self.sizes, kind="stable")
            rank = np.empty(count, dtype=np.intp)
            rank[self.by_size] = np.arange(count)
            self.rows = np.lexsort((rank[group], place))
            self.packed = bool((self.rows == np.arange(len(group))).all())
            self.live = np.searchsorted(-self.sizes[self.by_size], -np.arange(self.width), side="left").tolist()

    def reduce(self, ufunc: Any, values: Array, empty: float, out: Array) -> Array:
        """Reduce every group; `empty` is what a group without rows gives."""
        if not self.width:
            out[...] = empty
        elif self.even:
            ufunc.reduce(values.reshape(self.count, self.width, *values.shape[1:]), axis=1, out=out)
        elif self.sorted and values.ndim == 1:
            full = np.flatnonzero(self.sizes)
            out[...] = empty
            if full.size:
                out[full] = ufunc.reduceat(values, self.first[full])
        else:
            by_place, start = values if self.packed else values[self.rows], 0
            result = np.full_like(out, empty)
            for n in self.live:
                ufunc(result[:n], by_place[start : start + n], out=result[:n])
                start += n
            out[self.by_size] = result
        return out

    def total(self, values: Array, out: Array) -> Array:
        """Sum the rows of every group."""
        return self.reduce(np.add, values, 0, out)

    def largest(self, values: Array, out: Array) -> Array:
        """Take the maximum of every group (minus infinity where there is nothing)."""
        return self.reduce(np.maximum, values, -np.inf, out)

    def maximum(self, values: Array, out: Array) -> Array:
        """Take the maximum of every group; refuse one without rows."""
        if not self.sizes.all():
            raise ValueError("there is no point to take the maximum of")
        return self.largest(values, out)

    def softmax(self, values: Array, out: Array) -> Array:
        """Exponentiate and normalise over every group, shifted by the maximum for stability."""
        per_group = np.empty((self.count, *values.shape[1:]), values.dtype)
        top = self.largest(values, per_group)
        np.subtract(values, np.where(np.isfinite(top), top, 0)[self.group], out=out)
        np.exp(out, out=out)
        total = self.total(out, per_group)
        np.divide(out, np.where(total == 0, 1, total)[self.group], out=out)
        return out

    def logsumexp(self, values: Array, out: Array) -> Array:
        """Take the logarithm of the sum of exponentials over every group."""
        top = self.largest(values, np.empty_like(out))
        finite = np.where(np.isfinite(top), top, 0)
        with np.errstate(divide="ignore"):
            np.add(np.log(self.total(np.exp(values - finite[self.group]), np.empty_like(out))), finite, out=out)
        return out

    def first_max(self, values: Array, out: Array) -> Array:
        """Mark every group's first of the largest values with 1, all others with 0."""
        top = self.largest(values, np.empty((self.count, *values.shape[1:]), values.dtype))
        out[...] = values == top[self.group]
        order = np.lexsort((np.arange(len(self.group)) if self.natural is None else self.natural, self.group))
        before = np.cumsum(out[order], axis=0) - out[order]
        start = before[self.first[self.group[order]]]
        out[order] *= before == start
        return out

    def dense(self, values: Array) -> Array:
        """Return rows as `[group, place, ...]`, padded with zeros; a view where all groups have one size."""
        if self.even:
            return values.reshape(self.count, self.width, *values.shape[1:])
        padded = np.zeros((self.count * self.width, *values.shape[1:]), values.dtype)
        padded[self.cell] = values
        return padded.reshape(self.count, self.width, *values.shape[1:])

    def room(self, out: Array) -> Array:
        """Return where to write `[group, place, ...]` for `sparse` to put into `out`."""
        if self.even:
            return out.reshape(self.count, self.width, *out.shape[1:])
        return np.empty((self.count, self.width, *out.shape[1:]), out.dtype)

    def sparse(self, dense: Array, out: Array) -> None:
        """Take the rows out of `[group, place, ...]`; nothing is to be done where `room` was a view."""
        if not self.even:
            np.take(dense.reshape(-1, *out.shape[1:]), self.cell, axis=0, out=out, mode="clip")


def gather(values: Array, rows: Array, out: Array, init: Array | None = None, at: tuple[Any, ...] = ()) -> Array:
    """Take rows (and, of the axes after them, places `at`); where a row is negative, put `init` or 0."""
    if len(values) and at:
        out[...] = values[(np.maximum(rows, 0), *at)]
    elif len(values):
        np.take(values, rows, axis=0, out=out, mode="clip")
    outside = rows < 0
    if outside.max(initial=False):
        out[outside] = 0 if init is None else init[outside]
    return out


def spans(starts: Array, counts: Array) -> Array:
    """Return the numbers `start`, `start + 1`, ... of every span, one span after another."""
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))
