"""`ntm`: the library's neural Turing machine with an LSTM as controller, a head that reads and one that writes."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

import rnndsl
from tests.benchmarks.problem import FLOOR, Array, Given, Problem, library, other, ours

#: The heads, and how many moves of its attention one chooses from: back, none, ahead.
HEADS: Final = ("read", "write")
MOVES: Final = 3
#: What a controller says, weights and bias, by head: a key, strength, gate, sharpness and moves.
OF_HEAD: Final = (("K", "k"), ("b", "b0"), ("g", "g0"), ("c", "c0"), ("s", "s0"))
#: All that it says: in the end what is erased, and what is added.
SAID: Final = (*((f"{head}.{w}", f"{head}.{b}") for head in HEADS for w, b in OF_HEAD), ("E", "e"), ("A", "a"))
GATES: Final = "fiog"


class Shape(NamedTuple):
    """How much work it is."""

    steps: int
    batch: int
    bits: int
    slots: int
    width: int
    hidden: int


def draw(shape: Shape, dtype: str) -> Given:
    """Draw weights, and bits that are to be copied; half of the steps count."""
    rng = np.random.default_rng(0)
    dims = {name: getattr(shape, name) for name in ("bits", "slots", "width", "hidden")}
    program = rnndsl.compile(library("ntm"), dims=dims, dtype=dtype)
    data = {
        "x": rng.integers(0, 2, size=(shape.batch, shape.steps, shape.bits + 1)).astype(dtype),
        "scored": np.tile(np.arange(shape.steps) >= shape.steps // 2, (shape.batch, 1)).astype(dtype),
        "y": rng.integers(0, 2, size=(shape.batch, shape.steps, shape.bits)),
    }
    return Given.of(program, data, options=shape._asdict())


def stacked(given: Given) -> dict[str, Array]:
    """Return what is given as peers hold it, data [steps, batch, ...]."""
    params, hidden = given.params, given.options["hidden"]
    stacks = {kind: np.concatenate([params[f"h.{kind}_{gate}"] for gate in GATES]) for kind in "WUb"}
    data = {name: np.ascontiguousarray(given.data[name].swapaxes(0, 1)) for name in ("x", "scored")}
    return {
        **stacks,
        "b_y": params["b"],
        "H": np.concatenate([params[weights].reshape(-1, hidden) for weights, _ in SAID]),
        "d": np.concatenate([params[bias].reshape(-1) for _, bias in SAID]),
        **{name: params[name] for name in ("M0", "V")},
        **{f"data.{name}": array for name, array in data.items()},
    }


def named(given: Given, stacks: Mapping[str, Array]) -> dict[str, Array]:
    """Return stacks, or their gradients, by the names of the spec; the inverse of `stacked`."""
    arrays = {name: np.asarray(array) for name, array in stacks.items()}
    found = {"M0": arrays["M0"], "V": arrays["V"], "b": arrays["b_y"]}
    for kind in "WUb":
        found |= {f"h.{kind}_{gate}": a for gate, a in zip(GATES, np.split(arrays[kind], len(GATES)), strict=True)}
    sizes = [given.params[bias].size for _, bias in SAID]
    ends = np.cumsum(sizes)[:-1]
    for place, stack in enumerate("Hd"):
        for names, part in zip(SAID, np.split(arrays[stack], ends), strict=True):
            found[names[place]] = part.reshape(given.params[names[place]].shape)
    return found | {name: arrays[f"data.{name}"].swapaxes(0, 1) for name in ("x", "scored")}


def sizes_of_head(width: int) -> Sequence[int]:
    """Return how many numbers a head is told of each kind."""
    return [width, 1, 1, 1, MOVES]


NTM: Final = Problem(
    title="A neural Turing machine",
    shape=Shape,
    shapes=(Shape(steps=40, batch=16, bits=8, slots=128, width=20, hidden=100),),
    small=lambda _: Shape(steps=4, batch=2, bits=2, slots=5, width=3, hidden=4),
    draw=draw,
    peers={
        **ours(),
        FLOOR: other("floor", "products"),
        "torch, eager": other("torch_ntm", "eager"),
        "JAX, lax.scan": other("jax_ntm", "scan"),
    },
)
