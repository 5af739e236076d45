"""Axes of data: edges have one, padding is cut off along each."""

import numpy as np

from rnndsl.indices import Index, Kind
from rnndsl.runtime.axes import axes, own_points, place
from rnndsl.sizes import Size

ROWS, COLUMNS = Index("i", Kind.SEQUENCE, 0), Index("j", Kind.SEQUENCE, 1)
N = Index("n", Kind.TREE, 2)
K = Index("k", Kind.CHILDREN, 3, of=N)
R = Index("r", Kind.RANGE, 4, high=Size.of(3))


def test_edges_are_one_axis() -> None:
    assert axes((ROWS, COLUMNS, R)) == (ROWS, COLUMNS, R)
    assert axes((N, R)) == (N, R)
    assert axes((ROWS, N, K, R)) == (ROWS, K, R)
    assert axes(()) == ()


def test_own_points_are_cut_along_every_ragged_axis() -> None:
    counts = {"i": np.array([1, 2]), "j": np.array([3, 1]), "k": np.array([0, 2])}
    grid = np.arange(2 * 3 * 4).reshape(2, 4, 3)
    assert own_points(grid, (ROWS, COLUMNS), counts, 0).tolist() == grid[:1, :3].tolist()
    assert own_points(grid, (ROWS, COLUMNS), counts, 1).tolist() == grid[:2, :1].tolist()
    assert own_points(grid, (ROWS, R), counts, 1).tolist() == grid[:2].tolist()
    assert own_points(grid, (N, K), counts, 1).tolist() == grid[:2].tolist()
    assert own_points(grid, (N, K), counts, 0).shape == (0, 4, 3)
    assert own_points(grid, (N,), counts, 0).shape == grid.shape
    assert own_points(np.array(7), (), counts, 0) == 7


def test_nodes_and_edges_count_from_zero_and_points_from_one() -> None:
    assert place((ROWS, COLUMNS), (0, 4)) == ", point 1, point 5"
    assert place((N, R), (2, 0)) == ", node 2, point 1"
    assert place((N, K), (3,)) == ", edge 3"
    assert place((), ()) == ""
