"""Streams and examples."""

import numpy as np
import pytest

from rnndsl.data.dataset import Examples, Stream, require_points
from rnndsl.diagnostics.diagnostic import DataError


def test_the_held_out_part_of_a_stream_is_its_end() -> None:
    train, held_out = Stream({"y": np.arange(10)}).split(0.2)
    assert train.arrays["y"].tolist() == list(range(8))
    assert held_out.arrays["y"].tolist() == [8, 9]


def test_the_held_out_examples_are_the_last_ones() -> None:
    examples = Examples({"x": [np.full(k + 1, k) for k in range(4)]}, {"s": [3, 2, 1, 0]}, 4)
    train, held_out = examples.split(0.25)
    assert (train.count, held_out.count) == (3, 1)
    assert held_out.arrays["x"][0].tolist() == [3, 3, 3, 3]
    assert (train.lengths, held_out.lengths) == ({"s": [3, 2, 1]}, {"s": [0]})


def test_windows_do_not_overlap() -> None:
    windows = Stream({"y": np.arange(7)}).windows(3)
    assert [window.tolist() for window in windows.arrays["y"]] == [[0, 1, 2], [3, 4, 5]]


def test_a_digest_knows_every_change() -> None:
    data = [Stream({"y": np.arange(4)}), Stream({"y": np.arange(5)}), Stream({"z": np.arange(4)})]
    data.append(Stream({"y": np.arange(4).astype(np.int32)}))
    assert len({stream.digest() for stream in data}) == 4
    assert Stream({"y": np.arange(4)}).digest() == data[0].digest()


def test_sizes_are_those_of_the_largest_arrays() -> None:
    examples = Examples({"x": [np.zeros((2, 3)), np.zeros((4, 3))]}, {"s": [9, 1]}, 2)
    assert examples.sizes().tolist() == [9, 12]


def test_structure_is_split_counted_and_summed_up() -> None:
    trees: list[list[list[int]]] = [[[1, 2], [], []], [[]], [[1], []], [[1], [2], []]]
    examples = Examples({}, {}, 4, {"n": trees})
    assert examples.sizes().tolist() == [3, 1, 2, 3]
    train, held_out = examples.split(0.25)
    assert (train.structure, held_out.structure) == ({"n": trees[:3]}, {"n": trees[3:]})
    others: list[list[list[list[int]]]] = [
        [[[2, 1], [], []]],
        [[[1], [2], []]],
        [[[], [0, 2], []]],
        [[[1], []]],
        [[[1, 2], []], [[]]],
    ]
    digests = {Examples({}, {}, len(one), {"n": one}).digest() for one in [*others, trees[:1]]}
    assert len(digests) == 6
    assert examples.digest() == Examples({}, {}, 4, {"n": [tuple(tree) for tree in trees]}).digest()


def test_too_little_data_is_refused() -> None:
    with pytest.raises(DataError, match="RNN609: the text has 3 points, but at least 4"):
        require_points(Stream({"y": np.arange(3)}), 4, "text")
