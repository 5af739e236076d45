"""The kernels of a module: one for all runs that differ in names only."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.codegen.kernels import Kernels, alike
from rnndsl.codegen.names import Names
from rnndsl.locations import data_folder
from tests.codegen.interpreted import interpret, looked_at


def test_kernels_that_differ_in_names_are_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)
    path = data_folder("specs") / "models" / "char_lstm.rnn"
    source = rnndsl.compile(path, dims={"vocab": 5, "layers": 3}, backend="numba").source
    calls = re.findall(r"^ +(fused_\w+)\(", source.partition("def loss_and_grad")[2], re.MULTILINE)
    assert sorted(Counter(calls).values()) == [1, 3, 3], "that of the loss, and those of three layers"


def test_names_of_the_language_and_of_helpers_tell_kernels_apart() -> None:
    assert alike("n, a", ["b_j = fast_tanh(a[j])"]) == alike("m, x", ["# said", "y_j = fast_tanh(x[j])"])
    assert alike("n, a", ["b_j = fast_tanh(a[j])"]) != alike("n, a", ["b_j = fast_exp(a[j])"])
    assert alike("n, a", ["b_j = a[j]", "c_j = a[j]"]) != alike("n, a", ["b_j = a[j]", "c_j = b_j"])


def test_walks_that_call_other_kernels_are_others() -> None:
    assert alike("a", ["fused_x(a)"]) == alike("a", ["fused_y(a)"])
    assert alike("a", ["fused_x(a)"], {"fused_x", "fused_y"}) != alike("a", ["fused_y(a)"], {"fused_x", "fused_y"})


def test_a_name_that_a_function_has_given_away_is_no_kernels() -> None:
    kernels, first, second = Kernels(), Names(), Names()
    second("a value", "fused_h")
    assert kernels.add(first, "fused_h", "a", ["a[0] = 1"]) == "fused_h"
    assert kernels.add(first, "fused_g", "b", ["b[0] = 1"]) == "fused_h"
    assert kernels.add(second, "fused_h", "a", ["a[0] = 1"]) == "fused_h_1"
    assert first("a value", "fused_h") == "fused_h_2"
    assert list(kernels.texts) == ["fused_h", "fused_h_1"]


def test_a_kernel_bears_no_name_of_the_spec(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)
    text = """model Net(n):
    index t : sequence
    input fused_h[t] : n
    param W
    h[t] : n = tanh(W @ h[t-1]) * fused_h[t] + fused_h[t]
    loss sum(sum(h[t]) over t)
"""
    source = rnndsl.compile(text, dims={"n": 3}, backend="numba").source
    assert re.findall(r"^ +(fused_\w+)\(", source, re.MULTILINE)[0] == "fused_h_1"


def test_a_kernel_that_writes_what_overlaps_another_array_is_found() -> None:
    def fused(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> None:
        y[...] = 2 * x

    kernel, array = looked_at(fused), np.ones(6)
    kernel(array[:3], array[3:])
    with pytest.raises(AssertionError, match="fused writes"):
        kernel(array[:3], array[2:5])
