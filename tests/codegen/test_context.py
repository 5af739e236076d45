"""Names, sizes, axes and values at the level where the emitter stands."""

import pytest

from rnndsl.codegen.context import as_tuple, expanded, number_text
from rnndsl.indices import Index, Kind
from rnndsl.ops import Op
from rnndsl.sizes import Size
from tests.codegen.emitting import context_of

M, K = Index("m", Kind.RANGE, 0, high=Size.of("k")), Index("k", Kind.RANGE, 1, high=Size.of("k"))


@pytest.mark.parametrize(
    ("own", "wanted", "text"),
    [
        ([], ["rows", "0"], "a"),
        (["0"], ["rows", "0"], "a"),
        (["rows", "0"], ["rows", "0"], "a"),
        (["rows"], ["rows", "0"], "a[:, None]"),
        (["rows"], ["rows", M, "0"], "a[:, None, None]"),
        (["rows", "0"], ["rows", M, "0"], "a[:, None]"),
        ([M], ["rows", M, "0"], "a[:, None]"),
        ([M], ["rows", M], "a"),
        (["rows", K], ["rows", M, K], "a[:, None]"),
        (["rows", M], ["rows", M, K], "a[:, :, None]"),
        (["0"], ["rows", "0", "1"], "a[:, None]"),
    ],
)
def test_arrays_are_lined_up_for_broadcasting(own: list[str | Index], wanted: list[str | Index], text: str) -> None:
    assert expanded("a", own, wanted) == text


def test_numbers_read_back_the_same() -> None:
    for value in (0.1, 1 / 3, 1e300, 5e-324, 2.0, -0.5, 3):
        assert float(number_text(value)) == value
    assert number_text(float("inf")) == "np.inf"
    assert number_text(float("-inf")) == "-np.inf"
    with pytest.raises(TypeError):
        number_text("1; import os")


def test_tuples() -> None:
    assert [as_tuple(items) for items in ([], ["a"], ["a", "b"])] == ["()", "(a,)", "(a, b)"]


def test_dimensions_keep_their_names() -> None:
    c = context_of("input x[t] : n", "param W : 2 * n, n", "output z[t] = W @ x[t]")
    assert c.size(Size.of("n") * 2 + 1) == "2 * n + 1"
    assert c.span(Size.of(0), Size.of("n")) == "0:n"
    assert c.span(Size.of("n"), Size.of("n") * 2) == "n : 2 * n"


def test_shapes_have_rows_ranges_and_values() -> None:
    c = context_of("input x[t] : n", "input y : n", "param v[i] : n", "output z[t, i] = v[i] * x[t] * y")
    shapes = {c.node(n).attr: c.shape(n) for n in c.graph_nodes if c.node(n).op in {Op.INPUT, Op.PARAM}}
    assert shapes == {"x": "(t.size, n)", "y": "(batch, n)", "v": "(k, n)"}
    (product,) = [output.node for output in c.schedule.graph.outputs.values() if output.name == "z"]
    assert c.shape(product) == "(t.size, k, n)"
    assert [str(axis) if isinstance(axis, str) else axis.name for axis in c.axes(product)] == ["rows", "i", "0"]


def test_values_per_example_are_spread_over_points_once() -> None:
    c = context_of("input x[t] : n", "input y : n", "output z[t] = x[t] * y", "output q[t] = x[t] + y")
    index = next(index for index in c.schedule.graph.indices if index.name == "t")
    (number,) = [n for n in c.graph_nodes if c.node(n).attr == "y"]
    assert c.fitted(number, index) == c.fitted(number, index) == "y_over_t"
    assert c.fitted(number, None) == "y"
    assert [line for line in c.blocks[0].lines if "y_over_t" in line] == ["y_over_t = y[t.example]"]
