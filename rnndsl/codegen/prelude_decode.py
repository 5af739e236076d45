"""Helpers for generating: random numbers by point, what temperature leaves of logits, beam search.

Copied into generated modules that generate; ordinary code, tested here.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnndsl.codegen.places import device, host, xp

Array = np.ndarray[Any, np.dtype[Any]]


def draws(points: Any, seed: int | None, key: int, kind: str, shape: tuple[int, ...], first: int = 0) -> Array:
    """Draw random numbers example by example, so that they do not depend on the batch's other members.

    `kind` is "uniform", "normal" or "gumbel"; `shape` is that of all rows, without points a row is an example. Without
    a seed all are 0 (uniform ones 0.5): then what is drawn is what is most likely. What earlier chunks have drawn is
    skipped at no cost: every number is made of as many others (normal ones as in Box & Muller 1958).
    Examples are counted from `first`.
    """
    if seed is None:
        return np.full(shape, 0.5 if kind == "uniform" else 0.0)
    counts = [1] * shape[0] if points is None else points.lengths.tolist()
    starts = [0] * shape[0] if points is None else points.start.tolist()  # what earlier chunks have drawn
    own, parts = ((*shape[1:], 2) if kind == "normal" else shape[1:]), []
    for example, (start, n) in enumerate(zip(starts, counts, strict=True), first):
        rng = np.random.default_rng((seed, key, example))
        bits: Any = rng.bit_generator
        bits.advance(start * int(np.prod(own, dtype=np.intp)))
        parts.append(rng.random((n, *own)))
    found: Array = np.concatenate(parts) if points is None else points.pack(parts, np.float64)
    return shaped(found, kind)


class Draws:
    """Random numbers of the points of one sequence, the same as of `draws`, but drawn for some steps at a time."""

    def __init__(
        self, points: Any, seed: int | None, key: int, kind: str, shape: tuple[int, ...], first: int = 0
    ) -> None:
        """Begin before the first step; `shape` is that of one point."""
        self.points, self.kind, self.shape = points, kind, (*shape, 2) if kind == "normal" else shape
        self.size, self.own = int(np.prod(self.shape, dtype=np.intp)), shape
        self.steps = max(1, 2**18 // max(1, points.batch * self.size))
        self.seeds = None if seed is None else [(seed, key, first + example) for example in points.order.tolist()]
        self.block, self.found = -1, np.empty(0)

    def at(self, step: int) -> Array:
        """Return those of a step, one row for each example that it has."""
        count = self.points.counts[step]
        if self.seeds is None:
            return np.full((count, *self.own), 0.5 if self.kind == "uniform" else 0.0)
        if step // self.steps != self.block:
            self.block = step // self.steps
            self.found = self.draw(self.block * self.steps, self.seeds)
        return self.found[step % self.steps, :count]

    def draw(self, begin: int, seeds: Sequence[tuple[int, int, int]]) -> Array:
        """Draw the numbers of a block of steps: what comes before it is skipped."""
        points = self.points
        live = points.counts[begin]
        found = np.full((min(self.steps, points.steps - begin), live, *self.shape), 0.5)
        for row, example in enumerate(points.order[:live].tolist()):
            rng = np.random.default_rng(seeds[row])
            bits: Any = rng.bit_generator
            bits.advance((int(points.start[example]) + begin) * self.size)
            count = min(len(found), int(points.lengths[example]) - begin)
            found[:count, row] = rng.random((count, *self.shape))
        return shaped(found, self.kind)


def shaped(found: Array, kind: str) -> Array:
    """Return numbers of a distribution, made of uniform ones."""
    if kind == "normal":
        return np.asarray(np.sqrt(-2 * np.log1p(-found[..., 0])) * np.cos(2 * np.pi * found[..., 1]))
    return np.asarray(-np.log(-np.log(np.maximum(found, 1e-300)))) if kind == "gumbel" else found


def temper(values: Array, temperature: float, top_k: int, top_p: float, out: Array) -> Array:
    """Divide logits by a temperature; leave the `top_k` largest (0: all), and those that make up `top_p` of all.

    What falls away becomes minus infinity (Fan et al. 2018; Holtzman et al. 2020).
    """
    xp.divide(values, temperature, out=out)
    if top_k > 0 or top_p < 1:
        order = xp.argsort(-out, axis=-1, kind="stable")
        rank = xp.argsort(order, axis=-1)
        shares = xp.take_along_axis(out, order, axis=-1)
        shares = xp.exp(shares - xp.where(xp.isfinite(shares[..., :1]), shares[..., :1], 0))
        total = shares.sum(axis=-1, keepdims=True)  # 0 where there is nothing to choose from
        before = (xp.cumsum(shares, axis=-1) - shares) / xp.where(total == 0, 1, total)
        kept = xp.take_along_axis(before < top_p, rank, axis=-1)
        out[~(kept & (rank < top_k) if top_k > 0 else kept)] = -np.inf
    return out


def first_largest(values: Array, count: int) -> Array:
    """Return the places of the `count` largest values of every row, largest first, of equal ones the first."""
    left = np.maximum(values, -1e300)  # of what is minus infinity each is taken once, too
    places, rows = np.empty((len(values), count), np.intp), np.arange(len(values))
    for k in range(count):  # beams are narrow: faster than sorting
        places[:, k] = left.argmax(axis=1)
        left[rows, places[:, k]] = -np.inf
    return places


class Beam:
    """Beam search: of every example the `width` most likely beginnings, its members.

    At each step the best continuations of all its members are chosen, and every member takes over what the one that it
    continues has computed.
    """

    def __init__(self, points: Any, width: int, end: int, way: int = 1) -> None:
        """Begin with one empty sequence for each example; one that reaches `end`, but for what is given, grows no more.

        `way` is -1 where sequences grow from their last point to the first.
        """
        self.width, self.end, self.way, self.batch, self.lengths = width, end, way, points.batch, points.lengths
        self.order = np.argsort(
            -self.lengths, kind="stable"
        )  # as a step's rows stand, unless it is said whose they are
        self.scores = np.full((self.batch, width), -np.inf)
        self.scores[:, 0] = 0
        self.done = np.zeros((self.batch, width), bool)
        self.count = np.zeros(self.batch, np.intp)
        steps = int(self.lengths.max(initial=0))
        self.tokens = np.full((self.batch, steps, width), -1)
        self.parents = np.zeros((self.batch, steps, width), np.intp) + np.arange(width)
        self.moved = self.parents[:, 0] if steps else self.parents

    def choose(self, log_probs: Array, given: Array, out: Array, example: Array | None = None) -> None:
        """Choose every member's token by log-probabilities `[row, member, option]`, or take those `given`.

        What is not there to be chosen has minus infinity; where nothing is, a sequence stays as it is. `example` says
        whose the rows are, if they are not those of the longest ones.
        """
        log_probs, given = host(log_probs), host(given)
        width, options = self.width, log_probs.shape[-1]
        own = self.order[: len(given)] if example is None else example
        score, done = self.scores[own, :, None], self.done[own, :, None]
        allowed = (given[:, None] < 0) | (given[:, None] == np.arange(options))
        allowed = allowed[:, None] & ~done & (log_probs > -np.inf)  # NaN is not
        grown = np.where(allowed, score + log_probs, -np.inf)
        stays = done | (log_probs == -np.inf).all(axis=2, keepdims=True)
        flat = np.concatenate([grown, np.where(stays, score, -np.inf)], axis=2).reshape(len(given), -1)
        best = first_largest(flat, width)
        parents, tokens = best // (options + 1), best % (options + 1)
        rows = np.arange(len(given))[:, None]
        scores = flat[rows, best]
        tokens[(tokens == options) | (scores == -np.inf)] = -1
        self.scores[own] = scores
        self.done[own] = done[rows, parents, 0] | ((tokens == self.end) & (given[:, None] < 0))
        self.tokens[own, self.count[own]], self.parents[own, self.count[own]] = tokens, parents
        self.count[own] += 1
        self.moved = parents
        out[...] = device(tokens)

    def follow(self, values: Array, example: Array | None = None) -> None:
        """Give every member what the one that it continues has; `example` says whose the rows are, if several are."""
        parents = self.moved if example is None else self.moved[example]
        values[...] = values[xp.arange(len(parents))[:, None], device(parents)]

    def follow_rows(self, values: Array, rows: Array, example: Array) -> None:
        """Do so with some rows of a value with all points; `example` says to which of the last choices they belong."""
        values[device(rows)] = values[device(rows[:, None]), device(self.moved[example])]

    def results(self, best: int, normalise: float) -> dict[str, Array]:
        """Return the `best` sequences of every example, most likely first, by log-probability over length^normalise."""
        steps, width = self.tokens.shape[1:]
        y = np.full((self.batch, width, steps), -1)
        row = np.tile(np.arange(width), (self.batch, 1))
        every = np.arange(self.batch)
        for step in range(steps - 1, -1, -1):
            own = every[self.count > step]
            y[own, :, step if self.way > 0 else self.lengths[own] - 1 - step] = np.take_along_axis(
                self.tokens[own, step], row[own], axis=1
            )
            row[own] = np.take_along_axis(self.parents[own, step], row[own], axis=1)
        y[self.scores == -np.inf] = -1  # an example that has fewer sequences
        lengths = (y >= 0).sum(axis=2)
        ranking = self.scores / np.maximum(lengths, 1) ** normalise
        chosen = np.argsort(-ranking, axis=1, kind="stable")[:, :best]
        return {
            "y": np.take_along_axis(y, chosen[:, :, None], axis=1),
            "log_prob": np.take_along_axis(self.scores, chosen, axis=1),
            "lengths": np.take_along_axis(lengths, chosen, axis=1),
        }


def followers(rows: Array, onto: Any) -> list[tuple[Array, Array]]:
    """Return for every step of `onto` which rows belong to its rows, and to which of them.

    `rows` gives for every row of a value one of `onto`, or -1.
    """
    order = np.argsort(rows, kind="stable")
    order = order[rows[order] >= 0]
    ends = np.searchsorted(rows[order], onto.offsets).tolist()
    spans = zip(ends, ends[1:], onto.offsets, strict=False)
    return [(order[a:b], rows[order[a:b]] - first) for a, b, first in spans]
