"""Helpers that generated modules carry along: the emitter copies those that a module uses, word for word.

They are ordinary code, tested here, and need nothing but numpy. Examples of a batch are sorted by length, longest
first, and the points of all of them lie step after step: the points of step t are the rows `offsets[t]` to
`offsets[t + 1]`, and those of step t - 1 that go on are the first rows of the step before. A buffer "with a halo" has
`halo * batch` more rows in front, for the points before the start.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnndsl.codegen.places import device, host, xp
from rnndsl.codegen.prelude_rows import Box
from rnndsl.codegen.prelude_segments import Segments

Array = np.ndarray[Any, np.dtype[Any]]


class Points:
    """The points of one sequence index over all examples of a batch, packed by step."""

    def __init__(self, lengths: Sequence[int] | Array, halo: int, start: Array | None = None) -> None:
        """Lay out examples of the given lengths; `start` counts the points of earlier chunks, per example."""
        self.lengths = np.asarray(lengths, dtype=np.intp)
        self.batch, self.halo = len(self.lengths), halo
        self.start = np.zeros(self.batch, dtype=np.intp) if start is None else start
        ends: list[int] = self.lengths.tolist()
        self.steps = max(ends, default=0)
        self.longest, self.even = (self.steps,), min(ends, default=0) == self.steps
        self.box: Box = ((self.steps, self.batch), (1, 0)) if self.even else None
        if self.even:
            self.order = np.arange(self.batch)
            self.counts = [self.batch] * self.steps
            self.offsets = [k * self.batch for k in range(self.steps + 1)]
            self.step = np.arange(self.batch * self.steps) // max(self.batch, 1)
        else:
            self.order = np.argsort(-self.lengths, kind="stable")
            counts = np.searchsorted(-self.lengths[self.order], -np.arange(self.steps), side="left")
            self.counts = counts.tolist()
            self.offsets = np.concatenate([[0], np.cumsum(counts)]).astype(int).tolist()
            self.step = np.repeat(np.arange(self.steps), counts)
        self.size = self.offsets[-1]
        self.rank = np.arange(self.size) - np.asarray(self.offsets)[self.step]
        self.example = self.order[self.rank]
        self.margin, self.widest = halo * self.batch, self.batch
        self.at = [slice(a, b) for a, b in zip(self.offsets, self.offsets[1:], strict=False)]

    def back(self, delay: int) -> list[slice]:
        """Per step, the rows of the points `delay` steps earlier in a buffer with a halo."""
        lead = self.halo * self.batch
        starts = [k * self.batch for k in range(self.halo)] + [lead + offset for offset in self.offsets]
        first = self.halo - delay
        return [slice(a, a + n) for a, n in zip(starts[first:], self.counts, strict=False)]

    def earlier(self, buffer: Array, delay: int) -> Array:
        """Return the values `delay` steps earlier for all points, from a buffer with a halo (a view where it can)."""
        lead = (self.halo - delay) * self.batch
        if self.even:
            return buffer[lead : lead + self.size]
        before = self.step - delay
        inside = np.asarray(self.offsets)[np.maximum(before, 0)] + self.halo * self.batch
        rows = np.where(before >= 0, inside, (self.halo + before) * self.batch) + self.rank
        gathered: Array = xp.take(buffer, device(rows), axis=0)
        return gathered

    def later(self, values: Array, ahead: int, out: Array, init: Array | None = None) -> Array:
        """Fill `out` with the values `ahead` steps later, and with `init` (per point) or 0 after the end."""
        place = np.minimum(self.step + ahead, self.steps)
        reach = np.asarray([*self.counts, 0])[place]
        inside = self.rank < reach
        rows = device(np.where(inside, np.asarray(self.offsets)[place] + self.rank, 0))
        xp.take(values, rows, axis=0, out=out, mode="clip")
        beyond = device(np.flatnonzero(~inside))
        out[beyond] = 0 if init is None else init[beyond]
        return out

    def point(self, values: Array, number: Array, out: Array, init: Array | None = None, slots: int = 0) -> Array:
        """Fill `out` with every example's value at its point `number` (from 1), with `init` or 0 outside.

        The values may be the last ones, in a ring with `slots`.
        """
        rank = np.empty(self.batch, dtype=np.intp)
        rank[self.order] = np.arange(self.batch)
        inside = (number >= 1) & (number <= self.lengths)
        rows = np.asarray(self.offsets)[np.where(inside, number - 1, 0)] + rank
        if slots:
            rows = (self.halo + number - 1) % slots * self.batch + rank
        if self.size:
            xp.take(values, device(np.where(inside, rows, 0)), axis=0, out=out, mode="clip")
        beyond = device(np.flatnonzero(~inside))
        out[beyond] = 0 if init is None else init[beyond]
        return out

    def find(self, example: Array, place: Any) -> Array:
        """Return the rows of points (places from 0), -1 for those that do not exist."""
        rank = np.empty(self.batch, dtype=np.intp)
        rank[self.order] = np.arange(self.batch)
        inside = (place >= 0) & (place < (self.steps if self.even else self.lengths[example]))
        return np.where(inside, np.asarray(self.offsets)[np.where(inside, place, 0)] + rank[example], -1)

    def front(self, example: Array, place: Array, weight: Any) -> Array:
        """Return the steps of points in a walk over several indices; one with a negative weight begins at the end."""
        return np.asarray(np.where(weight < 0, -weight * (self.lengths[example] - 1 - place), weight * place))

    def last_front(self, weight: int) -> Array:
        """Return every example's last step in such a walk, -1 without points."""
        return np.where(self.lengths == 0, -1, max(weight, -weight) * (self.lengths - 1))

    def pack(self, data: Any, dtype: Any, out: Array | None = None, axis: int = 0) -> Array:
        """Lay padded data `[B, T, ...]`, or a list of one array per example, out by points; padding is never read.

        `axis` is the place of the sequence in an example's array.
        """
        if isinstance(data, list | tuple):
            rows = [np.moveaxis(np.asarray(one, dtype=dtype), axis, 0) for one in data]
            starts = np.concatenate([[0], np.cumsum([len(one) for one in rows])]).astype(np.intp)
            flat = np.concatenate(rows) if rows else np.empty(0, dtype)
            packed = flat[starts[self.example] + self.step]
        else:
            padded = np.moveaxis(data, axis + 1, 1) if axis else np.asarray(data)
            if self.even and out is not None:
                steps = padded[:, : self.steps].swapaxes(0, 1)
                out.reshape(steps.shape)[...] = device(steps)
                return out
            packed = padded[self.example, self.step]
        if out is None:
            return np.asarray(packed, dtype)
        out[...] = device(packed)
        return out

    def unpack(self, values: Array, ws: Any = None, *spare: str) -> Array:
        """Return points as a padded array `[B, T, ...]` with zeros after the end of an example.

        Where it can be it is one of the `spare` buffers of a workspace.
        """
        if self.even:
            given = values.reshape(self.steps, self.batch, *values.shape[1:]).swapaxes(0, 1)
            room: Array | None = ws.spare(values, spare) if spare else None
            if room is None:
                return given.copy()
            room = room.reshape(given.shape)
            room[...] = given
            return room
        padded = xp.zeros((self.batch, self.steps, *values.shape[1:]), values.dtype)
        padded[device(self.example), device(self.step)] = values
        return padded

    def repack(self, padded: Array, out: Array) -> Array:
        """Take the points out of a padded array."""
        out[...] = padded[device(self.example), device(self.step)]
        return out

    def enter(self, buffer: Array, init: Array | None, carried: Array | None = None) -> None:
        """Fill the halo with `init` (per example, or alike for all) or 0, or with what the chunk before carried."""
        rows = self.halo * self.batch
        halo = buffer[:rows].reshape(self.halo, self.batch, *buffer.shape[1:])
        if carried is not None:
            halo[...] = xp.swapaxes(device(carried if self.even else carried[self.order]), 0, 1)
        elif init is None:
            halo[...] = 0
        else:
            halo[...] = init

    def leave(self, buffer: Array, slots: int = 0) -> Array:
        """Return every example's last `halo` values `[B, halo, ...]`, for the next chunk; of a ring with `slots`."""
        if self.even and not slots:
            halo = buffer[self.size :].reshape(self.halo, self.batch, *buffer.shape[1:])
            return host(halo.swapaxes(0, 1).copy())
        rank = np.empty(self.batch, dtype=np.intp)
        rank[self.order] = np.arange(self.batch)
        step = self.lengths[:, None] + np.arange(-self.halo, 0)
        if slots:
            return host(buffer[device((self.halo + step) % slots * self.batch + rank[:, None])])
        inside = np.asarray(self.offsets)[np.maximum(step, 0)] + self.halo * self.batch
        rows = np.where(step >= 0, inside, (self.halo + step) * self.batch) + rank[:, None]
        return host(buffer[device(rows)])


