"""`decoding`: a character language model writes by itself: drawn, the likeliest at every point, or by a beam.

The model is the library's, with one layer. All peers give the log-probabilities of what they say. Draws of different
libraries cannot be compared; `greedy`, which takes the path of `sample` without its random numbers, can.
"""

from typing import Any, Final, NamedTuple

import numpy as np

import rnndsl
from tests.benchmarks.problem import OURS, Array, Given, Peer, Problem, library, other

BEAM: Final = 5


class Shape(NamedTuple):
    """How much work it is; `way` is one of "sample", "greedy", "beam"."""

    way: str
    points: int
    batch: int
    hidden: int
    vocab: int


def draw(shape: Shape, dtype: str) -> Given:
    """Draw weights; every text begins with a symbol that is given."""
    dims = {"vocab": shape.vocab, "hidden": shape.hidden, "layers": 1}
    modes = ("observe", "sample", "beam")
    program = rnndsl.compile(library("char_lstm"), dims=dims, dtype=dtype, modes=modes)
    texts = np.full((shape.batch, shape.points), -1)
    texts[:, 0] = np.arange(shape.batch) % shape.vocab
    return Given.of(program, {"y": texts}, options={"way": shape.way}, results=("y", "log_prob"))


def generated(given: Given) -> Peer:
    """Return the call of the program that rnndsl makes of the spec."""
    program, way = given.program, given.options["way"]

    def step() -> object:
        if way == "beam":
            return program.beam(given.params, given.data, width=BEAM)
        return program.sample(given.params, given.data, greedy=way == "greedy")

    def collect(result: Any) -> dict[str, Array]:
        if way == "beam":
            return {"y": result["y"][:, 0], "log_prob": result["log_prob"][:, 0]}
        return {"y": result["y"], "log_prob": result["y.log_prob"].sum(axis=1)}

    return Peer(step, collect)


DECODING: Final = Problem(
    title="A character language model with an LSTM writes: draws, or a beam of 5",
    shape=Shape,
    shapes=tuple(Shape(way, 200, batch, 256, 65) for way in ("sample", "beam") for batch in (1, 64)),
    small=lambda shape: Shape("beam" if shape.way == "beam" else "greedy", points=12, batch=3, hidden=6, vocab=9),
    draw=draw,
    peers={
        OURS: generated,
        "torch.nn.LSTMCell": other("torch_decoding", "built_in"),
        "torch, written out": other("torch_decoding", "written_out"),
    },
    made=lambda shape: shape.batch * shape.points,
)
