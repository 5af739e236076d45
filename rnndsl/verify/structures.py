"""Small random trees and dags: several children, a lone node, a chain, shared nodes, in any order of nodes."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from rnndsl.indices import Index, Kind

#: For every example and node, the positions of its children.
Forest = list[list[list[int]]]

#: Numbers of nodes of the examples; the second structure of a model takes the second row, and so on.
NODES: Final = ((7, 1, 4), (4, 6, 1))
#: Trees and dags of so many nodes are chains.
CHAIN: Final = 4


def draw_structure(index: Index, row: int, seed: int, *, rooted: bool) -> Forest:
    """Draw the structure of an index, the `row`-th of its model; `rooted` gives a dag one root."""
    rng = np.random.default_rng([seed, row])
    sizes = NODES[row % len(NODES)]
    if index.kind is Kind.TREE:
        return [draw_tree(rng, size) for size in sizes]
    return [draw_dag(rng, size, rooted=rooted) for size in sizes]


def draw_tree(rng: np.random.Generator, size: int) -> list[list[int]]:
    """Draw a tree: a chain, or one whose root has at least two children."""
    above = [[] if k == 0 else [k - 1] if size == CHAIN else [_earlier(rng, k)] for k in range(size)]
    return _scattered(rng, above)


def draw_dag(rng: np.random.Generator, size: int, *, rooted: bool) -> list[list[int]]:
    """Draw a dag in which nodes have up to two parents and, if it is no chain, one is twice the child of another.

    It has one root, or two if it need not be `rooted` and has two nodes.
    """
    above = [[] if k < (1 if rooted else 2) else sorted({k - 1, _earlier(rng, k)}) for k in range(size)]
    if size > CHAIN:
        above[-1] = [*above[-1], above[-1][0]]
    return _scattered(rng, above)


def _earlier(rng: np.random.Generator, node: int) -> int:
    return 0 if node <= 2 else int(rng.integers(0, node))


def _scattered(rng: np.random.Generator, above: Sequence[Sequence[int]]) -> list[list[int]]:
    """Turn parents into lists of children, in a random order of nodes and of each one's children."""
    places = rng.permutation(len(above)).tolist()
    children: list[list[int]] = [[] for _ in above]
    for node in rng.permutation(len(above)).tolist():
        for parent in above[node]:
            children[places[parent]].append(places[node])
    return children