def lined_up(size: int, dtype: Any) -> Array:
    """Return a buffer that begins with a line of the cache: faster, and sums are rounded alike wherever memory is."""
    buffer = xp.empty(size * dtype.itemsize + 64, np.uint8)  # NumPy alone
    start = -buffer.ctypes.data % 64  # NumPy alone
    return buffer[start : start + size * dtype.itemsize].view(dtype)


class Workspace:
    """Buffers of one call, kept for later calls: each grows to the largest size it was asked for.

    A name that comes again in a function is the buffer of a value that nothing reads any more.
    """

    def __init__(self, dtype: Any) -> None:
        """Start empty; `dtype` is the program's float type."""
        self.dtype = dtype
        self.buffers: dict[str, Array] = {}

    def __call__(self, name: str, shape: Sequence[int], dtype: Any = None) -> Array:
        """Return an array of `shape` with undefined contents."""
        size = 1
        for extent in shape:
            size *= extent
        buffer = self.buffers.get(name)
        if buffer is None or buffer.size < size:
            buffer = self.buffers[name] = lined_up(size, np.dtype(self.dtype if dtype is None else dtype))
        return buffer[:size].reshape(shape)

    def let_go(self, *names: str) -> None:
        """Let large buffers go that this call needs no more: the next one makes others."""
        for name in names:
            if name in self.buffers and self.buffers[name].nbytes >= 2**20:
                self.buffers.pop(name)

    def leaving(self, name: str, value: Array) -> Array:
        """Return a value that the caller is given: a copy of what is small, else itself, and its buffer is let go."""
        if name in self.buffers and self.buffers[name].nbytes < 2**20:
            return value.copy()
        self.buffers.pop(name, None)
        return value

    def spare(self, values: Array, names: Sequence[str]) -> Array | None:
        """Give up a large buffer that has room for some values, and little more; None where none of these has."""
        for name in names:
            buffer = self.buffers.get(name)
            if buffer is not None and 2**17 <= values.size <= buffer.size <= values.size * 9 // 8:
                return self.buffers.pop(name)[: values.size]
        return None

    def wide(self, name: str, shape: tuple[int, int]) -> Array:
        """Return a matrix of 16 columns more: rows that are a power of two apart would share few sets of a cache."""
        return self(name, (shape[0], shape[1] + 16))


