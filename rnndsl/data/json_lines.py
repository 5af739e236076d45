"""Examples from JSON lines: one object per line, `{"x": [[0.1, 0.2], [0.3, 0.4]], "y": 1}`.

A tree or dag of the model is there under its index's name, as the children of every node: `"n": [[1, 2], [], []]`.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np

from rnndsl.data.agreement import check_agreement
from rnndsl.data.arrays import as_data, check_finite, check_rank, require_names
from rnndsl.data.dataset import Array, Examples
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo
from rnndsl.indices import Index
from rnndsl.runtime.axes import axes


def read_json_lines(
    text: str, inputs: Mapping[str, InputInfo], where: str, trees: Mapping[Index, bool] = MappingProxyType({})
) -> Examples:
    """Read one example per line; every input is a number or nested lists of numbers, without padding.

    A sequence that no input runs over has its length under `"lengths": {"t": 5}`. Of `trees`, the model's trees and
    dags, those that are true must have one root.

    Raises:
        DataError: RNN601 to RNN607, RNN615 to RNN618, with the line.
    """
    roles = {name: info.role for name, info in inputs.items()} | {tree.name: str(tree.kind) for tree in trees}
    arrays: dict[str, list[Array]] = {name: [] for name in inputs}
    structure: dict[str, list[Any]] = {tree.name: [] for tree in trees}
    lengths: dict[str, list[int]] = {}
    places: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        places.append(f"{where}:{number}")
        example = parse_line(line, places[-1])
        _add_lengths(lengths, example.pop("lengths", {}), len(places), places[-1])
        require_names(example, roles, places[-1])
        for name, info in inputs.items():
            arrays[name].append(to_array(example[name], info, f"{places[-1]}: `{name}`"))
        for name, found in structure.items():
            found.append(example[name])
    if not places:
        raise DataError.of("RNN609", f"{where} holds no example")
    whole = {name: fill_sizes(found, inputs[name]) for name, found in arrays.items()}
    examples = Examples(whole, lengths, len(places), structure)
    check_agreement(examples, inputs, trees, places.__getitem__)
    return examples


def parse_line(line: str, place: str) -> dict[str, Any]:
    """Return the object on a line.

    Raises:
        DataError: RNN607, there is none.
    """
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


def to_array(value: object, info: InputInfo, what: str) -> Array:
    """Return nested lists of numbers as an input's array.

    Raises:
        DataError: RNN602, RNN603 or RNN606.
    """
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
    """Give an empty list (a sequence without points, a tree without edges) the dtype and the axes of its input."""
    sizes = [None if index.ragged else index.extent for index in axes(info.domain)] + list(info.shape)
    known = [size.value or 0 if size is not None else 0 for size in sizes[array.ndim :]]
    return np.zeros([*array.shape, *known], np.int64 if info.whole else np.float64)


def fill_sizes(arrays: list[Array], info: InputInfo) -> list[Array]:
    """Give empty examples the sizes that others show."""
    first = next((array for array in arrays if array.size), None)
    if first is None:
        return arrays
    known = [None if index.ragged else first.shape[k] for k, index in enumerate(axes(info.domain))]
    known += first.shape[len(known) :]
    return [array if array.size else _sized(array, known) for array in arrays]


def _sized(array: Array, known: list[int | None]) -> Array:
    shape = [own if size is None else size for own, size in zip(array.shape, known, strict=True)]
    return np.zeros(shape if 0 in shape else array.shape, array.dtype)


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
