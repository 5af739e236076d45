"""The text of kernels, read as a whole."""

import re
from pathlib import Path

import pytest

import rnndsl
from rnndsl.compiler import assemble, build, check
from rnndsl.locations import data_folder
from rnndsl.verify.loss import with_loss
from tests.codegen.emitting import text_of
from tests.codegen.interpreted import interpret
from tests.conftest import Golden

SPEC = (
    "input x[t] : n",
    "input z[t]",
    "param W",
    "param b ~ ones",
    "a[t] : 4*n = W @ h[t-1] + concat(x[t], x[t], x[t], x[t]) + b",
    "f[t] = sigmoid(part(a[t], 1, 4))",
    "o[t] = sigmoid(part(a[t], 2, 4))",
    "g[t] = tanh(part(a[t], 3, 4))",
    "r[t] = tanh(part(a[t], 4, 4))",
    "q[t] = sum(f[t] * g[t]) / n",
    "h[t] : n = o[t] * (f[t] - q[t]) * r[t] * z[t]",
    "loss sum(sum(h[t]) over t)",
)


def test_kernels_read_as_they_should(golden: Golden, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)
    source = rnndsl.compile(text_of(*SPEC), backend="numba").source
    kernels = re.findall(r"^@jit\ndef fused_.*?(?=^\S)", source, re.MULTILINE | re.DOTALL)
    golden("codegen/kernels.py.txt", "\n\n".join(kernel.rstrip() + "\n" for kernel in kernels))


@pytest.mark.parametrize("cell", ["layer_norm_lstm", "lstm", "md_lstm", "peephole_lstm", "typed_tree_lstm"])
def test_loops_have_few_vectors_that_might_overlap(cell: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)
    graph = with_loss(build(check(data_folder("specs") / "cells" / f"{cell}.rnn")))
    source = assemble(graph, backend="numba").source
    loops = re.findall(r"^( +)for j in range\(.*?\):\n((?:\1 .*\n)+)", source, re.MULTILINE)
    assert len(loops) >= 2
    for _, text in loops:
        written = set(re.findall(r"(\w+)\[j\] = ", text))
        others = set(re.findall(r"(\w+)\[j\]", text)) - written
        pairs = len(written) * (len(written) - 1) // 2 + len(written) * len(others)
        assert pairs <= 128, text
