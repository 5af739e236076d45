"""Modules with kernels: right by all that `verify` knows, as Python; the same numbers as NumPy, as machine code."""

import re
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import rnndsl
from rnndsl.compiler import assemble
from rnndsl.locations import data_folder
from rnndsl.verify import verify
from tests.codegen.interpreted import interpret
from tests.codegen.programs import PROGRAMS, case_of

#: One of each kind: look-ups and stacks of layers, sums over components, ranges, trees, grids, matrices, odd lengths,
#: sums over slots, slots of other places on a circle and on a stack.
FAMILIES = (
    "cells/layer_norm_lstm", "models/char_lstm", "models/fast_weights", "models/grid_lstm", "cells/typed_tree_lstm",
    "models/translate", "models/tree_lstm", "models/two_rates", "cells/peephole_lstm", "models/ntm", "models/stack_rnn",
)  # fmt: skip


@pytest.mark.parametrize("name", FAMILIES)
def test_verifies(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)
    monkeypatch.setattr("rnndsl.codegen.statements.SMALL", 1)  # batches step by step, single examples as a whole
    monkeypatch.setattr(import_module("rnndsl.verify.verify"), "assemble", partial(assemble, backend="numba"))
    with np.errstate(over="ignore"):
        report = verify(data_folder("specs") / f"{name}.rnn", seed=0)
    assert list(tmp_path.rglob("*.py")), "no kernel was made"
    assert report.ok, "\n".join(str(line) for line in report.lines)


def test_spots_of_walks_inside_others_have_kernels_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    interpret(monkeypatch, tmp_path)
    monkeypatch.setattr(import_module("rnndsl.verify.verify"), "assemble", partial(assemble, backend="numba"))
    report = verify(PROGRAMS["Chapters"], seed=0)
    assert report.ok, "\n".join(str(line) for line in report.lines)
    text = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.py"))
    assert re.search(r"\n +if live_\w+:\n(?! +if live_)(.*\n)*? +fused_", text), "no kernel where a spot is met"


@pytest.mark.parametrize("name", ["Neighbours", "TreeFamilies"])
def test_ranges_verify(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neighbours of a later step, which its own values are about to overwrite; a dimension with a loop's name."""
    interpret(monkeypatch, tmp_path)
    monkeypatch.setattr(import_module("rnndsl.verify.verify"), "assemble", partial(assemble, backend="numba"))
    report = verify(PROGRAMS[name], seed=0)
    assert report.ok, "\n".join(str(line) for line in report.lines)
    assert "for k_" in "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.py"))


def test_matrices_have_a_loop_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)
    monkeypatch.setattr(import_module("rnndsl.verify.verify"), "assemble", partial(assemble, backend="numba"))
    text = """model Net(n, m):
    index t : sequence
    input x[t] : n
    input z[t] : m
    A[t] : n, m = tanh(0.5 * A[t-1] + outer(x[t], z[t])) * 0.5 - A[t-1]
    loss sum(sum(A[t] @ z[t]) over t)
"""
    report = verify(text, seed=0)
    assert report.ok, "\n".join(str(line) for line in report.lines)
    assert any("for i in range(" in path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.py"))


#: What a head of a Neural Turing machine does: weighs slots, turns the weights, sharpens them, reads, writes.
HEAD = """model Head(slots, n):
    index t : sequence
    index m : cyclic(slots)
    index j : -1..1
    input x[t] : n
    param s[j] : n
    param M0[m] : n
    shift[t, j] = softmax(s[j] @ x[t] over j)
    w[t, m] = softmax(x[t] @ M[t-1, m] over m)
    moved[t, m] = sum(w[t, m-j] * shift[t, j] over j)
    sharp[t, m] = normalize(moved[t, m] ^ (1 + softplus(sum(x[t]))) over m)
    r[t] : n = sum(sharp[t, m] * M[t-1, m] over m)
    M[t, m] : n = M[t-1, m] * (1 - sharp[t, m] * sigmoid(x[t])) + sharp[t, m] * tanh(r[t])
    init M[t, m] = M0[m]
    loss sum(r[t] @ x[t] over t)
"""


def test_slots_weighed_and_turned_are_those_of_numpy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("numba", reason='numba is not installed: pip install "rnndsl[jit]"')
    monkeypatch.setenv("RNNDSL_CACHE", str(tmp_path))
    monkeypatch.setattr("rnndsl.codegen.statements.SMALL", 0)
    source = compare(HEAD, "float32", 2e-5, slots=37, n=19).source
    steps = re.findall(r"^( +)for live, .*\n((?:\1 .*\n)+)", source, re.MULTILINE)
    assert len(steps) == 3, "forward alone, forward and back"
    for _, step in steps:
        assert not re.search(r"np\.|^ +(softmax|softplus|power)\(", step, re.MULTILINE), "something is no kernel"


def compare(text: str | Path, dtype: str, tolerance: float, **dims: int) -> rnndsl.Program:
    """Compare loss and gradients of both backends, and all arrays relative to their largest number."""
    plain, fused = (rnndsl.compile(text, dims=dims, dtype=dtype, backend=name) for name in ("numpy", "numba"))
    case = case_of(plain)
    params = {name: array.astype(dtype) for name, array in case.params.items()}
    (loss, grads), (same, found) = (
        program.loss_and_grad(params, case.data, wrt="all", lengths=case.lengths, structure=case.structure or None)
        for program in (plain, fused)
    )
    assert same == pytest.approx(loss, rel=tolerance)
    for name, array in grads.items():
        atol = tolerance * max(1e-3, float(np.abs(array).max(initial=0)))
        np.testing.assert_allclose(found[name], array, rtol=0, atol=atol, err_msg=name)
    return fused


@pytest.mark.parametrize(("dtype", "tolerance", "small"), [("float64", 1e-12, 0), ("float32", 1e-5, 4)])
def test_compiled_kernels_give_the_numbers_of_numpy_and_are_kept(
    dtype: str, tolerance: float, small: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("numba", reason='numba is not installed: pip install "rnndsl[jit]"')
    monkeypatch.setenv("RNNDSL_CACHE", str(tmp_path))
    monkeypatch.setattr("rnndsl.codegen.statements.SMALL", small)
    path = data_folder("specs") / "models" / "char_lstm.rnn"
    first = compare(path, dtype, tolerance, vocab=5, hidden=19, layers=2)
    again = compare(path, dtype, tolerance, vocab=5, hidden=19, layers=2)
    assert first.source == again.source
    case = case_of(first)
    params = {
        name: np.full_like(array, np.nan, dtype) if name == "h_1.U_f" else array for name, array in case.params.items()
    }
    assert np.isnan(first.loss_and_grad(params, case.data, lengths=case.lengths)[0]), "NaN has to stay NaN"
    (file,) = tmp_path.rglob("rnndsl_*.py")
    assert file.read_text(encoding="utf-8") == first.source
    called = "walk" if small else "fused"  # walks are compiled with the kernels that they call
    names = re.findall(rf"^ +({called}_\w+)\(", first.source.partition("def loss_and_grad")[2], re.MULTILINE)
    assert len(set(names)) == (2 if small else 3), "the loop and its adjoint, and the likelihood with its gradient"
    for name in names:
        kernel = again._module[name]  # noqa: SLF001 - the functions of the module itself
        assert [one.fndesc.noalias for one in kernel.overloads.values()] == [called == "fused"]
        assert sum(kernel.stats.cache_hits.values()) == 1
