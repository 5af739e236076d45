"""The work that all peers do: one training step of an LSTM, with the gradients of all parameters and inputs."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


class Shape(NamedTuple):
    """The number of steps, examples, inputs and units."""

    T: int
    B: int
    I: int  # noqa: E741 - the letters of the table in the design documents
    H: int


SHAPES = (
    Shape(100, 32, 128, 256),
    Shape(64, 64, 512, 512),
    Shape(200, 1, 128, 128),
    Shape(50, 128, 128, 128),
    Shape(35, 20, 650, 650),
)


@dataclass(frozen=True)
class Problem:
    """Weights, stacked in the order forget, input, output, candidate, and the data [T, B, I].

    The loss is the mean over the examples of the sum of `w @ h[t]` over the steps.
    """

    W: Array
    U: Array
    b: Array
    w: Array
    x: Array

    @staticmethod
    def draw(shape: Shape, dtype: str = "float32", seed: int = 0) -> "Problem":
        """Draw weights and data."""
        rng = np.random.default_rng(seed)
        units = shape.H
        sizes = ((4 * units, shape.I), (4 * units, units), (4 * units,), (units,))
        weights = [rng.uniform(-(units**-0.5), units**-0.5, size).astype(dtype) for size in sizes]
        return Problem(*weights, x=rng.normal(size=(shape.T, shape.B, shape.I)).astype(dtype))
