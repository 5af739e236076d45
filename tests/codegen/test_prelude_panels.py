"""A product with a matrix in panels is that with the matrix itself."""

from typing import Any

import numpy as np
import pytest

from rnndsl.codegen.prelude import Workspace
from rnndsl.codegen.prelude_panels import at_once, cut, multiply, transposed


def drawn(*shape: int, dtype: Any = np.float64) -> Any:
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


@pytest.mark.parametrize(("height", "columns"), [(512, 256), (130, 1950), (2600, 650)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_are_the_same(height: int, columns: int, dtype: Any) -> None:
    matrix, rows = drawn(height, columns, dtype=dtype), drawn(37, height, dtype=dtype)
    panels = cut(Workspace(dtype), "panels", matrix, rows=37, total=256)
    count, tall, width = panels.shape
    assert (count * width, tall) == (columns, height)
    assert 128 <= width * matrix.itemsize <= 512
    assert panels.flags.c_contiguous
    assert at_once(height, width) >= 4, "so few rows are not worth a call"
    whole = np.full((40, columns), np.nan, dtype)
    multiply(rows, panels, whole[:37])
    tolerance = 1e-3 if dtype is np.float32 else 1e-11
    np.testing.assert_allclose(whole[:37], rows @ matrix, atol=tolerance)
    assert np.isnan(whole[37:]).all()


def test_many_rows_are_multiplied_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    panels = cut(Workspace(np.float64), "panels", drawn(2600, 650), rows=37, total=256)
    done, matmul = list[int](), np.matmul

    def counting(rows: Any, matrix: Any, out: Any) -> None:
        done.append(len(rows))
        matmul(rows, matrix, out=out)

    monkeypatch.setattr(np, "matmul", counting)
    multiply(drawn(37, 2600), panels, np.empty((37, 650)))
    assert sum(done) == 37
    assert max(done) * 2600 * panels.shape[2] <= 1_000_000


@pytest.mark.parametrize(
    ("shape", "rows", "total"),
    [((512, 256), 7, 4000), ((512, 256), 32, 255), ((100, 400), 25, 4000), ((512, 257), 32, 4000)],
    ids=["few rows", "few in all", "small", "columns that cannot be shared out"],
)
def test_what_would_gain_nothing_stays_as_it_is(shape: tuple[int, int], rows: int, total: int) -> None:
    matrix = drawn(*shape)
    assert cut(Workspace(np.float64), "panels", matrix, rows, total) is matrix
    out = np.empty((rows, shape[1]))
    multiply(drawn(rows, shape[0]), matrix, out)
    np.testing.assert_array_equal(out, drawn(rows, shape[0]) @ matrix)


@pytest.mark.parametrize(
    ("panels", "rows"), [(True, 37), (True, 7), (False, 37)], ids=["panels", "few rows", "as told"]
)
def test_a_transposed_copy_is_the_only_one(*, panels: bool, rows: int) -> None:
    matrix, ws = drawn(256, 512), Workspace(np.float64)
    found = transposed(ws, "matrix_T", matrix, rows=rows, total=4000, panels=panels)[..., :256]
    whole = found if found.ndim == 2 else found.swapaxes(0, 1).reshape(512, 256)
    np.testing.assert_array_equal(whole, matrix.T)
    assert found.ndim == (3 if panels and rows == 37 else 2)
    assert sum(buffer.nbytes for buffer in ws.buffers.values()) <= matrix.nbytes + 16 * 512 * matrix.itemsize
