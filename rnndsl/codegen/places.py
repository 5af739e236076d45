"""Where arrays are: what helpers of the prelude say of it, on a machine where there is but one place.

Generated code computes structure, such as the rows of points, in NumPy on the host, and values with an array library,
which may keep its arrays on a device. Helpers call that library `xp`, and say where an array crosses over. In a
generated module there stands instead what its dialect has for it: see `dialect`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as xp  # noqa: ICN001 - here the two are the same

__all__ = ["device", "devices", "host", "xp"]

Array = xp.ndarray[Any, xp.dtype[Any]]


def device(array: Any) -> Any:
    """Return an array of the host as one that values are computed with."""
    return array


def devices(arrays: Sequence[Array]) -> Any:
    """Return several arrays of the host as ones that values are computed with."""
    return arrays


def host(array: Array) -> Array:
    """Return values as an array of the host."""
    return array
