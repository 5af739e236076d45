"""The text of kernels, read as a whole."""

import re
from itertools import groupby
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


#: Slots that are weighed, turned and read.
SLOTS = (
    "index l : cyclic(m)",
    "index q : -1..1",
    "input x[t] : n",
    "input z[t, q] : scalar",
    "param M[l] : n",
    "a[t, l] : n = M[l] * x[t]",
    "w[t, l] = softmax(sum(a[t, l]) over l)",
    "v[t, l] = sum(w[t, l-q] * z[t, q] over q)",
    "h[t] : n = tanh(sum(v[t, l] * a[t, l] over l) + h[t-1])",
    "loss sum(sum(h[t]) over t)",
)


@pytest.mark.parametrize(("name", "spec"), [("kernels", SPEC), ("kernels_of_slots", SLOTS)])
def test_kernels_read_as_they_should(
    name: str, spec: tuple[str, ...], golden: Golden, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    interpret(monkeypatch, tmp_path)
    source = rnndsl.compile(text_of(*spec), backend="numba").source
    kernels = re.findall(r"^@jit\ndef fused_.*?(?=^\S)", source, re.MULTILINE | re.DOTALL)
    golden(f"codegen/{name}.py.txt", "\n\n".join(kernel.rstrip() + "\n" for kernel in kernels))


@pytest.mark.parametrize("cell", ["layer_norm_lstm", "lstm", "md_lstm", "peephole_lstm", "typed_tree_lstm"])
def test_loops_have_few_lanes_that_might_overlap(cell: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)
    graph = with_loss(build(check(data_folder("specs") / "cells" / f"{cell}.rnn")))
    source = assemble(graph, backend="numba").source
    loops = re.findall(r"^( +)for j in range\(.*?\):\n((?:\1 .*\n)+)", source, re.MULTILINE)
    assert len(loops) >= 2
    for _, text in loops:
        written = set(re.findall(r"(\w+)\[j\] = ", text))
        arrays = groupby(sorted(set(re.findall(r"(\w+)\[j\]", text)), key=array_of), array_of)
        lanes = [(len(own & written), len(own - written)) for own in (set(names) for _, names in arrays)]
        assert sum(ours * (ours - 1) // 2 + ours * others for ours, others in lanes) <= 128, text


def array_of(lane: str) -> str:
    """Return the array that a kernel's vector is a lane, or a row, of."""
    return re.sub(r"_(\d+|row|part)$", "", lane)
