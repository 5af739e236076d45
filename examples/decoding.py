"""Greedy decoding: what a model that reads its own output says, one symbol at a time.

A compiled program is told its target. Here the target is what has been said so far, with the next symbol left open.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from rnndsl import Program
from training import Array, Batch, Params

#: A target that is not there.
OPEN: Final = -1


def decode_greedily(program: Program, params: Params, source: Mapping[str, Any], end: int, longest: int) -> Array:
    """Return `y`, [examples, longest]: at every place the likeliest symbol after those before; open after an `end`.

    The program is run once per symbol, on all examples together.
    """
    count = len(next(iter(source.values())))
    said = np.full((count, longest), OPEN)
    for t in range(longest):
        logits = program.run(params, {**source, "y": said[:, : t + 1]})["y.logits"]
        ended = (said == end).any(1)
        if ended.all():
            break
        said[:, t] = np.where(ended, OPEN, np.argmax(logits[:, t], 1))
    return said


def exact_matches(program: Program, params: Params, tasks: Batch, end: int) -> float:
    """Return the share of examples for which all of `y`, its end included, is decoded without a mistake."""
    source = {name: value for name, value in tasks["data"].items() if name != "y"}
    right = tasks["data"]["y"]
    said = decode_greedily(program, params, source, end, max(map(len, right)))
    return float(np.mean([np.array_equal(s[: len(y)], y) for s, y in zip(said, right, strict=True)]))
