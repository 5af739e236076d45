"""Copies of matrices that products of a loop read: one of each, made of the matrix itself."""

import pytest

from tests.codegen.emitting import written
from tests.codegen.footprint import BATCH, NET, STEPS, UNITS, footprint

MATRIX, TAPE = 8 * UNITS * UNITS, 8 * BATCH * STEPS * UNITS
RECURRENT = ("input x[t] : n", "param U : n, n", "h[t] : n = tanh(U @ h[t-1] + x[t])", "loss sum(h[t] @ h[t] over t)")


def test_panels_are_cut_from_the_matrix_that_is_given() -> None:
    lines = written(*RECURRENT, function="loss_and_grad")
    assert [line for line in lines if "U_T" in line and "ws" in line] == [
        'U_T_wide = transposed(ws, "U_T_wide", U, batch, t.size, panels=panels)',
        'U_T = U_T_wide = ws.let_go("U_T_wide")',
    ]
    assert [line for line in lines if "cut(" in line] == [
        'U_panels = cut(ws, "U_panels", U, batch, t.size) if panels else U'
    ]


@pytest.mark.parametrize("panels", [True, False])
def test_a_step_has_one_copy_of_its_recurrent_matrix(*, panels: bool) -> None:
    """At its peak a step holds states and data, one gradient of each kind, and what is cut into panels beside those."""
    most, _ = footprint(NET, panels=panels)
    assert most < 2 * TAPE + (3.25 if panels else 2.25) * MATRIX
