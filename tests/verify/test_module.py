"""The module that is verified is the one that was asked for, by all of its paths."""

from importlib import import_module
from typing import Any

import pytest

from rnndsl.codegen.walks import SMALL
from rnndsl.compiler import assemble
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.runtime.program import Program
from rnndsl.verify import verify
from rnndsl.verify.cases import LENGTHS
from rnndsl.verify.module import NUMPY, Module, times_of

TEXT = """
model Net(vocab = 3, n = 2):
    index  t : sequence
    target y[t] : token(vocab)
    param  W, U, V
    h[t] : n = tanh(W @ h[t-1] + U @ y[t-1])
    y[t] ~ categorical(V @ h[t])
"""


@pytest.mark.parametrize("module", [NUMPY, Module(backend="numba"), Module(backend="numpy", threads=2)])
def test_all_lines_are_about_the_module_that_was_asked_for(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is verified are the model, the model in segments, and the model generating."""
    found: list[dict[str, Any]] = []

    def noted(graph: RecurrenceGraph, **options: Any) -> Program:
        found.append({name: options.pop(name) for name in module})
        return assemble(graph, **options)  # the NumPy module, which needs no compiler

    for name in ("verify", "streaming", "generating"):
        monkeypatch.setattr(import_module(f"rnndsl.verify.{name}"), "assemble", noted)
    assert verify(TEXT, draws=50, **module).ok
    assert found == [module] * (2 + len(times_of(module))), "the model in segments is made anew"


KERNEL = """model Net(n = 2):
    index t : sequence
    input x[t] : n
    h[t] = h[t-1] + x[t] * (1 - h[t-1]) * x[t]
    output h[t]
"""


@pytest.mark.parametrize("indent", [8, 12], ids=["few", "many"])
def test_kernels_are_verified_for_few_examples_and_for_many(indent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop over few examples is a compiled function that calls the kernel; over many it calls it step by step."""
    pytest.importorskip("numba")

    def broken(graph: RecurrenceGraph, **options: Any) -> Program:
        good = assemble(graph, **options)
        call = f"\n{' ' * indent}fused_h(n, h_before_t, x_t, h_t)"
        assert call in good.source
        return Program(good.graph, good.source.replace(call, call.replace("x_t", "h_before_t")), "float64", "")

    monkeypatch.setattr(import_module("rnndsl.verify.verify"), "assemble", broken)
    report = verify(KERNEL, backend="numba")
    assert "optimised = interpreter" in [line.property for line in report.lines if not line.passed]


@pytest.mark.parametrize("module", [Module(backend="numba"), Module(backend="numba", threads=2)])
def test_parts_with_kernels_are_no_small_batches(module: Module) -> None:
    examples = len(LENGTHS[0])
    few, many = (examples * times for times in times_of(module))
    assert few <= SMALL < many // module.get("threads", 1)


def test_other_modules_have_one_path() -> None:
    assert times_of(NUMPY) == times_of(Module(backend="numpy", threads=2)) == (1,)
