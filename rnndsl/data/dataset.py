"""Data in memory: one long stream, or examples that are independent of each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.runtime.structure import Children

Array = NDArray[Any]


@dataclass(frozen=True)
class Stream:
    """One long run of points: for every input an array `[points, ...]`, all of the same length."""

    arrays: Mapping[str, Array]

    @property
    def points(self) -> int:
        """The number of points."""
        return min((len(array) for array in self.arrays.values()), default=0)

    def split(self, held_out: float) -> "tuple[Stream, Stream]":
        """Return the first part and the last `held_out` (0 to 1) of it."""
        cut = self.points - round(self.points * held_out)
        before = {name: array[:cut] for name, array in self.arrays.items()}
        after = {name: array[cut:] for name, array in self.arrays.items()}
        return Stream(before), Stream(after)

    def windows(self, length: int) -> "Examples":
        """Cut into independent examples of `length` points (for models that cannot carry a state on)."""
        step = min(length, self.points)
        starts = range(0, self.points - step + 1, step) if step else range(0)
        return Examples({name: [a[s : s + step] for s in starts] for name, a in self.arrays.items()}, {}, len(starts))

    def digest(self) -> str:
        """Return a sum over the contents, by which a resumed run knows its data again."""
        return _digest({name: [array] for name, array in self.arrays.items()})


@dataclass(frozen=True)
class Examples:
    """Independent examples: for every input one array per example, without a batch axis.

    `lengths` holds, for sequences that no input carries, one length per example; `structure`, for trees and dags, the
    children of every node of every example.
    """

    arrays: Mapping[str, Sequence[Array]]
    lengths: Mapping[str, Sequence[int]]
    count: int
    structure: Mapping[str, Sequence[Children]] = field(default_factory=dict)

    @property
    def points(self) -> int:
        """The number of examples."""
        return self.count

    def split(self, held_out: float) -> "tuple[Examples, Examples]":
        """Return the first examples and the last `held_out` (0 to 1) of them."""
        cut = self.count - round(self.count * held_out)
        return self._part(0, cut), self._part(cut, self.count)

    def sizes(self) -> NDArray[np.int64]:
        """Return how large each example is (its largest array, or its nodes), for batches of similar size."""
        longest = np.zeros(self.count, np.int64)
        for arrays in self.arrays.values():
            longest = np.maximum(longest, [array.size for array in arrays])
        for lengths in self.lengths.values():
            longest = np.maximum(longest, lengths)
        for trees in self.structure.values():
            longest = np.maximum(longest, [len(tree) for tree in trees])
        return longest

    def digest(self) -> str:
        """Return a sum over the contents, by which a resumed run knows its data again."""
        lengths = {f"lengths {name}": [np.asarray(values)] for name, values in self.lengths.items()}
        structure = {f"structure {name}": [*map(_flat, trees)] for name, trees in self.structure.items()}
        return _digest({**self.arrays, **lengths, **structure})

    def _part(self, start: int, stop: int) -> "Examples":
        arrays = {name: values[start:stop] for name, values in self.arrays.items()}
        lengths = {name: values[start:stop] for name, values in self.lengths.items()}
        structure = {name: trees[start:stop] for name, trees in self.structure.items()}
        return Examples(arrays, lengths, stop - start, structure)


Dataset = Stream | Examples


def require_points(dataset: Dataset, least: int, what: str) -> None:
    """Refuse a dataset with fewer than `least` points or examples.

    Raises:
        DataError: RNN609.
    """
    if dataset.points < least:
        kind = "points" if isinstance(dataset, Stream) else "examples"
        raise DataError.of(
            "RNN609",
            f"the {what} has {dataset.points} {kind}, but at least {least} are needed",
            help="give more data, or a smaller --batch or --held-out",
        )


def _flat(tree: Children) -> Array:
    """Return a tree as one array, another one for every other tree: before its children, each node's number of them."""
    return np.array([number for children in tree for number in (len(children), *children)], np.int64)


def _digest(arrays: Mapping[str, Sequence[Array]]) -> str:
    total = sha256()
    for name in sorted(arrays):
        for array in arrays[name]:
            total.update(f"{name} {array.dtype} {array.shape}".encode())
            total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()
