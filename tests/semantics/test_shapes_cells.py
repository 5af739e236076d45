"""Cells alone: open sizes of inputs become dimensions."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.semantics.shapes import infer_shapes
from rnndsl.sizes import Size
from tests.semantics.specs import CELL, codes, expanded, net


def test_an_open_size_of_an_input_becomes_a_dimension() -> None:
    typed = infer_shapes(expanded(CELL))
    assert typed.quantities["x"].shape == (Size.of("x_size"),)
    assert typed.quantities["W"].shape == (Size.of("n"), Size.of("x_size"))
    assert list(typed.model.dims) == ["n", "x_size"]
    assert typed.model.dims["x_size"].value is None


def test_the_dimension_can_be_given() -> None:
    typed = infer_shapes(expanded(CELL, {"x_size": 5}))
    assert typed.model.dims["x_size"].value == 5
    assert typed.quantities["x"].shape == (Size.of("x_size"),)
    assert codes(CELL, {"y_size": 5}) == ["RNN218"]
    assert codes(CELL, {"x_size": 0}) == ["RNN219"]


def test_a_dimension_of_that_name_is_the_one() -> None:
    typed = infer_shapes(expanded(CELL.replace("Cell(n)", "Cell(n, x_size)")))
    assert list(typed.model.dims) == ["n", "x_size"]


def test_a_size_that_equations_settle_stays_theirs() -> None:
    typed = infer_shapes(expanded(CELL.replace("W @ x[t]", "x[t]").replace("    param W\n", "")))
    assert typed.quantities["x"].shape == (Size.of("n"),)
    assert list(typed.model.dims) == ["n"]


def test_models_must_declare_their_sizes() -> None:
    with pytest.raises(SpecError) as caught:
        infer_shapes(
            expanded(net("param U\nz[t] : n = U @ v\noutput z[t]").replace("    param U", "    input v\n    param U"))
        )
    assert [one.code for one in caught.value.diagnostics] == ["RNN303"]
