"""Helpers of generated modules that make the calls of a loop's steps short, and what they are called with."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnndsl.codegen.places import xp
from rnndsl.codegen.prelude_panels import multiply

Array = np.ndarray[Any, np.dtype[Any]]


def starts_of(slices: Sequence[slice]) -> Array:
    """Return where slices begin."""
    return np.array([one.start for one in slices], dtype=np.intp)


def over_rows(ws: Any, name: str, shared: Array, rows: int, total: int) -> Array:
    """Return what all rows of a step share as one row, or for each of `rows` rows: NumPy is faster with equal shapes.

    It is copied where there are steps enough (`total` is the number of all rows), and cache for it.
    """
    if rows == 1 or total < 8 * rows or rows * shared.size > 100_000:
        return shared[None]
    repeated: Array = ws(name, (rows, *shared.shape))
    repeated[...] = shared
    return repeated


def taken(ws: Any, name: str, values: Array, rows: Array) -> Array:
    """Return rows of an array in a buffer: new memory costs more than what is put into it."""
    found: Array = ws(name, (len(rows), *values.shape[1:]), values.dtype)
    xp.take(values, rows, axis=0, out=found, mode="clip")
    return found


def multiplier(matrix: Array) -> Callable[[Array, Array, Array], object]:
    """Return what multiplies rows by a matrix, which may be cut into panels: called with rows, matrix and `out`."""
    return xp.matmul if matrix.ndim == 2 else multiply
