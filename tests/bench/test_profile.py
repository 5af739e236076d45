"""The instrumented module computes the same, and its clock knows where it is."""

from pathlib import Path

import numpy as np
import pytest

import rnndsl
from rnndsl.bench.profile import OTHER, Clock, Profiler, count_operations, instrumented, with_functions
from rnndsl.bench.workload import Sizes, draw_workload
from tests.codegen.on_device import library
from tests.codegen.strict_cupy import StrictCupy

TEXT = """model M(n = 3):
    index  t : sequence
    input  x[t] : n
    param  W, U : n, n
    h[t] : n = tanh(W @ h[t-1] + x[t])
    o[t] = U @ h[t]
    loss sum(o[t] @ o[t] over t)
"""


def test_results_stay_the_same() -> None:
    program = rnndsl.compile(TEXT)
    case = draw_workload(program, Sizes(batch=2, steps=4))
    namespace, _ = instrumented(program.source)
    _, plain = program.loss_and_grad(case.params, case.data)
    _, measured = with_functions(program, namespace).loss_and_grad(case.params, case.data)
    assert all(np.array_equal(plain[name], measured[name]) for name in plain)


def test_every_equation_has_a_part_and_products_belong_to_it() -> None:
    program = rnndsl.compile(TEXT)
    case = draw_workload(program, Sizes(batch=2, steps=4))
    namespace, clock = instrumented(program.source)
    own = with_functions(program, namespace)
    profiler = Profiler(lambda: own.loss_and_grad(case.params, case.data), clock)
    profiler.round()
    found = profiler.profile()
    state, output = (next(p for p in found.seconds if p.startswith(f"<text>:{line}")) for line in (5, 6))
    assert found.operations[state] == 2 * 4 * 2 * 3 * 3, "W @ h[t-1] at 4 points of 2 examples"
    assert found.operations[output] == found.operations[state], "U @ h[t]; a vector with itself is no such product"
    assert found.operations[f"gradient of {output}"] == 2 * found.operations[state], "for U and for h"
    assert OTHER in found.seconds
    assert set(found.products) <= set(found.seconds)


def test_a_gpu_is_waited_for_before_the_clock_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[None] = []
    monkeypatch.setattr("rnndsl.bench.profile.synchronise", lambda: waits.append(None))
    with library(StrictCupy()):
        program = rnndsl.compile(TEXT, backend="cupy")
        case = draw_workload(program, Sizes(batch=2, steps=4))
        namespace, clock = instrumented(program.source)
    own = with_functions(program, namespace)
    _, plain = program.loss_and_grad(case.params, case.data)
    _, measured = own.loss_and_grad(case.params, case.data)
    assert all(np.array_equal(plain[name], measured[name]) for name in plain)
    before = len(waits)
    profiler = Profiler(lambda: own.loss_and_grad(case.params, case.data), clock)
    profiler.round()
    assert len(waits) - before >= 4 * len(profiler.profile().seconds), "three calls, and their products"
    assert any(profiler.profile().operations.values())


def test_a_clock_adds_up_by_part() -> None:
    clock = Clock()
    clock("a")
    clock("b")
    clock("a")
    clock(OTHER)
    assert set(clock.seconds) == {OTHER, "a", "b"}
    assert all(seconds >= 0 for seconds in clock.seconds.values())


def test_operations_of_products() -> None:
    a, b = np.zeros((5, 2, 3)), np.zeros((3, 4))
    assert count_operations((a, b, a @ b)) == 2 * 5 * 2 * 3 * 4
    assert count_operations((a, np.zeros(3), np.zeros((5, 2)))) == 2 * 5 * 2 * 3
    assert count_operations(("abc,abc->ab", a, a, np.zeros((5, 2)))) == 2 * 5 * 2 * 3


def test_a_module_with_kernels_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba", reason='numba is not installed: pip install "rnndsl[jit]"')
    monkeypatch.setenv("RNNDSL_CACHE", str(tmp_path))
    program = rnndsl.compile(TEXT.replace("+ x[t]", "+ x[t] * x[t] + sigmoid(x[t])"), backend="numba")
    assert "@jit\ndef fused_" in program.source
    case = draw_workload(program, Sizes(batch=2, steps=4))
    namespace, clock = instrumented(program.source)
    _, plain = program.loss_and_grad(case.params, case.data)
    _, measured = with_functions(program, namespace).loss_and_grad(case.params, case.data)
    assert all(np.array_equal(plain[name], measured[name]) for name in plain)
    assert any(part.startswith("<text>:6") for part in clock.seconds)
