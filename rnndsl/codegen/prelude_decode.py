"""Helpers for generating: random numbers by point, what temperature leaves of logits, beam search.

Copied into generated modules that generate; ordinary code, tested here.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def draws(points: Any, seed: int | None, key: int, kind: str, shape: tuple[int, ...]) -> Array:
    """Draw random numbers example by example, so that they do not depend on the batch's other members.

    `kind` is "uniform", "normal" or "gumbel"; `shape` is that of all rows, without points a row is an example. Without
    a seed all are 0 (uniform ones 0.5): then what is drawn is what is most likely.
    """
    if seed is None:
        return np.full(shape, 0.5 if kind == "uniform" else 0.0)
    counts = [1] * shape[0] if points is None else points.lengths.tolist()
    starts = [0] * shape[0] if points is None else points.start.tolist()  # what earlier chunks have drawn
    parts = []
    for example, (start, n) in enumerate(zip(starts, counts, strict=True)):
        rng = np.random.default_rng((seed, key, example))
        size = (start + n, *shape[1:])
        parts.append((rng.normal(size=size) if kind == "normal" else rng.random(size))[start:])
    found = np.concatenate(parts) if points is None else points.pack(parts, np.float64)
    return -np.log(-np.log(np.maximum(found, 1e-300))) if kind == "gumbel" else found


def temper(values: Array, temperature: float, top_k: int, top_p: float, out: Array) -> Array:
    """Divide logits by a temperature; leave the `top_k` largest (0: all), and those that make up `top_p` of all.

    What falls away becomes minus infinity (Fan et al. 2018; Holtzman et al. 2020).
    """
    np.divide(values, temperature, out=out)
    if top_k > 0 or top_p < 1:
        order = np.argsort(-out, axis=-1, kind="stable")
        rank = np.argsort(order, axis=-1)
        shares = np.take_along_axis(out, order, axis=-1)
        shares = np.exp(shares - np.where(np.isfinite(shares[..., :1]), shares[..., :1], 0))
        total = shares.sum(axis=-1, keepdims=True)  # 0 where there is nothing to choose from
        before = (np.cumsum(shares, axis=-1) - shares) / np.where(total == 0, 1, total)
        kept = np.take_along_axis(before < top_p, rank, axis=-1)
        out[~(kept & (rank < top_k) if top_k > 0 else kept)] = -np.inf
    return out


def widened(value: Any, width: int) -> Any:
    """Return data with every example `width` times."""
    if isinstance(value, list | tuple):
        return [one for one in value for copy in range(width)]
    return np.repeat(np.asarray(value), width, axis=0)


class Beam:
    """Beam search: of every example the `width` most likely beginnings, each in a row of its own.

    Every example stands `width` times in the batch. At each step the best continuations of all its rows are chosen, and
    every row takes over what the row that it continues has computed.
    """

    def __init__(self, points: Any, width: int, end: int) -> None:
        """Begin with one empty sequence for each example; one that reaches `end` grows no more."""
        self.width, self.end, self.batch = width, end, points.batch // width
        self.order = points.order[::width] // width
        self.scores = np.full((self.batch, width), -np.inf)
        self.scores[:, 0] = 0
        self.done = np.zeros((self.batch, width), bool)
        self.tokens: list[Array] = []
        self.parents: list[Array] = []

    def choose(self, log_probs: Array, given: Array, out: Array) -> Array:
        """Choose tokens by their log-probabilities (or take those `given`); return the row that each continues."""
        width, vocabulary = self.width, log_probs.shape[-1]
        live = len(log_probs) // width
        score, done = self.scores[:live], self.done[:live]
        fixed = given.reshape(live, width, 1)
        allowed = (fixed < 0) | (fixed == np.arange(vocabulary))
        grown = np.where(allowed, log_probs.reshape(live, width, vocabulary), -np.inf)
        grown = np.where(done[:, :, None], -np.inf, score[:, :, None] + grown)
        ended = np.where(done, score, -np.inf)[:, :, None]
        flat = np.concatenate([grown, ended], axis=2).reshape(live, -1)
        best = np.argsort(-flat, axis=1, kind="stable")[:, :width]
        parent, token = best // (vocabulary + 1), best % (vocabulary + 1)
        token[token == vocabulary] = -1
        self.scores[:live] = np.take_along_axis(flat, best, axis=1)
        self.done[:live] = np.take_along_axis(done, parent, axis=1) | (token == self.end)
        self.parents.append(parent)
        self.tokens.append(token)
        out[...] = token.reshape(-1)
        return np.asarray((np.arange(live)[:, None] * width + parent).reshape(-1))

    def results(self, best: int, normalise: float) -> dict[str, Array]:
        """Return the `best` sequences of every example, most likely first, by log-probability over length^normalise."""
        steps, width = len(self.tokens), self.width
        y = np.full((self.batch, width, steps), -1)
        row = np.tile(np.arange(width), (self.batch, 1))
        for step in range(steps - 1, -1, -1):
            live = len(self.tokens[step])
            y[:live, :, step] = np.take_along_axis(self.tokens[step], row[:live], axis=1)
            row[:live] = np.take_along_axis(self.parents[step], row[:live], axis=1)
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
