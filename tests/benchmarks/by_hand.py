"""The LSTM as one would write it by hand for speed, in plain NumPy; all lengths are equal.

Rows are points (t*B + b) and gates stand side by side; what needs no state is one product over all points; the
recurrent matrix is transposed once; sigmoids are tanhs, with the inner 0.5 in the weights; nothing is allocated.
"""

import numpy as np

from tests.benchmarks.problem import Array, Problem


class HandWritten:
    """One training step; the arrays that `step` returns are its own and are overwritten by the next."""

    def __init__(self, given: Problem) -> None:
        """Make all buffers."""
        self.given = given
        steps, batch, inputs = given.x.shape
        units = given.U.shape[1]
        points = steps * batch

        def empty(*shape: int) -> Array:
            return np.empty(shape, given.x.dtype)

        self.steps, self.batch, self.units = steps, batch, units
        self.x = given.x.reshape(points, inputs)
        self.half = np.repeat(np.array([0.5, 1.0], given.x.dtype), [3 * units, units])[:, None]
        self.W, self.UT, self.b = empty(4 * units, inputs), empty(units, 4 * units), empty(4 * units)
        self.gates, self.d_gates = empty(points, 4 * units), empty(points, 4 * units)
        self.h, self.c = np.zeros_like(empty(points + batch, units)), np.zeros_like(empty(points + batch, units))
        self.tanh_c = empty(points, units)
        self.wide, self.narrow = empty(batch, 4 * units), empty(batch, units)
        self.dh, self.dc, self.dh_next, self.top = (empty(batch, units) for _ in range(3)) + (empty(units),)  # type: ignore[operator]
        self.grads = [np.empty_like(array) for array in (given.W, given.U, given.b, given.w, self.x)]

    def step(self) -> list[Array]:
        """Return the gradients of W, U, b, w and x [T*B, I]."""
        self.forward()
        self.backward()
        return self.collect()
