"""Helpers of generated modules that make the calls of a loop's steps short."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnndsl.codegen.places import xp
from rnndsl.codegen.prelude_panels import multiply

Array = np.ndarray[Any, np.dtype[Any]]


def over_rows(ws: Any, name: str, shared: Array, rows: int, total: int) -> Array:
    """Return what all rows of a step share as one row, or for each of `rows` rows: NumPy is faster with equal shapes.

    It is copied where there are steps enough (`total` is the number of all rows), and cache for it.
    """
    if rows == 1 or total < 8 * rows or rows * shared.size > 100_000:
        return shared[None]
    repeated: Array = ws(name, (rows, *shared.shape))
    repeated[...] = shared
    return repeated


def multiplier(matrix: Array) -> Callable[[Array, Array, Array], object]:
    """Return what multiplies rows by a matrix, which may be cut into panels: called with rows, matrix and `out`."""
    return xp.matmul if matrix.ndim == 2 else multiply
