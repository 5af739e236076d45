"""`steps`: an LSTM over sequences of equal length, with the gradients of its inputs, too."""

from typing import Final, NamedTuple

import numpy as np

import rnndsl
from tests.benchmarks.problem import FLOOR, Array, Given, Problem, other, ours

SPEC: Final = """
from cells import LSTM

model Bench(size, n):
    index t : sequence
    input x[t] : size
    param w
    h[t] = LSTM(n)(x[t])
    loss sum(w @ h[t] over t)
"""
#: In which order peers stack the gates: forget, input, output, candidate.
GATES: Final = "fiog"


class Shape(NamedTuple):
    """How much work it is."""

    steps: int
    batch: int
    inputs: int
    units: int


class Stacked(NamedTuple):
    """The same work with stacked gates and data [steps, batch, inputs]; also its gradients."""

    input_weights: Array
    state_weights: Array
    bias: Array
    readout: Array
    x: Array

    @staticmethod
    def of(given: Given) -> "Stacked":
        """Stack what is given."""
        weights = [np.concatenate([given.params[f"h.{kind}_{gate}"] for gate in GATES]) for kind in "WUb"]
        inward, across, bias = weights
        return Stacked(inward, across, bias, given.params["w"], np.ascontiguousarray(given.data["x"].swapaxes(0, 1)))

    @property
    def shape(self) -> Shape:
        """How much work it is."""
        steps, batch, inputs = self.x.shape
        return Shape(steps, batch, inputs, self.readout.size)

    def named(self) -> dict[str, Array]:
        """Return everything by the names of the spec."""
        stacks = {"W": self.input_weights, "U": self.state_weights, "b": self.bias}
        parts = {
            f"h.{kind}_{g}": part for kind, a in stacks.items() for g, part in zip(GATES, np.split(a, 4), strict=True)
        }
        return {**parts, "w": self.readout, "x": self.x.swapaxes(0, 1)}


def draw(shape: Shape, dtype: str) -> Given:
    """Draw weights and data."""
    program = rnndsl.compile(SPEC, dims={"size": shape.inputs, "n": shape.units}, dtype=dtype)
    x = np.random.default_rng(0).normal(size=(shape.batch, shape.steps, shape.inputs)).astype(dtype)
    return Given.of(program, {"x": x})


LSTM: Final = Problem(
    title="An LSTM, with the gradients of its inputs",
    shape=Shape,
    shapes=(
        Shape(100, 32, 128, 256),
        Shape(64, 64, 512, 512),
        Shape(200, 1, 128, 128),
        Shape(50, 128, 128, 128),
        Shape(35, 20, 650, 650),
    ),
    small=lambda shape: Shape(steps=5, batch=min(shape.batch, 6), inputs=4, units=6),  # few have kernels of their own
    draw=draw,
    peers={
        **ours(),
        FLOOR: other("floor", "products"),
        "hand-written": other("by_hand", "by_hand"),
        "torch.nn.LSTM": other("torch_lstm", "lstm"),
        "JAX, lax.scan": other("jax_cells", "scan"),
    },
    points=lambda shape: shape.steps * shape.batch,
)
