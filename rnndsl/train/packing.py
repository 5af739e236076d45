"""Nested state (dicts, lists, numbers, arrays) as JSON with the arrays beside it."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from rnndsl.train.protocols import Array, Arrays

#: The key of a JSON object that stands for an array.
ARRAY: Final = "$array"


def pack(value: object, arrays: Arrays, prefix: str) -> object:
    """Return `value` as JSON; its arrays are put into `arrays` under names that begin with `prefix`.

    Raises:
        TypeError: something else than dicts, lists, tuples, numbers, strings and arrays.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case np.ndarray() | np.generic():
            name = f"{prefix}{len(arrays)}"
            arrays[name] = np.asarray(value)
            return {ARRAY: name}
        case Mapping():
            return {str(key): pack(part, arrays, prefix) for key, part in value.items()}
        case list() | tuple():
            return [pack(part, arrays, prefix) for part in value]
        case _:
            raise TypeError(f"cannot save a {type(value).__name__}")


def unpack(value: object, arrays: Mapping[str, Array]) -> object:
    """Return what `pack` was given (tuples as lists)."""
    match value:
        case dict() if set(value) == {ARRAY}:
            return arrays[str(value[ARRAY])].copy()
        case dict():
            return {key: unpack(part, arrays) for key, part in value.items()}
        case list():
            return [unpack(part, arrays) for part in value]
        case _:
            return value
