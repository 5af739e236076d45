"""`trees`: the library's child-sum Tree-LSTM on random binary trees, words at their leaves, classes at all nodes."""

from typing import Final, NamedTuple

import numpy as np

import rnndsl
from tests.benchmarks.problem import FLOOR, Given, Problem, library, other, ours

Children = list[list[int]]


class Shape(NamedTuple):
    """How much work it is."""

    trees: int
    leaves: int
    size: int
    vocab: int
    classes: int


def draw(shape: Shape, dtype: str) -> Given:
    """Draw trees, weights and data."""
    rng = np.random.default_rng(0)
    dims = {"vocab": shape.vocab, "size": shape.size, "classes": shape.classes}
    program = rnndsl.compile(library("tree_lstm"), dims=dims, dtype=dtype)
    forest = [grown(rng, shape.leaves) for _ in range(shape.trees)]
    leaf = np.array([[not below for below in tree] for tree in forest])
    words = np.where(leaf, rng.integers(shape.vocab, size=leaf.shape), -1)
    return Given.of(program, {"x": words, "y": rng.integers(shape.classes, size=leaf.shape)}, {"n": forest})


def grown(rng: np.random.Generator, leaves: int) -> Children:
    """Return a random binary tree, children before parents: leaves are divided at a random place, again and again."""
    children: Children = []

    def grow(below: int) -> int:
        left = int(rng.integers(1, below)) if below > 1 else 0
        children.append([grow(left), grow(below - left)] if left else [])
        return len(children) - 1

    grow(leaves)
    return children


TREES: Final = Problem(
    title="A child-sum Tree-LSTM on random binary trees",
    shape=Shape,
    shapes=tuple(Shape(trees, leaves=25, size=150, vocab=1000, classes=5) for trees in (32, 8, 128)),
    small=lambda _: Shape(trees=3, leaves=6, size=4, vocab=7, classes=3),
    draw=draw,
    peers={
        **ours(),
        FLOOR: other("floor", "products"),
        "torch, node by node": other("torch_trees", "node_by_node"),
        "torch, level by level": other("torch_trees", "level_by_level"),
        "torch, levels planned before": other("torch_trees", "planned_before"),
    },
)
