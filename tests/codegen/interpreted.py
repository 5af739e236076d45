"""Kernels as plain Python, one number after the other: whether they are right shows without compiling them."""

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def interpret(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let generated modules find a numba that compiles nothing, and keep what they write in a folder."""
    numba = ModuleType("numba")
    numba.__spec__ = ModuleSpec("numba", None)
    monkeypatch.setattr(numba, "njit", _unchanged, raising=False)
    monkeypatch.setitem(sys.modules, "numba", numba)
    monkeypatch.setenv("RNNDSL_CACHE", str(folder))


def _unchanged(**_: Any) -> Callable[[Any], Any]:
    return lambda function: function
