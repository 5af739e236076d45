"""What fused kernels compute with: functions of one number that compilers turn into vector instructions.

`e^x = 2^n e^f` with a whole `n` and `|f| <= ln(2)/2` (Cody & Waite 1980, "Software Manual for the Elementary
Functions"); `2^n` is made of its bits and `e^f - 1` is its Taylor polynomial, so nothing here branches or calls a
library. `ln x = n ln 2 + ln m` with `m` between the roots of 1/2 and 2, and `ln m = 2 artanh((m - 1) / (m + 1))` is the
series of artanh.

Errors, which tests measure, with eps = 1.2e-7 (float32) or 2.2e-16: `fast_tanh` and `fast_log` 2 eps of their values,
`fast_sigmoid` 1 eps, `fast_exp` (2 + |x|/4) eps of its value and 0 where that is no normal number, `fast_softplus` (3 +
|x|/4) and `fast_power` (3 + 3 |y ln x|) eps likewise. NaN stays NaN: of `max` and `min`, the number comes first.
"""

from typing import Any, Final

import numpy as np

# In a generated module the next three stand for its float type.
DTYPE: Final[Any] = np.float64
EXP_LOW: Final = -708.0  # below, e^x is no normal number
EXP_HIGH: Final = 710.0  # from here on, e^x is infinite
TINY: Final = 2.2250738585072014e-308  # the least normal number


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


def log_parts_float32(x: Any) -> Any:
    """Return `n` and `m` of a normal number `2^n m`, with `m` between the roots of 1/2 and 2."""
    bits = np.int32(np.float32(x).view(np.int32))
    n = np.int32((bits - np.int32(0x3F3504F3)) >> np.int32(23))
    return np.float32(n), np.int32(bits - np.int32(n << np.int32(23))).view(np.float32)


def log_parts_float64(x: Any) -> Any:
    """Return `n` and `m` of a normal number `2^n m`, with `m` between the roots of 1/2 and 2."""
    bits = np.int64(np.float64(x).view(np.int64))
    n = np.int64((bits - np.int64(0x3FE6A09E667F3BCD)) >> np.int64(52))
    return np.float64(n), np.int64(bits - np.int64(n << np.int64(52))).view(np.float64)


def artanh_series_float32(z: Any) -> Any:
    """Return `artanh(s) / s - 1` of `z = s^2`, for `|s|` up to 0.172."""
    p = z * DTYPE(1 / 9) + DTYPE(1 / 7)
    p = p * z + DTYPE(1 / 5)
    p = p * z + DTYPE(1 / 3)
    return p * z


def artanh_series_float64(z: Any) -> Any:
    """Return `artanh(s) / s - 1` of `z = s^2`, for `|s|` up to 0.172."""
    p = z * DTYPE(1 / 19) + DTYPE(1 / 17)
    p = p * z + DTYPE(1 / 15)
    p = p * z + DTYPE(1 / 13)
    p = p * z + DTYPE(1 / 11)
    p = p * z + DTYPE(1 / 9)
    p = p * z + DTYPE(1 / 7)
    p = p * z + DTYPE(1 / 5)
    p = p * z + DTYPE(1 / 3)
    return p * z


exp_parts: Final = exp_parts_float64
log_parts: Final = log_parts_float64
artanh_series: Final = artanh_series_float64


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


def fast_log(x: Any) -> Any:
    """Return ln x: minus infinity at 0, NaN below."""
    small = x < DTYPE(TINY)  # 0, or no normal number: 2^64 times as large it is one
    n, m = log_parts(x * DTYPE(18446744073709551616.0) if small else x)
    n = n - DTYPE(64) if small else n
    s = (m - DTYPE(1)) / (m + DTYPE(1))
    t = s + s
    y = n * DTYPE(0.693359375) + ((t * artanh_series(s * s) + n * DTYPE(-2.121944400546905827e-4)) + t)
    y = -DTYPE(np.inf) if x == DTYPE(0) else y
    y = DTYPE(np.nan) if x < DTYPE(0) else y
    return y if x < DTYPE(np.inf) else x  # infinity, or NaN


def fast_softplus(x: Any) -> Any:
    """Return ln(1 + e^x), the larger one of x and 0 and ln(1 + e) with e = e^-|x|, of which half where that is more."""
    e = fast_exp(-np.abs(x))
    half = e > DTYPE(0.41421356)
    s = (e - DTYPE(1) if half else e) / (e + DTYPE(3) if half else e + DTYPE(2))
    t = s + s
    y = t * artanh_series(s * s) + t
    y = y + DTYPE(0.6931471805599453) if half else y
    return y + x if x > DTYPE(0) else y


def fast_power(x: Any, y: Any) -> Any:
    """Return x^y, e^(y ln x): of a number below 0 if y is whole, with its sign where y is odd; x^0 and 1^y are 1."""
    p = fast_exp(y * fast_log(np.abs(x)))
    half = y * DTYPE(0.5)
    odd = np.floor(half) != half
    signed = -p if odd else p
    signed = signed if np.floor(y) == y else DTYPE(np.nan)
    p = signed if x < DTYPE(0) else p
    return DTYPE(1) if y == DTYPE(0) or x == DTYPE(1) else p


def larger(x: Any, y: Any) -> Any:
    """Return the larger one of two numbers, NaN if one of them is."""
    return x if x > y else y if y >= x else x + y


def turned(place: int, size: int) -> int:
    """Return a place on a circle of so many, from at most one turn further on."""
    return place - size if place >= size else place


def weighted_sum(weights: Any, rows: Any, out: Any) -> None:
    """Add up rows with weights, four at a time."""
    whole = len(rows) - len(rows) % 4
    for j in range(len(out)):
        out[j] = 0
    for i in range(0, whole, 4):
        w_0, w_1, w_2, w_3 = weights[i], weights[i + 1], weights[i + 2], weights[i + 3]
        row_0, row_1, row_2, row_3 = rows[i], rows[i + 1], rows[i + 2], rows[i + 3]
        for j in range(len(out)):
            out[j] += w_0 * row_0[j] + w_1 * row_1[j] + w_2 * row_2[j] + w_3 * row_3[j]
    for i in range(whole, len(rows)):
        w_0, row_0 = weights[i], rows[i]
        for j in range(len(out)):
            out[j] += w_0 * row_0[j]


def fill(row: Any, value: Any) -> None:
    """Set all numbers of a row."""
    for j in range(len(row)):
        row[j] = value


def turn(row: Any, ahead: int, out: Any) -> None:
    """Copy a row from a place on, and then what is before that."""
    rest = len(row) - ahead
    for j in range(rest):
        out[j] = row[ahead + j]
    for j in range(ahead):
        out[rest + j] = row[j]


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
