"""`attention`: the library's encoder, attention and decoder, on sentences of equal length.

Its GRU is that of its paper, where the reset gate acts before the recurrent product; torch has built in the one where
it acts after. So there are two rows: the spec as it stands, and the spec with the other cell of the library.
"""

from typing import Final, NamedTuple

import numpy as np

import rnndsl
from tests.benchmarks.problem import FLOOR, Given, Problem, library, other, ours


class Shape(NamedTuple):
    """How much work it is; `cell` is one of the library's."""

    cell: str
    source: int
    target: int
    batch: int
    hidden: int
    embed: int
    align: int
    vocab: int


def draw(shape: Shape, dtype: str) -> Given:
    """Draw weights and sentences."""
    rng = np.random.default_rng(0)
    text = library("translate").read_text(encoding="utf-8").replace("GRU", shape.cell)
    dims = {"source_vocab": shape.vocab, "target_vocab": shape.vocab}
    dims |= {name: getattr(shape, name) for name in ("hidden", "embed", "align")}
    lengths = {"x": shape.source, "y": shape.target}
    data = {name: rng.integers(shape.vocab, size=(shape.batch, length)) for name, length in lengths.items()}
    return Given.of(rnndsl.compile(text, dims=dims, dtype=dtype), data)


def small(shape: Shape) -> Shape:
    """Return a shape of little work with the same cell."""
    return Shape(shape.cell, source=4, target=3, batch=2, hidden=5, embed=3, align=6, vocab=7)


ATTENTION: Final = Problem(
    title="Translation with attention, by a bidirectional encoder and a decoder",
    shape=Shape,
    shapes=tuple(
        Shape(cell, source=50, target=50, batch=32, hidden=256, embed=128, align=128, vocab=1000)
        for cell in ("GRU", "ResetAfterGRU")
    ),
    small=small,
    draw=draw,
    peers={
        **ours(),
        FLOOR: other("floor", "products"),
        "torch, eager": other("torch_attention", "eager"),
        "JAX, lax.scan": other("jax_attention", "scan"),
    },
)
