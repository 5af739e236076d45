"""The work that all peers do: a training step of an LSTM, with the gradients of all parameters and of the inputs."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Shape(NamedTuple):
    """How much work it is."""

    steps: int
    batch: int
    inputs: int
    units: int

    def __str__(self) -> str:
        """Print as tables name it."""
        return ", ".join(map(str, self))


SHAPES = (
    Shape(100, 32, 128, 256),
    Shape(64, 64, 512, 512),
    Shape(200, 1, 128, 128),
    Shape(50, 128, 128, 128),
    Shape(35, 20, 650, 650),
)


@dataclass(frozen=True)
class Problem:
    """Weights, with the gates stacked (forget, input, output, candidate), and data [steps, batch, inputs].

    The loss is the mean over the batch of the sum over the steps of `readout @ h[t]`.
    """

    input_weights: Array
    state_weights: Array
    bias: Array
    readout: Array
    x: Array

    @property
    def shape(self) -> Shape:
        """How much work it is."""
        steps, batch, inputs = self.x.shape
        return Shape(steps, batch, inputs, self.readout.size)


def draw(shape: Shape, dtype: str = "float32", seed: int = 0) -> Problem:
    """Draw weights and data."""
    rng = np.random.default_rng(seed)
    units, bound = shape.units, shape.units**-0.5
    sizes = ((4 * units, shape.inputs), (4 * units, units), (4 * units,), (units,))
    x = rng.normal(size=(shape.steps, shape.batch, shape.inputs)).astype(dtype)
    inward, across, bias, readout = (rng.uniform(-bound, bound, size).astype(dtype) for size in sizes)
    return Problem(inward, across, bias, readout, x)
