"""Kernels as plain Python, one number after the other: whether they are right shows without compiling them.

They are compiled as functions of which no array that they write overlaps another one (`apart` in generated modules).
Every call is looked at: that is so.
"""

import sys
from collections.abc import Callable
from functools import wraps
from importlib.machinery import ModuleSpec
from itertools import permutations
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest


def interpret(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let generated modules find a numba that compiles nothing, and keep what they write in a folder."""
    numba = ModuleType("numba")
    numba.__spec__ = ModuleSpec("numba", None)
    monkeypatch.setattr(numba, "njit", _njit, raising=False)
    monkeypatch.setitem(sys.modules, "numba", numba)
    monkeypatch.setenv("RNNDSL_CACHE", str(folder))


def _njit(pipeline_class: object = None, **_: Any) -> Callable[[Any], Any]:
    return looked_at if pipeline_class else lambda function: function


def looked_at(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a kernel that complains of arrays that overlap one which it writes."""

    @wraps(function)
    def checked(*given: Any) -> Any:
        arrays = [one for one in given if isinstance(one, np.ndarray)]
        pairs = [(one, other) for one, other in permutations(arrays, 2) if np.shares_memory(one, other)]
        before = [one.copy() for one, _ in pairs]
        result = function(*given)
        for (one, other), old in zip(pairs, before, strict=True):
            written = not np.array_equal(one, old, equal_nan=True)
            assert not written, f"{function.__name__} writes {one.shape}, which overlaps {other.shape}"
        return result

    return checked
