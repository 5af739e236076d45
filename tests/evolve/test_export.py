"""CSV that a spreadsheet does not compute."""

import csv
import math

import pytest

from rnndsl.evolve.export import as_csv, cell
from tests.evolve.test_results import individual


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_what_looks_like_a_formula_becomes_a_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["lstm", "", " =1", "a=b", "'x", -2.5, -3, 0.0, None, -math.inf])
def test_everything_else_stays(value: str | float | None) -> None:
    assert cell(value) == value


def test_a_table_reads_back() -> None:
    rows = [individual(0, -2.5, name="=x", spec="a,b\n=c\n", parameters=None), individual(1, math.nan, parent=0)]
    header, *read = csv.reader(as_csv(rows).splitlines(keepends=True))
    first, second = (dict(zip(header, row, strict=True)) for row in read)
    assert first["name"] == "'=x"
    assert first["spec"] == "a,b\n=c\n"
    assert float(first["fitness"]) == -2.5
    assert first["parameters"] == first["parent"] == ""
    assert second["fitness"] == "nan"
    assert second["parent"] == "0"
