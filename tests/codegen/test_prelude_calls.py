"""What makes calls short changes no number."""

import numpy as np
import pytest

from rnndsl.codegen.prelude import Points, Workspace
from rnndsl.codegen.prelude_calls import multiplier, over_rows, starts_of, taken
from rnndsl.codegen.prelude_panels import cut


@pytest.mark.parametrize(
    ("rows", "total", "copied"), [(1, 100, False), (4, 100, True), (4, 31, False), (40_000, 400_000, False)]
)
def test_what_rows_share_is_copied_where_there_are_steps_enough(rows: int, total: int, *, copied: bool) -> None:
    shared, step = np.arange(3.0), np.ones((rows, 3))
    found = over_rows(Workspace(np.float64), "shared_rows", shared, rows, total)
    assert found.shape == ((rows, 3) if copied else (1, 3))
    np.testing.assert_array_equal(step * found[:rows], step * shared)


def test_copies_are_made_again_in_every_call() -> None:
    space = Workspace(np.float64)
    for value in (1.0, 2.0):
        assert (over_rows(space, "shared_rows", np.full(3, value), 2, 100) == value).all()


def test_a_multiplier_takes_whole_matrices_and_panels() -> None:
    random = np.random.default_rng(0)
    matrix, rows = random.normal(size=(512, 256)), random.normal(size=(37, 512))
    for chosen in (matrix, cut(Workspace(np.float64), "panels", matrix, rows=37, total=256)):
        result = np.full((37, 256), np.nan)
        multiplier(chosen)(rows, chosen, result)
        np.testing.assert_allclose(result, rows @ matrix, atol=1e-11)


def test_starts_of_slices() -> None:
    points = Points([2, 3], 1)
    assert starts_of(points.at).tolist() == points.offsets[:-1]
    assert starts_of(points.back(1)).tolist() == [0, 2, 4]


def test_rows_are_taken_into_a_buffer_that_stays() -> None:
    values, ws = np.arange(12.0).reshape(4, 3), Workspace(np.float32)
    found = taken(ws, "some", values[:, 1:], np.array([2, 0, 2]))
    np.testing.assert_array_equal(found, values[[2, 0, 2], 1:])
    again = taken(ws, "some", values[:, :2], np.array([3]))
    np.testing.assert_array_equal(again, values[[3], :2])
    assert np.shares_memory(found, again)
