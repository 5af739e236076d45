"""Checks on arrays of data: names, types, ranks, finiteness."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

import numpy as np

from rnndsl.data.dataset import Array
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo
from rnndsl.runtime.axes import axes


def require_names(given: Iterable[str], roles: Mapping[str, str], where: str) -> None:
    """Refuse data whose names are not exactly those that have a role: inputs, targets, trees and dags.

    Raises:
        DataError: RNN601.
    """
    names = set(given)
    declared = ", ".join(f"`{name}`" for name in roles) or "none"
    for name in sorted(names - set(roles)):
        near = get_close_matches(name, list(roles), 1)
        way_out = f"did you mean `{near[0]}`?" if near else f"the model has: {declared}"
        raise DataError.of("RNN601", f"{where} holds `{name}`, which the model does not declare", help=way_out)
    for name, role in roles.items():
        if name not in names:
            message = f"{where} lacks `{name}`, {role} of the model"
            raise DataError.of("RNN601", message, help=f"it must hold: {declared}")


def as_data(array: Array, info: InputInfo, what: str) -> Array:
    """Return an array as the program takes it: whole numbers as int64, others as float32 or float64.

    Raises:
        DataError: RNN602, the dtype is none of these.
    """
    kind = array.dtype.kind
    if not array.dtype.isnative or kind not in "iuf" or array.dtype == np.float16 or array.dtype.itemsize > 8:
        raise DataError.of("RNN602", f"{what} has dtype {array.dtype}", help=_expected(info))
    if info.whole:
        if kind == "f":
            numbers = "tokens" if info.point is None else "points"
            message = f"{what} has dtype {array.dtype}, but {numbers} are whole numbers"
            raise DataError.of("RNN602", message, help=_expected(info))
        return array.astype(np.int64)
    return array if kind == "f" else array.astype(np.float64)


def check_rank(example: Array, info: InputInfo, what: str) -> None:
    """Refuse an example's array with another number of axes than the input has indices and components.

    Raises:
        DataError: RNN603.
    """
    names = [index.name for index in axes(info.domain)] + [str(size) for size in info.shape]
    if example.ndim != len(names):
        way = "arrays have one axis per index, then the components"
        if any(index.of is not None for index in info.domain):
            way += "; the edges of all nodes, from a node to one of its children, stand on one axis, node by node"
        raise DataError.of("RNN603", f"{what} has shape {example.shape}, expected [{', '.join(names)}]", help=way)


def check_finite(array: Array, info: InputInfo, what: str) -> None:
    """Refuse NaN and infinity, but for NaN in a target (a point that is not scored).

    Raises:
        DataError: RNN606, with the first bad place.
    """
    if array.dtype.kind != "f":
        return
    bad = np.isinf(array) if info.role == "target" else ~np.isfinite(array)
    if bad.any():
        place = ", ".join(str(int(k)) for k in np.argwhere(bad)[0])
        value = array[tuple(np.argwhere(bad)[0])]
        raise DataError.of("RNN606", f"{what} is {value} at [{place}]", help="remove it, or shorten the example")


def check_count(arrays: Mapping[str, Array]) -> int:
    """Return the number of examples, on which all arrays agree.

    Raises:
        DataError: RNN603, they do not; RNN609, there are none.
    """
    counts = {name: array.shape[0] if array.ndim else -1 for name, array in arrays.items()}
    if len(set(counts.values())) > 1 or -1 in counts.values():
        listed = ", ".join(f"`{name}` {count}" for name, count in counts.items())
        raise DataError.of("RNN603", f"arrays differ in their number of examples: {listed}")
    count = next(iter(counts.values()), 0)
    if not count:
        raise DataError.of("RNN609", "the data holds no example")
    return count


def cut(array: Array, info: InputInfo, lengths: Sequence[Array | None]) -> list[Array]:
    """Cut a padded array into examples; `lengths` holds one entry per index of the input, None where nothing is cut.

    Raises:
        DataError: RNN606, a number that is not finite (outside the padding).
    """
    examples: list[Array] = []
    for k, example in enumerate(array):
        part = tuple(slice(None) if length is None else slice(int(length[k])) for length in lengths)
        examples.append(example[part])
        check_finite(examples[-1], info, f"`{info.name}` of example {k}")
    return examples


def _expected(info: InputInfo) -> str:
    return f"`{info.name}` takes {'int64 (or another integer dtype)' if info.whole else 'float32 or float64'}"
