"""`layers`: a layer as torch has it in C++, with its gradients or forward alone, for batches of any size.

`ragged`: a training step on sequences of all lengths, and one on as many points in sequences of equal length.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np

import rnndsl
from tests.benchmarks.problem import APART, Array, Given, Peer, Problem, generated, in_parts, other, ours

SPEC: Final = """
from cells import {cell}

model Layer(size, n):
    index t : sequence
    input x[t] : size
    param w
    h[t] = {cell}(n)(x[t])
    output h[t]
    loss sum(w @ h[t] over t)
"""
#: In which order torch stacks the gates, and which parameters it has.
GATES: Final[Mapping[str, str]] = {"LSTM": "ifgo", "ResetAfterGRU": "rzg"}
KINDS: Final[Mapping[str, Sequence[str]]] = {"LSTM": "WUb", "ResetAfterGRU": "WUbd"}
BATCHES: Final = (1, 20, 32, 64, 128)
EQUAL: Final = f"{APART} as many points in equal lengths"


class Shape(NamedTuple):
    """How much work it is; `work` is "training", "forward" or "ragged", where lengths have the mean `steps`."""

    cell: str
    work: str
    steps: int
    batch: int
    inputs: int
    units: int


def draw(shape: Shape, dtype: str) -> Given:
    """Draw weights and data; ragged ones have lengths spread evenly from 1 on."""
    text = SPEC.format(cell=shape.cell)
    program = rnndsl.compile(text, dims={"size": shape.inputs, "n": shape.units}, dtype=dtype)
    ragged = shape.work == "ragged"
    lengths = np.linspace(1, 2 * shape.steps - 1, shape.batch).round().astype(int)[::-1]
    longest = int(lengths.max()) if ragged else shape.steps
    x = np.random.default_rng(0).normal(size=(shape.batch, longest, shape.inputs)).astype(dtype)
    if ragged:
        x[np.arange(longest) >= lengths[:, None]] = 0
    given = Given.of(program, {"x": x}, options=shape._asdict())
    given = replace(given, lengths={"t": lengths}) if ragged else given
    return replace(given, results=("h",)) if shape.work == "forward" else given


def layer(given: Given) -> Peer:
    """Return the call of the program that rnndsl makes of the spec."""
    if given.options["work"] != "forward":
        return generated(given)

    def collect(result: Any) -> dict[str, Array]:
        return dict(result)

    return Peer(lambda: given.program.run(given.params, given.data), collect)


def equal(given: Given) -> Peer:
    """Return the training step on sequences of equal length with the same number of points."""
    return generated(in_parts(draw(Shape(**{**given.options, "work": "training"}), given.program.dtype)))


def small(shape: Shape) -> Shape:
    """Return a shape of little work of the same kind."""
    return Shape(shape.cell, shape.work, steps=4, batch=3, inputs=4, units=6)


LAYERS: Final = Problem(
    title="A layer that torch has built in, forward alone or with all gradients: by batch, steps and units",
    shape=Shape,
    shapes=(
        Shape("ResetAfterGRU", "training", 100, 32, 128, 256),
        Shape("ResetAfterGRU", "training", 64, 64, 512, 512),
        Shape("ResetAfterGRU", "training", 200, 1, 128, 128),
        Shape("ResetAfterGRU", "training", 50, 128, 128, 128),
        Shape("ResetAfterGRU", "training", 35, 20, 650, 650),
        *(
            Shape(cell, work, 50, batch, 128, 256)
            for cell in GATES
            for work in ("forward", "training")
            for batch in BATCHES
        ),
        *(Shape("LSTM", "training", steps, 32, 128, 256) for steps in (12, 200)),
        *(Shape("LSTM", "training", 50, 32, 128, units) for units in (64, 512)),
    ),
    small=small,
    draw=draw,
    peers={**ours(layer), "torch.nn": other("torch_layers", "layer")},
)

RAGGED: Final = Problem(
    title="A training step of a layer on sequences of all lengths (their mean is `steps`)",
    shape=Shape,
    shapes=(Shape("LSTM", "ragged", 50, 64, 128, 256), Shape("ResetAfterGRU", "ragged", 50, 64, 128, 256)),
    small=small,
    draw=draw,
    peers={**ours(), EQUAL: equal, "torch.nn, packed": other("torch_layers", "layer")},
)
