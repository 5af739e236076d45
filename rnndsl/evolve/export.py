"""Results as CSV that a spreadsheet can open: what looks like a formula stays a text."""

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, fields
from typing import Final

from rnndsl.evolve.results import Individual

#: With these a cell begins that a spreadsheet computes; a quote before it makes it a text (OWASP, "CSV injection").
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

Value = str | int | float | None


def as_csv(individuals: Iterable[Individual]) -> str:
    """Return individuals as a table with a header: texts quoted, fitness that is not finite `-inf` or `nan`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([one.name for one in fields(Individual)])
    writer.writerows([cell(value) for value in astuple(one)] for one in individuals)
    return text.getvalue()


def cell(value: Value) -> Value:
    """Return a value as it stands in a cell: numbers as they are, texts so that none is taken for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
