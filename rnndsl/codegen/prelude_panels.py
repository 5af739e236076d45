"""Helpers of generated modules for products of rows and a matrix that many of them are multiplied by.

Before a BLAS multiplies, it copies both operands into the order in which its kernel reads them. For 32 rows and a
matrix that they are multiplied by step after step, that is a third of the time. OpenBLAS has kernels for AVX-512 that
copy nothing, for products of at most a million multiplications. So a matrix is cut into panels of some columns, each
contiguous, once before the loop, and a product becomes a stack of small ones. A product of many rows outside of loops
gains a tenth by that.
"""

from typing import Any

import numpy as np

from rnndsl.codegen.places import xp

Array = np.ndarray[Any, np.dtype[Any]]


def at_once(height: int, width: int) -> int:
    """Return how many rows are multiplied by a panel without copies, in fours."""
    return 1_000_000 // (height * width) // 4 * 4


def cut(ws: Any, name: str, matrix: Array, rows: int, total: int, unit: int = 1) -> Array:
    """Return a matrix in panels [count, height, width], or as it is where that is no gain.

    It is for products of `rows` rows, of `total` in all. Panels are about 256 bytes wide, a multiple of `unit` columns.
    """
    height, columns = matrix.shape
    if rows < 8 or total < 256 or rows * matrix.size <= 1_000_000:
        return matrix
    best = 256 // matrix.dtype.itemsize
    found = [
        (max(w - best, best - w), w)
        for w in range(best // 2, 2 * best + 1)
        if columns % w == w % unit == 0 and at_once(height, w)
    ]
    if not found:
        return matrix
    width = min(found)[1]
    panels: Array = ws(name, (columns // width, height, width))
    parts = matrix.reshape(height, -1, width).swapaxes(0, 1)
    some = 16 if matrix.strides[0] < matrix.strides[1] else width  # rows that are read across share few sets of a cache
    for k in range(0, width, some):
        panels[..., k : k + some] = parts[..., k : k + some]
    return panels


def multiply(rows: Array, matrix: Array, out: Array) -> None:
    """Multiply rows by a matrix, which may be cut into panels."""
    if matrix.ndim == 2:
        xp.matmul(rows, matrix, out=out)
        return
    count, height, width = matrix.shape
    result, size = out.reshape(len(out), count, width), at_once(height, width)
    whole = len(rows) // size * size
    if whole:
        some = result[:whole].reshape(-1, size, count, width)
        xp.matmul(rows[:whole].reshape(-1, 1, size, height), matrix, out=some.swapaxes(1, 2))
    if whole < len(rows):
        xp.matmul(rows[whole:], matrix, out=result[whole:].swapaxes(0, 1))


def multiply_all(ws: Any, rows: Array, matrix: Array, out: Array, *, panels: bool) -> None:
    """Multiply many rows by a matrix, which is cut into panels of whole cache lines for this product alone."""
    if panels and len(rows) >= 512:
        matrix = cut(ws, "panels", matrix, len(rows), len(rows), 64 // matrix.itemsize)
    multiply(rows, matrix, out)
    ws.let_go("panels")


def transpose(matrix: Array, out: Array) -> None:
    """Write a matrix transposed, a large one some rows at a time: they share few sets of a cache."""
    some = max(len(matrix), 1)
    some = 16 if matrix.size >= 2**17 else some  # NumPy alone
    for k in range(0, len(matrix), some):
        out[:, k : k + some] = matrix[k : k + some].T
