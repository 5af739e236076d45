"""Lengths beside padded arrays."""

import numpy as np
import pytest

from rnndsl.data.lengths import length_of, sequences_without_data
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo
from rnndsl.sizes import Size
from tests.data.models import S, T, label, named, token, vector

X = vector("x")


@pytest.mark.parametrize("name", ["lengths", "x_lengths", "t_lengths", "y_lengths"])
def test_lengths_go_by_input_or_sequence(name: str) -> None:
    (found,) = length_of(X, {name: np.array([1, 3])}, np.zeros((2, 3, 4)), named(X, token("y")))
    assert found is not None
    assert found.tolist() == [1, 3]


def test_without_lengths_nothing_is_cut() -> None:
    assert length_of(X, {}, np.zeros((2, 3, 4)), named(X)) == [None]


def test_two_sequences_go_by_their_own_names() -> None:
    grid = InputInfo("g", (T, S), (), Size.of(5), "input")
    given = {"t_lengths": np.array([1]), "s_lengths": np.array([2])}
    found = length_of(grid, given, np.zeros((1, 3, 3), int), named(grid))
    assert [None if one is None else one.tolist() for one in found] == [[1], [2]]


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        (np.array([1, 4]), "RNN604: `lengths` of example 1 is 4, expected 0 to 3"),
        (np.array([-1, 3]), "RNN604: `lengths` of example 0 is -1"),
        (np.array([[1, 2]]), "RNN602"),
        (np.array([True, False]), "RNN602"),
    ],
)
def test_wrong_lengths_are_refused(lengths: np.ndarray[tuple[int, ...], np.dtype[np.int64]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        length_of(X, {"lengths": lengths}, np.zeros((2, 3, 4)), named(X))


def test_sequences_without_data_keep_their_names() -> None:
    assert sequences_without_data({"s_lengths": np.array([4])}, named(label())) == {"s": [4]}
    assert sequences_without_data({"x_lengths": np.array([4])}, named(X)) == {}
    with pytest.raises(DataError, match="RNN604"):
        sequences_without_data({"s_lengths": np.array([-4])}, named(label()))
