"""What the arrays of an example agree in."""

import numpy as np
import pytest

from rnndsl.data.agreement import check_agreement
from rnndsl.data.dataset import Array, Examples
from rnndsl.diagnostics.diagnostic import DataError
from tests.data.models import K, N, S, T, named, point, token, vector

NAME = "line {}".format
Arrays = dict[str, list[Array]]
Trees = dict[str, list[list[list[int]]]]


def test_inputs_over_a_sequence_are_equally_long() -> None:
    inputs = named(token("x", role="input"), vector("v", domain=(T, S)), token("y"))
    arrays: Arrays = {"x": [np.zeros(2, int), np.zeros(1, int)], "v": [np.zeros((2, 3, 4)), np.zeros((1, 2, 4))]}
    good = Examples({**arrays, "y": arrays["x"]}, {"s": [3, 2]}, 2)
    check_agreement(good, inputs, {}, NAME)
    with pytest.raises(DataError, match="RNN604: line 1: `y` has 2 points along `t`, expected 1"):
        check_agreement(Examples({**arrays, "y": [np.zeros(2, int)] * 2}, {}, 2), inputs, {}, NAME)
    with pytest.raises(DataError, match="RNN604: line 0: `v` has 3 points along `s`, expected 2"):
        check_agreement(Examples(good.arrays, {"s": [2, 2]}, 2), inputs, {}, NAME)


def test_nodes_and_edges_are_those_of_the_structure() -> None:
    inputs = named(vector("v", domain=(N,)), vector("e", domain=(N, K)), point("y", N, N))
    structure: Trees = {"n": [[[1, 2], [], []], [[]]]}
    nodes, edges = [np.zeros((3, 2)), np.zeros((1, 2))], [np.zeros((2, 2)), np.zeros((0, 2))]
    points = [np.array([2, -1, 0]), np.array([0])]
    arrays: Arrays = {"v": nodes, "e": edges, "y": points}
    check_agreement(Examples(arrays, {}, 2, structure), inputs, {N: True}, NAME)
    wrongs: tuple[tuple[Arrays, str], ...] = (
        ({"v": [nodes[0], nodes[0]]}, "RNN604: line 1: `v` has 3 nodes along `n`, expected 1"),
        ({"e": [edges[0], edges[0]]}, "RNN604: line 1: `e` has 2 edges along `k`, expected 0"),
        ({"y": [points[0], np.array([1])]}, "RNN618: line 1, node 0: `y` is 1, but `n` has 1 nodes"),
    )
    for wrong, message in wrongs:
        with pytest.raises(DataError, match=message):
            check_agreement(Examples({**arrays, **wrong}, {}, 2, structure), inputs, {N: True}, NAME)
    bad: Trees = {"n": [[[1], [0], []], [[]]]}
    with pytest.raises(DataError, match="RNN616: line 0"):
        check_agreement(Examples(arrays, {}, 2, bad), inputs, {N: True}, NAME)


def test_points_of_what_has_no_length_are_checked_when_it_has_one() -> None:
    examples = Examples({"y": [np.array([7])]}, {}, 1)
    check_agreement(examples, named(point("y", S)), {}, NAME)
    with pytest.raises(DataError, match="RNN618"):
        check_agreement(Examples(examples.arrays, {"s": [7]}, 1), named(point("y", S)), {}, NAME)
