"""What fused kernels compute with: functions of one number that compilers turn into vector instructions.

`e^x = 2^n e^f` with a whole `n` and `|f| <= ln(2)/2` (Cody & Waite 1980, "Software Manual for the Elementary
Functions"); `2^n` is made of its bits and `e^f - 1` is its Taylor polynomial, so nothing here branches or calls a
library. Errors, which tests measure, with eps = 1.2e-7 (float32) or 2.2e-16: `fast_tanh` 2 eps of its value,
`fast_sigmoid` 1 eps, `fast_exp` (2 + |x|/4) eps of its value, and 0 where that is no normal number. NaN stays NaN: of
`max` and `min`, the number comes first.
"""

from typing import Any, Final

import numpy as np

# In a generated module the next three stand for its float type.
DTYPE: Final[Any] = np.float64
EXP_LOW: Final = -708.0  # below, e^x is no normal number
EXP_HIGH: Final = 710.0  # from here on, e^x is infinite


def exp_parts_float32(x: Any) -> Any:
    """Return `2^(n-1)` and `e^f - 1` of a number whose exponential is neither 0 nor infinite."""
    n = np.floor(x * DTYPE(1.4426950408889634) + DTYPE(0.5))
    f = (x - n * DTYPE(0.693359375)) + n * DTYPE(2.121944400546905827e-4)
    p = f * DTYPE(1 / 5040) + DTYPE(1 / 720)
    p = p * f + DTYPE(1 / 120)
    p = p * f + DTYPE(1 / 24)
    p = p * f + DTYPE(1 / 6)
    p = p * f + DTYPE(1 / 2)
    bits = np.int32((np.int32(n) + np.int32(126)) << np.int32(23))
    return bits.view(np.float32), p * f * f + f


def exp_parts_float64(x: Any) -> Any:
    """Return `2^(n-1)` and `e^f - 1` of a number whose exponential is neither 0 nor infinite."""
    n = np.floor(x * DTYPE(1.4426950408889634) + DTYPE(0.5))
    f = (x - n * DTYPE(0.6931471803691238)) - n * DTYPE(1.9082149292705877e-10)
    p = f * DTYPE(1 / 6227020800) + DTYPE(1 / 479001600)
    p = p * f + DTYPE(1 / 39916800)
    p = p * f + DTYPE(1 / 3628800)
    p = p * f + DTYPE(1 / 362880)
    p = p * f + DTYPE(1 / 40320)
    p = p * f + DTYPE(1 / 5040)
    p = p * f + DTYPE(1 / 720)
    p = p * f + DTYPE(1 / 120)
    p = p * f + DTYPE(1 / 24)
    p = p * f + DTYPE(1 / 6)
    p = p * f + DTYPE(1 / 2)
    bits = np.int64((np.int64(n) + np.int64(1022)) << np.int64(52))
    return bits.view(np.float64), p * f * f + f


exp_parts: Final = exp_parts_float64


def fast_exp(x: Any) -> Any:
    """Return e^x; 0 where it is no normal number."""
    low, high = DTYPE(EXP_LOW), DTYPE(EXP_HIGH)
    inside = max(x, low)
    inside = min(inside, high)
    half, rest = exp_parts(inside)
    y = (half + half * rest) * DTYPE(2)
    return DTYPE(0) if x < low else y


def fast_tanh(x: Any) -> Any:
    """Return the hyperbolic tangent: (e^2x - 1) / (e^2x + 1), which is 1 or -1 beyond 20."""
    z = x + x
    z = max(z, DTYPE(-40))
    z = min(z, DTYPE(40))
    half, rest = exp_parts(z)
    e = (half + half) * rest + (half + half - DTYPE(1))
    return e / (e + DTYPE(2))


def fast_sigmoid(x: Any) -> Any:
    """Return 1 / (1 + e^-x)."""
    return DTYPE(0.5) * fast_tanh(DTYPE(0.5) * x) + DTYPE(0.5)


def small_product(a: Any, b: Any, out: Any) -> None:
    """Multiply two matrices, four rows of `b` at a time with all rows of `a`: `b` is read once."""
    for r in range(len(out)):
        row = out[r]
        for j in range(len(row)):
            row[j] = 0
    whole = len(b) - len(b) % 4
    for i in range(0, whole, 4):
        b_0, b_1, b_2, b_3 = b[i], b[i + 1], b[i + 2], b[i + 3]
        for r in range(len(out)):
            row, x = out[r], a[r]
            x_0, x_1, x_2, x_3 = x[i], x[i + 1], x[i + 2], x[i + 3]
            for j in range(len(row)):
                row[j] += x_0 * b_0[j] + x_1 * b_1[j] + x_2 * b_2[j] + x_3 * b_3[j]
    for i in range(whole, len(b)):
        b_0 = b[i]
        for r in range(len(out)):
            row, x_0 = out[r], a[r, i]
            for j in range(len(row)):
                row[j] += x_0 * b_0[j]


def small_softmax(values: Any, rows: Any, out: Any) -> None:
    """Exponentiate and normalise over the values that share a row, shifted by their maximum for stability."""
    count = 0
    for r in rows:
        count = max(count, r + 1)
    top, total = np.full(count, -np.inf, values.dtype), np.zeros(count, values.dtype)
    for k in range(len(values)):
        top[rows[k]] = max(values[k], top[rows[k]])
    for k in range(len(values)):
        shift = top[rows[k]]
        out[k] = fast_exp(values[k] - (shift if np.abs(shift) < np.inf else DTYPE(0)))
        total[rows[k]] += out[k]
    for k in range(len(values)):
        out[k] /= total[rows[k]] if total[rows[k]] != 0 else DTYPE(1)


def small_sums(weights: Any, vectors: Any, rows: Any, out: Any, start: Any) -> None:
    """Sum the vectors that share a row, with weights, into components of `out` from `start` on."""
    n = vectors.shape[1]
    for r in range(len(out)):
        row = out[r, start : start + n]
        for j in range(n):
            row[j] = 0
    for k in range(len(weights)):
        row, vector, weight = out[rows[k], start : start + n], vectors[k], weights[k]
        for j in range(n):
            row[j] += weight * vector[j]


def small_dots(vectors: Any, shared: Any, rows: Any, out: Any, start: Any) -> None:
    """Multiply each vector with that of the row that it shares, which begins at `start`."""
    n = vectors.shape[1]
    for k in range(len(out)):
        row, vector, dot = shared[rows[k], start : start + n], vectors[k], DTYPE(0)
        for j in range(n):
            dot += row[j] * vector[j]
        out[k] = dot
