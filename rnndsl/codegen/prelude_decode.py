"""Helpers for generating: random numbers by point, what temperature leaves of logits, beam search.

Copied into generated modules that generate; ordinary code, tested here.
"""

from typing import Any

import numpy as np

from rnndsl.codegen.places import device, host, xp

Array = np.ndarray[Any, np.dtype[Any]]


def draws(points: Any, seed: int | None, key: int, kind: str, shape: tuple[int, ...], first: int = 0) -> Array:
    """Draw random numbers example by example, so that they do not depend on the batch's other members.

    `kind` is "uniform", "normal" or "gumbel"; `shape` is that of all rows, without points a row is an example. Without
    a seed all are 0 (uniform ones 0.5): then what is drawn is what is most likely. Examples are counted from `first`.
    """
    if seed is None:
        return np.full(shape, 0.5 if kind == "uniform" else 0.0)
    counts = [1] * shape[0] if points is None else points.lengths.tolist()
    starts = [0] * shape[0] if points is None else points.start.tolist()  # what earlier chunks have drawn
    parts = []
    for example, (start, n) in enumerate(zip(starts, counts, strict=True), first):
        rng = np.random.default_rng((seed, key, example))
        size = (start + n, *shape[1:])
        parts.append((rng.normal(size=size) if kind == "normal" else rng.random(size))[start:])
    found = np.concatenate(parts) if points is None else points.pack(parts, np.float64)
    return -np.log(-np.log(np.maximum(found, 1e-300))) if kind == "gumbel" else found


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
        self.width, self.end, self.batch, self.order = width, end, points.batch, points.order
        self.scores = np.full((self.batch, width), -np.inf)
        self.scores[:, 0] = 0
        self.done = np.zeros((self.batch, width), bool)
        self.way = way
        self.tokens: list[Array] = []
        self.parents: list[Array] = []

    def choose(self, log_probs: Array, given: Array, out: Array) -> None:
        """Choose every member's token by log-probabilities `[example, member, option]`, or take those `given`.

        What is not there to be chosen has minus infinity; where nothing is, a sequence stays as it is.
        """
        log_probs, given = host(log_probs), host(given)
        live, width, options = len(given), self.width, log_probs.shape[-1]
        score, done = self.scores[:live, :, None], self.done[:live, :, None]
        allowed = (given[:, None] < 0) | (given[:, None] == np.arange(options))
        allowed = allowed[:, None] & ~done & (log_probs > -np.inf)  # NaN is not
        grown = np.where(allowed, score + log_probs, -np.inf)
        stays = done | (log_probs == -np.inf).all(axis=2, keepdims=True)
        flat = np.concatenate([grown, np.where(stays, score, -np.inf)], axis=2).reshape(live, -1)
        best = first_largest(flat, width)
        parents, tokens = best // (options + 1), best % (options + 1)
        rows = np.arange(live)[:, None]
        self.scores[:live] = flat[rows, best]
        tokens[(tokens == options) | (self.scores[:live] == -np.inf)] = -1
        self.done[:live] = self.done[rows, parents] | ((tokens == self.end) & (given[:, None] < 0))
        self.parents.append(parents)
        self.tokens.append(tokens)
        out[...] = device(tokens)

    def follow(self, values: Array, example: Array | None = None) -> None:
        """Give every member what the one that it continues has; `example` says whose the rows are, if several are."""
        parents = self.parents[-1] if example is None else self.parents[-1][example]
        values[...] = values[xp.arange(len(parents))[:, None], device(parents)]

    def results(self, best: int, normalise: float) -> dict[str, Array]:
        """Return the `best` sequences of every example, most likely first, by log-probability over length^normalise."""
        steps, width = len(self.tokens), self.width
        y = np.full((self.batch, width, steps), -1)
        grown = y[:, :, :: self.way]  # in the order of the choices
        row = np.tile(np.arange(width), (self.batch, 1))
        for step in range(steps - 1, -1, -1):
            live = len(self.tokens[step])
            grown[:live, :, step] = np.take_along_axis(self.tokens[step], row[:live], axis=1)
            row[:live] = np.take_along_axis(self.parents[step], row[:live], axis=1)
        y[self.scores == -np.inf] = -1  # an example that has fewer sequences
        lengths = (y >= 0).sum(axis=2)
        ranking = self.scores / np.maximum(lengths, 1) ** normalise
        chosen = np.argsort(-ranking, axis=1, kind="stable")[:, :best]
        found = {
            "y": np.take_along_axis(y, chosen[:, :, None], axis=1),
            "log_prob": np.take_along_axis(self.scores, chosen, axis=1),
            "lengths": np.take_along_axis(lengths, chosen, axis=1),
        }
        out = {}
        for name, value in found.items():
            out[name] = np.empty_like(value)
            out[name][self.order] = value
        return out
