"""Batches, made from their number alone, so that a run can be resumed at any step without state of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.data.dataset import Array, Examples, Stream, require_points
from rnndsl.runtime.structure import Children

#: How many batches of examples are sorted by size together.
POOL: Final = 16


@dataclass(frozen=True, slots=True)
class Batch:
    """What a program is called with; `carried`: each row goes on where the same row of the batch before ended."""

    data: Mapping[str, Array | list[Array]]
    lengths: Mapping[str, list[int]] | None
    carried: bool
    structure: Mapping[str, list[Children]] | None = None


class StreamBatches:
    """Parallel streams of one text: row b of every batch goes on where row b of the batch before ended."""

    chunked: Final = True

    def __init__(self, stream: Stream, batch: int, chunk: int, *, whole: bool = False) -> None:
        """Lay the stream out in `batch` rows, read `chunk` points at a time.

        With `whole` a last, shorter chunk is read too and no more rows are made than there are points (for scoring);
        otherwise every batch has the same shape.

        Raises:
            DataError: RNN609, there are fewer points than rows.
        """
        rows = max(1, min(batch, stream.points)) if whole else batch
        require_points(stream, rows, "training part" if not whole else "text")
        width = stream.points // rows
        self._rows = {
            name: array[: rows * width].reshape(rows, width, *array.shape[1:]) for name, array in stream.arrays.items()
        }
        self._chunk = min(chunk, width)
        self.count = -(-width // self._chunk) if whole else width // self._chunk

    def batch(self, epoch: int, number: int) -> Batch:
        """Return batch `number` (from 0); all epochs are equal."""
        del epoch
        part = slice(number * self._chunk, (number + 1) * self._chunk)
        data: dict[str, Array | list[Array]] = {
            k: np.ascontiguousarray(rows[:, part]) for k, rows in self._rows.items()
        }
        return Batch(data, None, number > 0)


class ExampleBatches:
    """Batches of independent examples, shuffled anew in every epoch."""

    chunked: Final = False

    def __init__(self, examples: Examples, batch: int, *, seed: int | None = None, bucket: bool = False) -> None:
        """Shuffle by `seed` (None keeps the order); `bucket` puts examples of similar size together.

        Raises:
            DataError: RNN609, there is no example.
        """
        require_points(examples, 1, "data")
        self._examples = examples
        self._batch = min(batch, examples.count)
        self._seed = seed
        self._sizes = examples.sizes() if bucket else None
        self.count = -(-examples.count // self._batch)
        self._order: tuple[int, NDArray[np.int64]] | None = None

    def batch(self, epoch: int, number: int) -> Batch:
        """Return batch `number` (from 0) of an epoch; the last of an epoch may be smaller."""
        if self._order is None or self._order[0] != epoch:
            self._order = (epoch, self._shuffled(epoch))
        chosen = self._order[1][number * self._batch : (number + 1) * self._batch].tolist()
        arrays = self._examples.arrays
        data = {name: _together([values[k] for k in chosen]) for name, values in arrays.items()}
        lengths = {name: [int(values[k]) for k in chosen] for name, values in self._examples.lengths.items()}
        structure = {name: [trees[k] for k in chosen] for name, trees in self._examples.structure.items()}
        return Batch(data, lengths or None, carried=False, structure=structure or None)

    def _shuffled(self, epoch: int) -> NDArray[np.int64]:
        if self._seed is None:
            return np.arange(self._examples.count)
        random = np.random.default_rng([self._seed, epoch])
        order = random.permutation(self._examples.count)
        if self._sizes is None:
            return order
        pools = [order[k : k + POOL * self._batch] for k in range(0, len(order), POOL * self._batch)]
        order = np.concatenate([pool[np.argsort(self._sizes[pool], kind="stable")] for pool in pools])
        batches = [order[k : k + self._batch] for k in range(0, len(order), self._batch)]
        full = random.permutation(len(batches) - 1).tolist()  # the last, perhaps smaller, batch stays last
        return np.concatenate([batches[k] for k in [*full, len(batches) - 1]])


def _together(arrays: list[NDArray[Any]]) -> Array | list[Array]:
    """Stack examples of equal shape; others stay a list (a ragged batch)."""
    return np.stack(arrays) if len({array.shape for array in arrays}) == 1 else arrays