def lookup(table: Array, tokens: Array, out: Array) -> Array:
    """Take rows of a table; an absent token (negative) gives zeros."""
    xp.take(table, tokens, axis=0, out=out, mode="clip")
    if xp.flatnonzero(tokens < 0).size:
        out[tokens < 0] = 0
    return out


def lookup_columns(tables: Sequence[Array], tokens: Array, out: Array, turned: Array) -> Array:
    """Take columns of tables that stand below one another: of the tables `turned`, where tokens are many."""
    seen = xp.nonzero(tokens >= 0)
    if len(seen[0]) >= len(turned):
        xp.concatenate([table.T for table in tables], axis=-1, out=turned)
        return lookup(turned, tokens, out)
    if len(seen[0]) < tokens.size:
        out[tokens < 0] = 0
    end = 0
    for table in tables:
        begin, end = end, end + len(table)
        out[..., begin:end][seen] = table.T[tokens[seen]]
    return out


def scatter(values: Array, tokens: Array, out: Array) -> Array:
    """Sum `values` by token (of the host) into the rows of `out`, in a fixed order; absent tokens go nowhere."""
    seen = np.flatnonzero(tokens >= 0)
    groups = Segments(tokens[seen], len(out))
    return groups.total(values, out) if len(seen) == len(tokens) else groups.among(seen).total(values, out)


def pick(values: Array, tokens: Array, out: Array) -> Array:
    """Take the component that a token names; 0 for an absent token."""
    rows = xp.arange(tokens.size)
    out[...] = xp.where(tokens >= 0, values[rows, xp.maximum(tokens, 0)], 0)
    return out


def put(values: Array, tokens: Array, out: Array) -> Array:
    """Set the component that a token names and 0 elsewhere."""
    out[...] = 0
    rows = xp.flatnonzero(tokens >= 0)
    out[rows, tokens[rows]] = xp.broadcast_to(values, tokens.shape)[rows]
    return out


