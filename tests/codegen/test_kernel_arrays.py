"""How kernels subscript what they read and write."""

import re
from pathlib import Path

import pytest

import rnndsl
from tests.codegen.emitting import text_of
from tests.codegen.interpreted import interpret

SLOTS = ("index l : cyclic(5)", "index q : 0..2", "input x[t, l] : scalar", "input z[t, q] : scalar")


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        # at a fixed distance, and at one that an outer loop counts, turned rows are copied before the inner loop
        (("w[t, l] = tanh(x[t, l])", "y[t, l] = tanh(w[t, l-1]) * 2 + w[t, l]"), r"k_l_ahead = -1 % 5"),
        (("w[t, l] = tanh(x[t, l])", "y[t, l] = sum(w[t, l-q] * z[t, q] over q)"), r"k_l_ahead = \(0 - k_q\) % 5"),
        # what goes the other way round is no turned row
        (("w[t, l] = tanh(x[t, l])", "y[t, l] = tanh(w[t, 3-l]) * 2 + w[t, l]"), r"w\[r, \(1 - k_l\) % 5\]"),
    ],
)
def test_places_on_a_circle(
    lines: tuple[str, ...], found: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    interpret(monkeypatch, tmp_path)
    source = rnndsl.compile(text_of(*SLOTS, *lines, "output y[t, l]"), backend="numba").source
    assert re.search(found, source), source


def test_what_lies_outside_a_range_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)
    lines = ("input x[t, i] : scalar", "w[t, i] = tanh(x[t, i])", "y[t, i] = w[t, i+1] * w[t, i] * 2 + w[t, i-1]")
    source = rnndsl.compile(text_of(*lines, "output y[t, i]"), backend="numba").source
    assert re.search(r"w\[r, k_i \+ 1\] if 0 <= k_i \+ 1 < k else DTYPE\(0\)", source), source
    assert re.search(r"w\[r, k_i - 1\] if 0 <= k_i - 1 < k else DTYPE\(0\)", source), source


def test_lanes_and_rows_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)
    lines = ("input x[t] : 2*n", "input z[t, i] : n", "a[t] = tanh(x[t])", "b[t] = part(a[t], 2, 2) * 2")
    source = rnndsl.compile(
        text_of(*lines, "c[t, i] = sigmoid(z[t, i] * b[t] + z[t, i]) * tanh(b[t])", "output c[t, i]"), backend="numba"
    ).source
    assert "x_1 = x[r, n : 2 * n]" in source
    assert "z_row = z[r, k_i]" in source
