"""Examples from JSON lines: one object per line, `{"x": [[0.1, 0.2], [0.3, 0.4]], "y": 1}`."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from rnndsl.data.arrays import as_data, check_finite, check_rank, require_names
from rnndsl.data.dataset import Array, Examples
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo


def read_json_lines(text: str, inputs: Mapping[str, InputInfo], where: str) -> Examples:
    """Read one example per line; every input is a number or nested lists of numbers, without padding.

    A sequence that no input runs over has its length under `"lengths": {"t": 5}`.

    Raises:
        DataError: RNN601 to RNN607, with the line.
    """
    arrays: dict[str, list[Array]] = {name: [] for name in inputs}
    lengths: dict[str, list[int]] = {}
    count = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        count += 1
        example = _parsed(line, f"{where}:{number}")
        _add_lengths(lengths, example.pop("lengths", {}), count, f"{where}:{number}")
        require_names(example, inputs, f"{where}:{number}")
        for name, info in inputs.items():
            arrays[name].append(_array(example[name], info, f"{where}:{number}: `{name}`"))
    if not count:
        raise DataError.of("RNN609", f"{where} holds no example")
    return Examples(arrays, lengths, count)


def _parsed(line: str, place: str) -> dict[str, Any]:
    try:
        example = json.loads(line, parse_constant=_refuse, object_pairs_hook=_without_twins)
    except RecursionError:
        raise DataError.of("RNN607", f"{place}: lists are nested too deeply") from None
    except ValueError as error:
        raise DataError.of("RNN607", f"{place}: not a JSON object: {error}") from None
    if not isinstance(example, dict):
        raise DataError.of(
            "RNN607", f"{place}: expected an object with the model's inputs, got {type(example).__name__}"
        )
    return example


def _array(value: object, info: InputInfo, what: str) -> Array:
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError, RecursionError):
        raise DataError.of("RNN603", f"{what} has rows of different lengths") from None
    if array.size == 0:
        array = _empty(array, info)
    array = as_data(array, info, what)
    check_rank(array, info, what)
    check_finite(array, info, what)
    return array


def _empty(array: Array, info: InputInfo) -> Array:
    """Give an empty list (a sequence without points) the dtype and the axes of its input, if sizes are numbers."""
    dtype = np.float64 if info.token is None else np.int64
    missing = len(info.domain) + len(info.shape) - array.ndim
    known = [size.value or 0 for size in info.shape[len(info.shape) - missing :]] if missing > 0 else []
    return np.zeros([*array.shape, *known], dtype)


def _add_lengths(lengths: dict[str, list[int]], given: object, count: int, place: str) -> None:
    if not isinstance(given, dict) or any(type(n) is not int or n < 0 for n in given.values()):
        raise DataError.of("RNN604", f'{place}: "lengths" must be an object such as {{"t": 5}}')
    for name, length in given.items():
        lengths.setdefault(name, []).append(length)
    if any(len(values) != (count if name in given else -1) for name, values in lengths.items()):
        raise DataError.of("RNN604", f'{place}: every line must give the same "lengths"')


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number in JSON")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