def first_max(values: Array, axis: int | tuple[int, ...], out: Array) -> Array:
    """Mark the first of the largest values along an axis with 1, all others with 0."""
    axes = (axis,) if isinstance(axis, int) else axis
    last = tuple(range(-len(axes), 0))
    moved = xp.moveaxis(values, axes, last)
    count = 1
    for extent in moved.shape[-len(axes) :]:
        count *= extent
    flat = moved.reshape(*moved.shape[: -len(axes)], count)  # there may be no rows
    marks = xp.arange(flat.shape[-1]) == xp.argmax(flat, axis=-1)[..., None]
    out[...] = xp.moveaxis(marks.reshape(moved.shape), last, axes)
    return out


def softplus(values: Array, out: Array) -> Array:
    """Compute log(1 + exp(a)) without overflow."""
    positive = xp.maximum(values, 0)
    xp.abs(values, out=out)
    xp.multiply(out, -1.0, out=out)
    xp.exp(out, out=out)
    xp.log1p(out, out=out)
    xp.add(out, positive, out=out)
    return out


def power(base: Any, exponent: Any, out: Array) -> Array:
    """Raise to a power; 0 ^ g is 0 for g > 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        xp.power(base, exponent, out=out)
    return out


def glorot(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw a matrix as Glorot and Bengio (2010), eq. 16."""
    bound = (6.0 / (shape[-1] + shape[-2])) ** 0.5 if len(shape) > 1 else (3.0 / shape[-1]) ** 0.5
    return rng.uniform(-bound, bound, shape)


def he(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw as He et al. (2015), eq. 10."""
    return rng.normal(0.0, (2.0 / shape[-1]) ** 0.5, shape)


def orthogonal(rng: np.random.Generator, shape: tuple[int, ...], gain: float) -> Array:
    """Draw a matrix with orthonormal rows or columns (Saxe et al. 2014), one for each member of a family."""
    rows, columns = shape[-2:]
    square, triangle = np.linalg.qr(rng.normal(size=(*shape[:-2], max(rows, columns), min(rows, columns))))
    signed = square * np.sign(np.diagonal(triangle, axis1=-2, axis2=-1))[..., None, :]
    return np.asarray(gain * (signed if rows >= columns else np.swapaxes(signed, -2, -1)))


def identity(shape: tuple[int, ...], scale: float) -> Array:
    """Return `scale` on the diagonal."""
    return np.broadcast_to(scale * np.eye(shape[-2], shape[-1]), shape).copy()


def measure(data: Mapping[str, Any], axes: Mapping[str, int], lengths: Any) -> Array:
    """Return the lengths of the examples: as given with the call, or read off the first data that is there.

    `axes` gives the place of the sequence in an example's array, by name.
    """
    if lengths is not None:
        return np.asarray(lengths, dtype=np.intp)
    for name, axis in axes.items():
        if name in data:
            given = data[name]
            if isinstance(given, list | tuple):
                return np.array([np.shape(one)[axis] for one in given], dtype=np.intp)
            return np.full(np.shape(given)[0], np.shape(given)[axis + 1], dtype=np.intp)
    raise ValueError("no data carries the index: give its lengths with the call")


def inserted(value: Any, axis: int) -> Any:
    """Return the data of one point with the axis of its sequence: an array, or a list of one array per example."""
    if isinstance(value, list | tuple):
        return [np.expand_dims(np.asarray(one), axis - 1) for one in value]
    return np.asarray(value)[(slice(None),) * axis + (None,)]


def dropout(
    points: Points | None, seed: int | None, key: int, rate: float, shape: tuple[int, ...], first: int = 0
) -> Array:
    """Draw a mask of 0 and 1 / (1 - rate), example by example, so that it does not depend on the batch's other members.

    `shape` is that of all rows; without points a row is an example. Without a seed the mask is 1. Examples are counted
    from `first`.
    """
    if seed is None or rate == 0:
        return np.ones(shape)
    if points is None:
        draws = [np.random.default_rng((seed, key, first + e)).random(shape[1:]) for e in range(shape[0])]
        return (np.array(draws).reshape(shape) >= rate) / (1.0 - rate)
    lengths = enumerate(points.lengths, first)
    masks = [np.random.default_rng((seed, key, e)).random((n, *shape[1:])) for e, n in lengths]
    return (points.pack(masks, np.float64).reshape(shape) >= rate) / (1.0 - rate)
