"""Broken trees and empty grids, through a compiled program (hostile.md E 120 to 123)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import rnndsl

TREE = """
model Tree(size):
    index  n : tree
    index  k : children(n)
    input  x[n] : size
    target y[n] : size
    param  U
    h[n] : size = tanh(x[n] + U @ sum(h[k] over k))
    y[n] ~ normal(h[n])
"""
GRID = """
model Grid(size):
    index  i, j : sequence
    input  x[i, j] : size
    target y : size
    param  U
    h[i, j] : size = tanh(x[i, j] + U @ h[i-1, j] + h[i, j-1])
    y ~ normal(mean(h[i, j] over i, j))
"""
TREES: Mapping[str, tuple[list[list[int]], str, str]] = {
    "120 cycle": ([[1], [2], [3], [2]], "RNN616", "example 1: .*: 2 -> 3 -> 2"),
    "120 root on a cycle": ([[1], [2], [0], []], "RNN616", "example 1: .*: 0 -> 1 -> 2 -> 0"),
    "121 beyond": ([[1, 2], [], [4], []], "RNN615", "example 1: node 2 of `n` has child 4, but the nodes are 0 to 3"),
    "121 negative": ([[1, 2], [], [-1], []], "RNN615", "example 1: node 2 of `n` has child -1"),
    "122 own child": ([[1, 2, 3], [], [2], []], "RNN616", "example 1: node 2 of `n` is its own child"),
    "two parents": ([[1, 2], [3], [3], []], "RNN617", "example 1: node 3 of `n` is a child of node 1 and of node 2"),
    "two roots": ([[1], [], [3], []], "RNN617", "example 1: nodes 0, 2 of `n` are nobody's child"),
}


@pytest.mark.parametrize("row", TREES)
def test_broken_trees_are_refused_by_example_and_node(row: str) -> None:
    program = rnndsl.compile(TREE, dims={"size": 2})
    children, code, message = TREES[row]
    values = [np.ones((2, 2), np.float32), np.ones((4, 2), np.float32)]
    structure: dict[str, Any] = {"n": [[[1], []], children]}
    for call in (program.run, program.loss, program.loss_and_grad):
        with pytest.raises(rnndsl.DataError, match=f"^{code}: {message}"):
            call(program.init(0), {"x": values, "y": values}, structure=structure)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_123_grids_without_rows_or_columns_are_refused(shape: tuple[int, int]) -> None:
    program = rnndsl.compile(GRID, dims={"size": 2})
    data = {"x": [np.ones((2, 2, 2)), np.ones((*shape, 2))], "y": np.ones((2, 2))}
    with pytest.raises(rnndsl.DataError, match="RNN604: example 1 of `x` has no point along"):
        program.loss(program.init(0), data)
    padded = {"x": np.ones((2, 3, 3, 2)), "y": np.ones((2, 2))}
    with pytest.raises(rnndsl.DataError, match="RNN604: example 1 of `x` has no point along"):
        program.loss(program.init(0), padded, lengths={"i": [2, shape[0]], "j": [2, shape[1]]})
