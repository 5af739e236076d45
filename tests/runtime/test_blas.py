"""Panels are for one thread, and for kernels that multiply small matrices as they are."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.runtime import blas
from rnndsl.runtime.blas import is_faster_with_panels

LSTM = """
from cells import LSTM

model M(n):
    index t : sequence
    input x[t] : n
    param w
    h[t] = LSTM(n)(x[t])
    loss sum(w @ h[t] over t)
"""


@pytest.mark.parametrize(
    ("libraries", "alone", "others"),
    [
        ([("SkylakeX", 1)], True, True),
        ([("SkylakeX", 2)], True, False),
        ([("Haswell", 1)], False, False),
        ([("Cooperlake", 1), ("Haswell", 1)], False, False),
        ([("Cooperlake", 1), ("Cooperlake", 2)], True, False),
        ([], False, False),
    ],
)
def test_which_libraries(
    libraries: list[tuple[str, int]], *, alone: bool, others: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [SimpleNamespace(architecture=name, num_threads=threads) for name, threads in libraries]
    monkeypatch.setattr(blas, "_libraries", lambda: found)
    assert is_faster_with_panels(alone=True) is alone
    assert is_faster_with_panels(alone=False) is others


def test_the_library_of_numpy_is_known() -> None:
    found = blas._libraries()  # noqa: SLF001 - what NumPy comes with on this machine
    assert all(library.internal_api == "openblas" and library.num_threads >= 1 for library in found)


@pytest.mark.parametrize("threads", [1, 2])
def test_calls_compute_the_same_with_panels(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    program = rnndsl.compile(LSTM, dims={"n": 128}, threads=threads)
    rng = np.random.default_rng(0)
    params = {name: rng.normal(0, 0.1, array.shape) for name, array in program.init(seed=0).items()}
    data, cuts = {"x": rng.normal(size=(40, 14, 128))}, list[int]()
    module: Any = program._module  # noqa: SLF001 - what is not for users
    cut = module["cut"]

    def counting(*given: object) -> Any:
        found = cut(*given)
        cuts.append(found.ndim)
        return found

    monkeypatch.setitem(module, "cut", counting)
    results = {}
    for panels in (True, False):
        monkeypatch.setattr(blas, "is_faster_with_panels", lambda *, alone, found=panels: found)
        results[panels] = program.loss_and_grad(params, data, wrt="all")
    outside = [3, 3] if threads == 1 else []  # of all points: so many that it pays
    assert cuts == [3, 3] * threads + outside, "forward and backward"
    for name, gradient in results[False][1].items():
        np.testing.assert_allclose(results[True][1][name], gradient, rtol=1e-3, atol=1e-4, err_msg=name)
