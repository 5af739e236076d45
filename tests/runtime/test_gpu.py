"""What is missing for CuPy is said in one line; where nothing is, modules get CuPy."""

import copy
import sys
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

import rnndsl
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.runtime.gpu import array_library, gpus, require_gpu, why_no_gpu
from tests.codegen.on_device import library
from tests.codegen.programs import PROGRAMS
from tests.codegen.strict_cupy import StrictCupy


class CudaError(Exception):
    """As CuPy's `CUDARuntimeError`."""


def no_driver() -> int:
    raise CudaError("cudaErrorInsufficientDriver: CUDA driver version is insufficient for CUDA runtime version")


def install(patch: pytest.MonkeyPatch, count: Callable[[], int]) -> SimpleNamespace:
    """Let a CuPy be installed that counts devices in this way."""
    properties = {"name": b"NVIDIA H100"}
    runtime = SimpleNamespace(
        getDeviceCount=count, CUDARuntimeError=CudaError, getDeviceProperties=lambda number: properties
    )
    device = SimpleNamespace(mem_info=(60 * 2**30, 80 * 2**30))
    cupy = SimpleNamespace(cuda=SimpleNamespace(runtime=runtime, Device=lambda number: device))
    patch.setattr("rnndsl.runtime.gpu.find_spec", lambda name: name)
    patch.setitem(sys.modules, "cupy", cupy)
    return cupy


REASONS = {
    "not installed": "backend cupy needs CuPy, which is not installed: pip install",
    "broken": "backend cupy needs CuPy, which does not load here (import of cupy halted",
    "no driver": "with its driver, and CuPy finds none (cudaErrorInsufficientDriver: CUDA driver version",
    "no device": "backend cupy needs an NVIDIA GPU, and CuPy finds none: pip install",
}


@pytest.mark.parametrize("missing", REASONS)
def test_what_is_missing_is_said_in_one_line(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if missing == "not installed":
        monkeypatch.setattr("rnndsl.runtime.gpu.find_spec", lambda _: None)
    elif missing == "broken":
        monkeypatch.setattr("rnndsl.runtime.gpu.find_spec", lambda name: name)
        monkeypatch.setitem(sys.modules, "cupy", None)
    else:
        install(monkeypatch, no_driver if missing == "no driver" else lambda: 0)
    reason = why_no_gpu()
    assert REASONS[missing] in reason
    assert 'pip install "rnndsl[cuda13]"' in reason
    assert len(reason.splitlines()) == 1
    assert gpus() == ()
    with pytest.raises(DataError, match="RNN613") as caught:
        require_gpu()
    assert caught.value.diagnostic.message == reason


def test_a_module_can_be_looked_at_without_a_gpu_and_says_why_it_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnndsl.runtime.gpu.find_spec", lambda _: None)
    program = rnndsl.compile(PROGRAMS["Feedback"], dims={"n": 3, "words": 4}, backend="cupy")
    assert "cp.matmul" in program.source
    assert program.outputs == ("y.logits",)
    assert copy.copy(array_library()).reason == why_no_gpu()
    with pytest.raises(DataError, match="which is not installed: pip install"):
        program.run(program.init(0), {"y": np.zeros((1, 2), int)})


def test_with_a_gpu_modules_get_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    cupy = install(monkeypatch, lambda: 1)
    assert why_no_gpu() == ""
    assert array_library() is cupy
    assert gpus() == ("NVIDIA H100 (60.0 of 80.0 GiB are free)",)


def test_tables_cross_over_before_loops_not_in_them() -> None:
    counts = []
    for steps in (5, 10):
        cupy = StrictCupy()
        with library(cupy):
            program = rnndsl.compile(PROGRAMS["Feedback"], dims={"n": 3, "words": 4}, backend="cupy")
        data = {name: np.zeros((2, steps), int) for name in program.inputs}
        program.loss_and_grad(program.init(0), data)
        counts.append(cupy.transfers)
    assert counts[0] == counts[1]
