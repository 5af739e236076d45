"""What makes calls short changes no number."""

import numpy as np
import pytest

from rnndsl.codegen.prelude import Workspace
from rnndsl.codegen.prelude_calls import multiplier, over_rows
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
