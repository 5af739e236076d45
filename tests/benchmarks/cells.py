"""`cells`: cells that no framework has built in, over sequences of equal length, with the gradients of their inputs.

MUT1 adds its input to its state, so a projection brings the input to the state's size first; all peers have it.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

import rnndsl
from tests.benchmarks.problem import FLOOR, Array, Given, Problem, other, ours

SPEC: Final = """
from cells import {cell}

model Bench(size, n):
    index t : sequence
    input x[t] : size
    param w
{lines}
    loss sum(w @ h[t] over t)
"""
PLAIN: Final = "    h[t] = {cell}(n)(x[t])"
PROJECTED: Final = """    param P : n, size
    h[t] = {cell}(n)(P @ x[t])"""

#: By cell, which parameters of the spec stand one below the other in the peers, by the name of the stack.
STACKS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "LSTM": {kind: [f"h.{kind}_{gate}" for gate in "fiog"] for kind in "WUb"},
    "PeepholeLSTM": {
        **{kind: [f"h.{kind}_{gate}" for gate in "ifoc"] for kind in "WUb"},
        **{f"p_{gate}": [f"h.p_{gate}"] for gate in "ifo"},
    },
    "LayerNormLSTM": {
        **{kind: [f"h.{kind}"] for kind in "WUb"},
        **{f"{kind}_{what}": [f"h.{kind}_{what}"] for kind in ("alpha", "beta") for what in "hxc"},
    },
    "MUT1": {
        "P": ["P"],
        **{kind: [f"h.{kind}_{gate}" for gate in "zr"] for kind in "Wb"},
        **{name: [f"h.{name}"] for name in ("U_r", "U_h", "b_h")},
    },
}
CUSTOM: Final = tuple(cell for cell in STACKS if cell != "LSTM")


class Shape(NamedTuple):
    """How much work it is; `cell` is one of the library's."""

    cell: str
    steps: int
    batch: int
    inputs: int
    units: int


def spec_of(cell: str) -> str:
    """Return the model around a cell."""
    lines = PROJECTED if "P" in STACKS[cell] else PLAIN
    return SPEC.format(cell=cell, lines=lines.format(cell=cell))


def draw(shape: Shape, dtype: str) -> Given:
    """Draw weights and data."""
    program = rnndsl.compile(spec_of(shape.cell), dims={"size": shape.inputs, "n": shape.units}, dtype=dtype)
    x = np.random.default_rng(0).normal(size=(shape.batch, shape.steps, shape.inputs)).astype(dtype)
    return Given.of(program, {"x": x}, options={"cell": shape.cell})


def stacked(given: Given) -> dict[str, Array]:
    """Return what is given as peers hold it: parameters stacked, the readout `w`, and `x` [steps, batch, inputs]."""
    groups = STACKS[given.options.get("cell", "LSTM")]
    stacks = {stack: np.concatenate([given.params[name] for name in names]) for stack, names in groups.items()}
    return {**stacks, "w": given.params["w"], "x": np.ascontiguousarray(given.data["x"].swapaxes(0, 1))}


def named(given: Given, stacks: Mapping[str, Array]) -> dict[str, Array]:
    """Return stacks, or their gradients, by the names of the spec; the inverse of `stacked`."""
    found = {"w": np.asarray(stacks["w"]), "x": np.asarray(stacks["x"]).swapaxes(0, 1)}
    for stack, names in STACKS[given.options.get("cell", "LSTM")].items():
        found |= dict(zip(names, np.split(np.asarray(stacks[stack]), len(names)), strict=True))
    return found


CELLS: Final = Problem(
    title="Cells that nobody has written in C++, with the gradients of their inputs",
    shape=Shape,
    shapes=tuple(
        Shape(cell, *sizes)
        for cell in CUSTOM
        for sizes in (
            (100, 32, 128, 256),
            (64, 64, 512, 512),
            (200, 1, 128, 128),
            (50, 128, 128, 128),
            (35, 20, 650, 650),
        )
    ),
    small=lambda shape: Shape(shape.cell, steps=5, batch=3, inputs=4, units=6),
    draw=draw,
    peers={
        **ours(),
        FLOOR: other("floor", "products"),
        "torch, eager": other("torch_cells", "eager"),
        "torch, a step at a time": other("torch_cells", "step_by_step"),
        "torch.compile": other("torch_cells", "compiled"),
        "JAX, lax.scan": other("jax_cells", "scan"),
    },
    costly=("torch.compile", "torch, a step at a time"),
    points=lambda shape: shape.steps * shape.batch,
)
