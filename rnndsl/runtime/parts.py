"""A batch in parts: examples that follow one another, about as many points in each, and their results put together.

Results are those of the whole batch, up to rounding: sums over the batch are added in the order of the parts, so that
they are the same on every run with as many parts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Barrier
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.runtime.binding import Bound

Array = NDArray[Any]
Arrays = dict[str, Array]
Terms = Mapping[str, tuple[float, float]]


class Board:
    """Where the parts of one call lay their shares of a sum side by side."""

    def __init__(self, parts: int) -> None:
        """Prepare for so many parts."""
        self.parts, self.barrier = parts, Barrier(parts)
        self._shares: dict[int, list[Array]] = {}

    def total(self, number: int, place: int, share: Array) -> Array:
        """Return the sum of all parts' shares, the `place`-th that they add up, when all are there."""
        shares = self._shares.setdefault(place, [share] * self.parts)
        shares[number] = share
        self.barrier.wait()
        total = shares[0].copy()
        for other in shares[1:]:
            total += other
        return total


class Part:
    """What a generated function is told of the part that it computes: which one, and where its examples begin."""

    def __init__(self, board: Board, number: int, first: int) -> None:
        """Take part in a call."""
        self.first = first
        self._board, self._number, self._joined = board, number, 0

    def join(self, share: Array) -> None:
        """Put the sum over all parts in the place of this one's share."""
        share[...] = self._board.total(self._number, self._joined, share.copy())
        self._joined += 1


def count_examples(bound: Bound) -> int:
    """Return the size of a batch: 1 where nothing shows it."""
    return len(next(iter([*bound.lengths.values(), *bound.data.values()]), ((),)))


def cut(bound: Bound, parts: int) -> list[tuple[int, int]]:
    """Return where each of so many parts, at most as many as there are examples, begins and ends."""
    examples = count_examples(bound)
    points = np.ones(examples) + sum(bound.lengths.values())
    middle = np.cumsum(points) - points / 2
    borders = [0]
    for k in range(1, parts):
        wanted = int(np.searchsorted(middle, points.sum() * k / parts))
        borders.append(min(max(wanted, borders[-1] + 1), examples - parts + k))
    return list(zip(borders, [*borders[1:], examples], strict=True))


def taken(bound: Bound, begin: int, end: int) -> Bound:
    """Return some examples of a batch, as views."""
    return replace(
        bound,
        data={name: value[begin:end] for name, value in bound.data.items()},
        lengths={name: own[begin:end] for name, own in bound.lengths.items()},
        structure={name: own[begin:end] for name, own in bound.structure.items()},
    )


def put_together(results: Sequence[Any], params: Mapping[str, Array], common: Sequence[str]) -> Any:
    """Return the result of a generated function from those of its parts, in order.

    It is a dictionary of outputs, or the loss with its terms and gradients, and perhaps what the next chunk needs.
    Every part has what is `common` whole.
    """
    if isinstance(results[0], dict):
        return _outputs(results, common)
    if isinstance(results[0][0], dict):
        outputs, carries = zip(*results, strict=True)
        return _outputs(outputs, common), _carried(carries)
    totals, terms, grads, *rest = zip(*results, strict=True)
    found = {
        name: _gradient([own[name] for own in grads], params=name in params, common=name in common) for name in grads[0]
    }
    return (*_loss(totals, terms, common), found, *(_carried(carries) for carries in rest))


def _outputs(results: Sequence[dict[str, Any]], common: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in results[0]:
        own = [result[name] for result in results]
        if name == "loss":
            totals, terms = zip(*own, strict=True)
            found[name] = _loss(totals, terms, common)
        else:
            found[name] = _side_by_side(own)
    return found


def _loss(totals: Sequence[float], terms: Sequence[Terms], common: Sequence[str]) -> tuple[float, Terms]:
    def number(name: str, values: Sequence[float]) -> float:
        return values[0] if name in common else sum(values[1:], values[0])

    found = {}
    for name in terms[0]:
        surprises, weights = zip(*(own[name] for own in terms), strict=True)
        found[name] = (number(f"{name}.nll", surprises), number(f"{name}.weight", weights))
    return number("loss", totals), found


def _gradient(arrays: Sequence[Array], *, params: bool, common: bool) -> Array:
    """Return the gradient of a parameter, or of an input."""
    if not params:
        return _side_by_side(arrays)
    for other in () if common else arrays[1:]:
        np.add(arrays[0], other, out=arrays[0])  # in this order, whichever part was ready first
    return arrays[0]


def _carried(carries: Sequence[Arrays]) -> Arrays:
    """Return what all parts hand on; along a grid a part has no more lanes than its own examples."""
    return {name: _side_by_side([carry[name] for carry in carries]) for name in carries[0]}


def _side_by_side(arrays: Sequence[Array]) -> Array:
    """Return the examples of all parts, padded to the longest: by 0, or by tokens that are absent."""
    sizes = tuple(max(extents) for extents in zip(*(array.shape[1:] for array in arrays), strict=True))
    if all(array.shape[1:] == sizes for array in arrays):
        return np.concatenate(arrays)
    examples = sum(len(array) for array in arrays)
    found = np.full((examples, *sizes), -1 if arrays[0].dtype.kind == "i" else 0, arrays[0].dtype)
    begin = 0
    for array in arrays:
        found[(slice(begin, begin + len(array)), *(slice(size) for size in array.shape[1:]))] = array
        begin += len(array)
    return found
