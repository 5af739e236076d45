"""A product with a matrix in panels is that with the matrix itself."""

from typing import Any

import numpy as np
import pytest

from rnndsl.codegen.prelude import Workspace
from rnndsl.codegen.prelude_panels import at_once, cut, multiply, multiply_all, transpose


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
        done.append(rows[..., 0].size)
        assert rows.shape[-2] * matrix.shape[-2] * matrix.shape[-1] <= 1_000_000
        matmul(rows, matrix, out=out)

    monkeypatch.setattr(np, "matmul", counting)
    multiply(drawn(37, 2600), panels, np.empty((37, 650)))
    assert done == [36, 1]


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


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_many_rows_are_multiplied_by_panels_of_whole_cache_lines(
    *, turned: bool, dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, ws = list[tuple[int, ...]](), Workspace(dtype)
    monkeypatch.setattr("rnndsl.codegen.prelude_panels.multiply", lambda _, matrix, __: made.append(matrix.shape))
    for columns, count in [(256, 600), (256, 500), (250, 600)]:
        matrix = drawn(columns, 100, dtype=dtype).T if turned else drawn(100, columns, dtype=dtype)
        rows = drawn(count, 100, dtype=dtype)
        for panels in (True, False):
            multiply_all(ws, rows, matrix, np.empty((count, columns), dtype), panels=panels)
    width = 256 // np.dtype(dtype).itemsize
    assert made == [(256 // width, 100, width), *[(100, 256)] * 3, *[(100, 250)] * 2]


@pytest.mark.parametrize("turned", [False, True])
def test_products_of_many_rows_are_the_same(*, turned: bool) -> None:
    matrix, rows = drawn(1024, 70).T if turned else drawn(70, 1024), drawn(601, 70)
    out = np.full((601, 1030), np.nan)
    multiply_all(Workspace(np.float64), rows, matrix, out[:, 3:1027], panels=True)
    np.testing.assert_allclose(out[:, 3:1027], rows @ matrix, atol=1e-11)
    assert np.isnan(out[:, :3]).all()
    assert np.isnan(out[:, 1027:]).all()


@pytest.mark.parametrize("shape", [(0, 3), (3, 5), (513, 300)])
def test_a_matrix_is_transposed(shape: tuple[int, int]) -> None:
    matrix, out = drawn(*shape), np.full((shape[1], shape[0] + 2), np.nan)
    transpose(matrix, out[:, :-2])
    np.testing.assert_array_equal(out[:, :-2], matrix.T)
    assert np.isnan(out[:, -2:]).all()
