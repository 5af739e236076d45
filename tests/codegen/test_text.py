"""Pieces of text: arrays lined up for broadcasting, names, numbers, tuples."""

import pytest

from rnndsl.codegen.text import as_tuple, expanded, number_text, quoted
from rnndsl.indices import Index, Kind
from rnndsl.sizes import Size

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


def test_names_as_strings() -> None:
    assert quoted("h.c") == '"h.c"'
