"""Lengths of ragged examples, given beside padded arrays."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rnndsl.data.dataset import Array
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo
from rnndsl.indices import Index

Lengths = NDArray[np.int64]


def length_of(
    info: InputInfo, lengths: Mapping[str, Array], array: Array, inputs: Mapping[str, InputInfo]
) -> list[Lengths | None]:
    """Return for each index of an input the lengths of the examples, None where the array is not padded.

    Raises:
        DataError: RNN602 or RNN604, lengths that are not whole numbers from 0 to the array's own length.
    """
    found: list[Lengths | None] = []
    for axis, index in enumerate(info.domain, start=1):
        name = _named(index, info, lengths, inputs) if index.ragged else None
        found.append(None if name is None else _checked(name, lengths[name], array.shape[axis]))
    return found


def sequences_without_data(lengths: Mapping[str, Array], inputs: Mapping[str, InputInfo]) -> dict[str, list[int]]:
    """Return the lengths of those sequences that no input runs over, by the name of the sequence.

    Raises:
        DataError: RNN601, `lengths` alone where no input tells which sequence is meant.
    """
    carried = {index.name for info in inputs.values() for index in info.domain if index.ragged}
    found: dict[str, list[int]] = {}
    for name, array in lengths.items():
        owner = name.removesuffix("_lengths")
        if owner in inputs or owner in carried or (name == "lengths" and carried):
            continue
        if name == "lengths":
            raise DataError.of("RNN601", "`lengths` belongs to no input", help="call it by its sequence, `t_lengths`")
        found[owner] = _checked(name, array, None).tolist()
    return found


def _named(index: Index, info: InputInfo, lengths: Mapping[str, Array], inputs: Mapping[str, InputInfo]) -> str | None:
    """Find the array of lengths of an index: its own, that of an input over it, or the only one."""
    sharing = [other.name for other in inputs.values() if index in other.domain]
    single = sum(i.ragged for i in info.domain) == 1
    candidates = [f"{index.name}_lengths", *(f"{name}_lengths" for name in [info.name, *sharing] if single), "lengths"]
    return next((name for name in candidates if name in lengths), None)


def _checked(name: str, array: Array, longest: int | None) -> Lengths:
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise DataError.of(
            "RNN602", f"`{name}` must be whole numbers [examples], got {array.dtype} of shape {array.shape}"
        )
    bad = np.flatnonzero((array < 0) | (array > (longest if longest is not None else array.max(initial=0))))
    if bad.size:
        k = int(bad[0])
        limit = "0 or more" if longest is None else f"0 to {longest}, the length of the padded array"
        raise DataError.of("RNN604", f"`{name}` of example {k} is {int(array[k])}, expected {limit}")
    return array.astype(np.int64)
