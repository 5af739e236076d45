"""Long lines."""

import pytest

from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree
from rnndsl.syntax.wrapping import LIMIT, wrap
from tests.syntax.equality import meaning

TERMS = [f"W_{k} @ x_{k}[t-1]" for k in range(12)]
LONG: dict[str, str] = {
    "arguments": f"h[t] = concat({', '.join(TERMS)})",
    "sum in a call": f"h[t] = tanh({' + '.join(TERMS)})",
    "sum": f"h[t] = {' + '.join(TERMS)}",
    "calls in calls": f"h[t] = tanh(a + sigmoid({' + '.join(TERMS)}) * b)",
    "choice": f"h[t] = a if b > 1 else {' - '.join(TERMS)}",
    "output": f"output z[t] = {' + '.join(TERMS)}",
    "random": f"y[t] ~ normal({' + '.join(TERMS)}, sd = 2)",
    "loss": f"loss mean({' + '.join(TERMS)} over t)",
}


@pytest.mark.parametrize("name", LONG)
def test_long_statements_are_broken_and_stay_what_they_are(name: str) -> None:
    text = f"model Net(n):\n    {LONG[name]}  # why\n    b = 2\n"
    tree = parse(text, "")
    formatted = format_tree(tree)
    assert max(map(len, formatted.splitlines())) <= LIMIT + len("  # why")
    assert len(formatted.splitlines()) > 3
    again = parse(formatted, "")
    assert meaning(again) == meaning(tree)
    assert format_tree(again) == formatted
    assert formatted.count("# why\n") == 1


def test_the_outermost_place_is_taken_then_the_last() -> None:
    inner = ", ".join(["aaaaaaaa"] * 8)
    lines = wrap("    ", f"h[t] = f(g({inner}), g({inner}))")
    assert [line.strip() for line in lines] == [f"h[t] = f(g({inner}),", f"g({inner}))"]
    assert [len(line) - len(line.lstrip()) for line in lines] == [4, 12]


def test_what_cannot_be_broken_stays_long() -> None:
    names = ", ".join(f"name_{k}" for k in range(30))
    assert wrap("    ", f"param {names}") == [f"    param {names}"]
    assert wrap("", "x" * 200) == ["x" * 200]
    assert wrap("    ", "h = 1") == ["    h = 1"]


def test_dimensions_of_a_header_are_broken_too() -> None:
    arguments = ", ".join(f"dimension_{k} = {k}" for k in range(1, 12))
    text = format_tree(parse(f"model Net({arguments}):\n    a = 1\n", ""))
    assert max(map(len, text.splitlines())) <= LIMIT
    assert text.splitlines()[1].endswith("):")
    assert format_tree(parse(text, "")) == text
