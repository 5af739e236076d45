"""Helpers of generated modules that exponentiate and normalise, shifted by the maximum for stability.

NumPy reduces many rows of a few numbers one by one, at a high price for each; across, it adds whole columns. Fewer than
8 numbers it adds in their order either way, so that results are the same.
"""

from typing import Any

import numpy as np

from rnndsl.codegen.places import xp

Array = np.ndarray[Any, np.dtype[Any]]


def softmax(values: Array, axis: int | tuple[int, ...], out: Array) -> Array:
    """Exponentiate and normalise along an axis, shifted by the maximum for stability."""
    if axis == -1 and values.ndim == 2 and values.shape[1] < 8 and len(values) >= 64:  # NumPy alone
        across = values.T.copy()  # NumPy alone
        out[...] = softmax(across, -2, across).T  # NumPy alone
        return out  # NumPy alone
    top = values.max(axis=axis, keepdims=True)
    xp.subtract(values, xp.where(xp.isfinite(top), top, 0), out=out)
    xp.exp(out, out=out)
    total = out.sum(axis=axis, keepdims=True)
    xp.divide(out, xp.where(total == 0, 1, total), out=out)
    return out


def logsumexp(values: Array, axis: int | tuple[int, ...], out: Array) -> Array:
    """Take the logarithm of the sum of exponentials along an axis, shifted by the maximum for stability."""
    rows = 2**16 * len(values) // max(values.size, 1) if out.ndim else 0  # NumPy alone
    if 0 < rows < len(values) and -values.ndim not in ((axis,) if isinstance(axis, int) else axis):  # NumPy alone
        for start in range(0, len(values), rows):  # NumPy alone
            logsumexp(values[start : start + rows], axis, out[start : start + rows])  # NumPy alone
        return out  # NumPy alone
    if axis == -1 and values.ndim == 2 and values.shape[1] < 8 and len(values) >= 64:  # NumPy alone
        return logsumexp(np.ascontiguousarray(values.T), -2, out)  # NumPy alone
    top = values.max(axis=axis, keepdims=True)
    finite = xp.where(xp.isfinite(top), top, 0)
    shifted = xp.asarray(values - finite)
    xp.exp(shifted, out=shifted)
    with np.errstate(divide="ignore"):
        xp.add(xp.log(shifted.sum(axis=axis)), finite.squeeze(axis), out=out)
    return out
