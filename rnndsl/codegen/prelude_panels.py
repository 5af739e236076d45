"""Helpers of generated modules for products of rows and a matrix that many of them are multiplied by.

Before a BLAS multiplies, it copies both operands into the order in which its kernel reads them. For 32 rows and a
matrix that they are multiplied by step after step, that is a third of the time. OpenBLAS has kernels for AVX-512 that
copy nothing, for products of at most a million multiplications. So a matrix is cut into panels of some columns, each
contiguous, once before the loop, and a product becomes a stack of small ones.
"""

from typing import Any

import numpy as np

from rnndsl.codegen.places import xp

Array = np.ndarray[Any, np.dtype[Any]]


def at_once(height: int, width: int) -> int:
    """Return how many rows are multiplied by a panel without copies, in fours."""
    return 1_000_000 // (height * width) // 4 * 4


def cut(ws: Any, name: str, matrix: Array, rows: int, total: int) -> Array:
    """Return a matrix in panels [count, height, width], or as it is where that is no gain.

    It is for products of `rows` rows, of `total` in all. Panels are about 256 bytes wide.
    """
    height, columns = matrix.shape
    if rows < 8 or total < 256 or rows * matrix.size <= 1_000_000:
        return matrix
    best = 256 // matrix.dtype.itemsize
    found = [
        (max(w - best, best - w), w) for w in range(best // 2, 2 * best + 1) if columns % w == 0 and at_once(height, w)
    ]
    if not found:
        return matrix
    width = min(found)[1]
    panels: Array = ws(name, (columns // width, height, width))
    panels[...] = matrix.reshape(height, -1, width).swapaxes(0, 1)
    return panels


def transposed(ws: Any, name: str, matrix: Array, rows: int, total: int, *, panels: bool) -> Array:
    """Return a transposed copy of a matrix for products of `rows` rows, of `total` in all: in `panels`, or 16 wider."""
    across = matrix.T
    found = cut(ws, name, across, rows, total) if panels else across
    if found is across:
        found = ws.wide(name, across.shape)
        found[:, : len(matrix)] = across
    return found


def multiply(rows: Array, matrix: Array, out: Array) -> None:
    """Multiply rows by a matrix, which may be cut into panels."""
    if matrix.ndim == 2:
        xp.matmul(rows, matrix, out=out)
        return
    count, height, width = matrix.shape
    result, size = out.reshape(len(out), count, width).swapaxes(0, 1), at_once(height, width)
    for k in range(0, len(rows), size):
        xp.matmul(rows[k : k + size], matrix, out=result[:, k : k + size])
