"""Decoding: what a model that reads its own output says, greedily or by a beam search."""

from typing import Final

import numpy as np

from rnndsl import Program
from training import Array, Batch, Params

#: What a program must be compiled to do, and the width of the beam.
MODES: Final = ("observe", "sample", "beam")
WIDTH: Final = 5


def decode(program: Program, params: Params, tasks: Batch, end: int, width: int) -> Array:
    """Return `y`, [examples, points], absent behind an `end`: by a beam, or greedily, where the width is 1."""
    source = {name: value for name, value in tasks["data"].items() if name != "y"}
    right = tasks["data"]["y"]
    lengths = {"t": [max(map(len, right))] * len(right)}
    if width > 1:
        return program.beam(params, source, lengths=lengths, width=width, end=end)["y"][:, 0]
    return program.sample(params, source, lengths=lengths, greedy=True, end=end)["y"]


def exact_matches(program: Program, params: Params, tasks: Batch, end: int, width: int = 1) -> float:
    """Return the share of examples for which all of `y`, its end included, is decoded without a mistake."""
    said = decode(program, params, tasks, end, width)
    return float(np.mean([np.array_equal(s[: len(y)], y) for s, y in zip(said, tasks["data"]["y"], strict=True)]))


def told(program: Program, params: Params, tasks: Batch, end: int) -> str:
    """Return both shares in words."""
    greedily, by_beam = (exact_matches(program, params, tasks, end, width) for width in (1, WIDTH))
    return f"{greedily:.1%} greedily, {by_beam:.1%} by a beam of {WIDTH} without a mistake"
