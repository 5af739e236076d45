"""The LSTM as one writes it by hand for speed in plain NumPy, for examples of equal length.

Rows are points (step by step, the batch within); gates stand side by side; what needs no state is one product over all
points; the state's matrix is transposed once; a sigmoid is a tanh, its inner 0.5 put into the weights; every result
has its place in a buffer.
"""

from typing import Any

import numpy as np

from tests.benchmarks.lstm import Stacked
from tests.benchmarks.problem import Array, Given, Peer


def by_hand(given: Given) -> Peer:
    """Return the step of the hand-written program."""
    work = Stacked.of(given)

    def collect(result: Any) -> dict[str, Array]:
        loss, inward, across, bias, readout, x = result
        return {"loss": loss, **Stacked(inward, across, bias, readout, x.reshape(work.x.shape)).named()}

    return Peer(HandWritten(work).step, collect)


class HandWritten:
    """A training step; its results are buffers that the next step overwrites."""

    def __init__(self, given: Stacked) -> None:
        """Make the buffers."""
        steps, batch, inputs, units = given.shape
        points, dtype = steps * batch, given.x.dtype
        self.given, self.x = given, given.x.reshape(points, inputs)
        self.rows = [slice(t * batch, (t + 1) * batch) for t in range(steps + 1)]
        self.half = np.repeat(np.array([0.5, 1.0], dtype), [3 * units, units])
        self.input_weights, self.bias = np.empty_like(given.input_weights), np.empty_like(given.bias)
        self.transposed = np.empty((units, 4 * units), dtype)
        self.gates, self.d_gates = np.empty((points, 4 * units), dtype), np.empty((points, 4 * units), dtype)
        # States have a step of zeros before the first: the state before step t is in rows t, the one after it in t + 1.
        self.h, self.c = np.zeros((points + batch, units), dtype), np.zeros((points + batch, units), dtype)
        self.tanh_c = np.empty((points, units), dtype)
        self.wide, self.three = np.empty((batch, 4 * units), dtype), np.empty((batch, 3 * units), dtype)
        self.one, self.dh, self.dc, self.d_before = (np.empty((batch, units), dtype) for _ in range(4))
        self.grads = tuple(map(np.empty_like, (given.input_weights, given.state_weights, given.bias, given.readout)))
        self.dx = np.empty_like(self.x)

    def step(self) -> tuple[Array, ...]:
        """Return the loss and the gradients of input weights, state weights, bias, readout and x [points, inputs]."""
        self.forward()
        self.backward()
        return self.collect()

    def forward(self) -> None:
        """Compute gates and states of all points."""
        given, units = self.given, self.given.shape.units
        np.multiply(given.input_weights, self.half[:, None], out=self.input_weights)
        np.multiply(given.state_weights.T, self.half, out=self.transposed)
        np.multiply(given.bias, self.half, out=self.bias)
        np.matmul(self.x, self.input_weights.T, out=self.gates)
        np.add(self.gates, self.bias, out=self.gates)
        for before, after in zip(self.rows, self.rows[1:], strict=False):
            gates, c, tanh_c = self.gates[before], self.c[after], self.tanh_c[before]
            np.matmul(self.h[before], self.transposed, out=self.wide)
            np.add(gates, self.wide, out=gates)
            np.tanh(gates, out=gates)
            sigmoids = gates[:, : 3 * units]
            np.multiply(sigmoids, 0.5, out=sigmoids)
            np.add(sigmoids, 0.5, out=sigmoids)
            np.multiply(gates[:, :units], self.c[before], out=c)
            np.multiply(gates[:, units : 2 * units], gates[:, 3 * units :], out=self.one)
            np.add(c, self.one, out=c)
            np.tanh(c, out=tanh_c)
            np.multiply(gates[:, 2 * units : 3 * units], tanh_c, out=self.h[after])

    def backward(self) -> None:
        """Compute the cotangents of all gates before their activation."""
        given, n = self.given, self.given.shape.units
        top = given.readout / given.x.dtype.type(given.shape.batch)
        dh, dc, one = self.dh, self.dc, self.one
        self.d_before[...] = 0
        dc[...] = 0
        for rows in reversed(self.rows[:-1]):
            gates, d, tanh_c = self.gates[rows], self.d_gates[rows], self.tanh_c[rows]
            f, i, o, g = (gates[:, k * n : (k + 1) * n] for k in range(4))
            np.add(self.d_before, top, out=dh)
            np.multiply(dh, tanh_c, out=d[:, 2 * n : 3 * n])
            np.multiply(tanh_c, tanh_c, out=one)
            np.subtract(1, one, out=one)
            np.multiply(one, o, out=one)
            np.multiply(one, dh, out=one)
            np.add(dc, one, out=dc)
            np.multiply(dc, self.c[rows], out=d[:, :n])
            np.multiply(dc, g, out=d[:, n : 2 * n])
            np.multiply(g, g, out=one)
            np.subtract(1, one, out=one)
            np.multiply(one, i, out=one)
            np.multiply(one, dc, out=d[:, 3 * n :])
            np.multiply(dc, f, out=dc)
            sigmoids, d_sigmoids = gates[:, : 3 * n], d[:, : 3 * n]
            np.subtract(1, sigmoids, out=self.three)
            np.multiply(self.three, sigmoids, out=self.three)
            np.multiply(d_sigmoids, self.three, out=d_sigmoids)
            np.matmul(d, given.state_weights, out=self.d_before)

    def collect(self) -> tuple[Array, ...]:
        """Return the loss, which is linear in the readout, and the gradients, each one product over all points."""
        d_input, d_state, d_bias, d_readout = self.grads
        batch = self.given.shape.batch
        np.matmul(self.d_gates.T, self.x, out=d_input)
        np.matmul(self.d_gates.T, self.h[: len(self.x)], out=d_state)
        np.sum(self.d_gates, axis=0, out=d_bias)
        np.sum(self.h[batch:], axis=0, out=d_readout)
        np.divide(d_readout, batch, out=d_readout)
        np.matmul(self.d_gates, self.given.input_weights, out=self.dx)
        return (np.dot(self.given.readout, d_readout), *self.grads, self.dx)
