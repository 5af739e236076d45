"""Batches by number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnndsl.data.batches import Batch, ExampleBatches, StreamBatches
from rnndsl.data.dataset import Examples, Stream
from rnndsl.diagnostics.diagnostic import DataError


def _array(batch: Batch, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    array = batch.data[name]
    assert isinstance(array, np.ndarray)
    return array


def test_rows_go_on_from_batch_to_batch() -> None:
    batches = StreamBatches(Stream({"y": np.arange(21)}), 2, 4)
    assert batches.count == 2
    first, second = batches.batch(0, 0), batches.batch(0, 1)
    assert _array(first, "y").tolist() == [[0, 1, 2, 3], [10, 11, 12, 13]]
    assert _array(second, "y").tolist() == [[4, 5, 6, 7], [14, 15, 16, 17]]
    assert (first.carried, second.carried) == (False, True)


@given(st.integers(1, 40), st.integers(1, 6), st.integers(1, 9))
def test_whole_batches_hold_every_point_of_every_row_once(points: int, rows: int, chunk: int) -> None:
    batches = StreamBatches(Stream({"y": np.arange(points)}), rows, chunk, whole=True)
    seen = np.concatenate([_array(batches.batch(0, k), "y") for k in range(batches.count)], axis=1)
    assert seen.ravel().tolist() == list(range(seen.size))
    assert points - seen.size < min(rows, points)


def test_a_chunk_longer_than_the_rows_is_cut() -> None:
    batches = StreamBatches(Stream({"y": np.arange(6)}), 2, 100)
    assert (batches.count, _array(batches.batch(0, 0), "y").shape) == (1, (2, 3))


def test_fewer_points_than_rows_are_refused() -> None:
    with pytest.raises(DataError, match="RNN609"):
        StreamBatches(Stream({"y": np.arange(3)}), 4, 2)


@pytest.mark.parametrize("bucket", [False, True])
def test_every_example_comes_once_in_an_epoch(bucket: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    examples = Examples({"x": [np.full(1 + k % 5, k) for k in range(23)]}, {}, 23)
    batches = ExampleBatches(examples, 4, seed=1, bucket=bucket)
    for epoch in range(3):
        seen = [int(a[0]) for k in range(batches.count) for a in batches.batch(epoch, k).data["x"]]
        assert sorted(seen) == list(range(23))


def test_batches_depend_on_seed_epoch_and_number_only() -> None:
    examples = Examples({"x": [np.array([k]) for k in range(50)]}, {}, 50)

    def order(seed: int, epoch: int) -> list[list[int]]:
        batches = ExampleBatches(examples, 8, seed=seed)
        return [_array(batches.batch(epoch, k), "x").ravel().tolist() for k in reversed(range(batches.count))]

    assert order(1, 0) == order(1, 0)
    assert len({str(order(seed, epoch)) for seed in (1, 2) for epoch in (0, 1)}) == 4


def test_buckets_put_similar_lengths_together() -> None:
    random = np.random.default_rng(0)
    examples = Examples({"x": [np.zeros(n) for n in random.integers(1, 100, 256)]}, {}, 256)
    batches = ExampleBatches(examples, 16, seed=0, bucket=True)
    spread = [np.ptp([len(a) for a in batches.batch(0, k).data["x"]]) for k in range(batches.count)]
    assert np.mean(spread) < 20


def test_structure_goes_with_its_examples() -> None:
    random = np.random.default_rng(0)
    trees = [[[k + 1] for k in range(n)] + [[]] for n in random.integers(0, 50, 64).tolist()]
    examples = Examples({"x": [np.zeros(len(tree)) for tree in trees]}, {}, 64, {"n": trees})
    batches = ExampleBatches(examples, 8, seed=0, bucket=True)
    for batch in (batches.batch(0, k) for k in range(batches.count)):
        assert batch.structure is not None
        sizes = [len(tree) for tree in batch.structure["n"]]
        assert sizes == [len(array) for array in batch.data["x"]]
        assert np.ptp(sizes) < 20
    assert ExampleBatches(Examples({"x": [np.zeros(2)]}, {}, 1), 1).batch(0, 0).structure is None


def test_examples_of_one_shape_are_stacked_and_others_are_a_list() -> None:
    examples = Examples({"x": [np.zeros(2), np.zeros(3)], "y": [np.array(1), np.array(2)]}, {"s": [4, 5]}, 2)
    batch = ExampleBatches(examples, 2).batch(0, 0)
    assert isinstance(batch.data["x"], list)
    assert _array(batch, "y").tolist() == [1, 2]
    assert batch.lengths == {"s": [4, 5]}
