"""Checks on arrays of data: names, types, ranks, finiteness."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

import numpy as np

from rnndsl.data.dataset import Array
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo


def require_names(given: Iterable[str], inputs: Mapping[str, InputInfo], where: str) -> None:
    """Refuse data whose names are not exactly the model's inputs and targets.

    Raises:
        DataError: RNN601.
    """
    names = set(given)
    declared = ", ".join(f"`{name}`" for name in inputs) or "none"
    for name in sorted(names - set(inputs)):
        near = get_close_matches(name, list(inputs), 1)
        way_out = f"did you mean `{near[0]}`?" if near else f"the model's inputs and targets are: {declared}"
        raise DataError.of("RNN601", f"{where} holds `{name}`, which the model does not declare", help=way_out)
    for name in inputs:
        if name not in names:
            message = f"{where} lacks `{name}`, {inputs[name].role} of the model"
            raise DataError.of("RNN601", message, help=f"it must hold: {declared}")


def as_data(array: Array, info: InputInfo, what: str) -> Array:
    """Return an array as the program takes it: tokens as int64, numbers as float32 or float64 (integers as float64).

    Raises:
        DataError: RNN602, the dtype is none of these.
    """
    kind = array.dtype.kind
    if not array.dtype.isnative or kind not in "iuf" or array.dtype == np.float16 or array.dtype.itemsize > 8:
        raise DataError.of("RNN602", f"{what} has dtype {array.dtype}", help=_expected(info))
    if info.token is not None:
        if kind == "f":
            raise DataError.of(
                "RNN602", f"{what} has dtype {array.dtype}, but tokens are whole numbers", help=_expected(info)
            )
        return array.astype(np.int64)
    return array if kind == "f" else array.astype(np.float64)


def check_rank(example: Array, info: InputInfo, what: str) -> None:
    """Refuse an example's array with another number of axes than the input has indices and components.

    Raises:
        DataError: RNN603.
    """
    axes = [index.name for index in info.domain] + [str(size) for size in info.shape]
    if example.ndim != len(axes):
        raise DataError.of(
            "RNN603",
            f"{what} has shape {example.shape}, expected [{', '.join(axes)}]",
            help="arrays have one axis per index, then the components",
        )


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
    return f"`{info.name}` takes {'float32 or float64' if info.token is None else 'int64 (or another integer dtype)'}"
