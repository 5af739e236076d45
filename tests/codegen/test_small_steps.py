"""Lanes in walks: what stands for softmax and for products per example, and that walks give the numbers of loops."""

import re
from pathlib import Path
from typing import Final

import numpy as np
import pytest

import rnndsl
from rnndsl.codegen.walks import SMALL
from tests.codegen.emitting import text_of
from tests.codegen.interpreted import interpret
from tests.codegen.programs import case_of

#: Scores by a hidden layer, and by products of vectors; both read parts of longer vectors.
ADDITIVE: Final = (
    "input x[s] : n",
    "input z[t] : n",
    "param v : m",
    "param W",
    "param U",
    "param P : n, 2*n",
    "e[t, s]  = v @ tanh(W @ h[t-1] + U @ x[s])",
    "a[t, s]  = softmax(e[t, s] over s)",
    "g[t]     = P @ concat(z[t], sum(a[t, s] * x[s] over s))",
    "h[t] : n = tanh(g[t]) * z[t] + h[t-1]",
    "loss sum(sum(h[t] * h[t]) over t)",
)
DOT: Final = (
    "input x[s] : n",
    "input z[t] : n",
    "param P : 2*n, n",
    "q[t]     = P @ h[t-1]",
    "e[t, s]  = part(q[t], 2, 2) @ x[s]",
    "a[t, s]  = softmax(e[t, s] over s)",
    "h[t] : n = tanh(sum(a[t, s] * x[s] over s) * part(q[t], 1, 2) + z[t])",
    "loss sum(sum(h[t] * h[t]) over t)",
)


@pytest.fixture(autouse=True)
def interpreted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)


def walks(source: str) -> str:
    return "\n".join(re.findall(r"^def walk_\w+\(.*?(?=^[^\s)]|\Z)", source, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize(("lines", "words"), [(ADDITIVE, {"softmax", "sums"}), (DOT, {"dots", "softmax", "sums"})])
def test_walks_with_lanes_give_the_numbers_of_loops(
    lines: tuple[str, ...], words: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for small in (SMALL, 0):
        monkeypatch.setattr("rnndsl.codegen.statements.SMALL", small)
        program = rnndsl.compile(text_of(*lines), dims={"n": 3, "m": 4}, dtype="float64", backend="numba")
        case = case_of(program)
        results.append(program.loss_and_grad(case.params, case.data, wrt="all", lengths=case.lengths))
    (loss, grads), (same, others) = results
    assert loss == pytest.approx(same, rel=1e-12)
    for name, array in grads.items():
        np.testing.assert_allclose(array, others[name], rtol=1e-9, atol=1e-12, err_msg=name)
    found = walks(program.source)
    assert len(re.findall(r"^def ", found, re.MULTILINE)) == 3, "of forward, and of the gradient both ways"
    assert set(re.findall(r"small_(\w+)\(", found)) == {"product", *words}


def test_what_has_ranges_stays_a_loop() -> None:
    lines = ("input x[s, i] : n", "param W", "e[t, s, i] = (W @ h[t-1, i]) @ x[s, i]", "input z[t] : n")
    more = ("a[t, s, i] = softmax(e[t, s, i] over s)", "loss sum(sum(sum(h[t, i]) over t) over i)")
    text = text_of(*lines, *more, "h[t, i] = tanh(sum(a[t, s, i] * x[s, i] over s) * z[t] + z[t])")
    source = rnndsl.compile(text, backend="numba").source
    assert "small_softmax" not in source
