"""Names with braces."""

import pytest

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.semantics.findings import ReportedError
from rnndsl.semantics.names import declared_names, single_name
from rnndsl.sizes import Size
from rnndsl.syntax.tree import Expression, Name
from tests.semantics.specs import expression, static


def name(*parts: str | Expression | tuple[str, ...]) -> Name:
    return Name(parts, NOWHERE)


def test_values_and_lists() -> None:
    found = static(l=Size.of(3), k="read")
    assert single_name(name("h"), found) == "h"
    assert single_name(name("h_", expression("l - 1"), "x"), found) == "h_2x"
    assert single_name(name(expression("k"), "_", expression("n"), ".c"), found) == "read_4.c"
    lists = declared_names(name("W_", ("f", "i"), "_", ("a", "b")), found)
    assert lists == ("W_f_a", "W_f_b", "W_i_a", "W_i_b")
    assert found.dims.table()["n"].fixed


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (name("h_", expression("1 - 2")), "RNN209"),
        (name("h_", expression("0.5")), "RNN209"),
        (name(expression("1"), "a"), "RNN209"),
        (name("h_", ("a", "b")), "RNN209"),
        (name("h_", expression("unknown")), "RNN221"),
        (name("h_", expression("m")), "RNN220"),
        (name("h" * 60, expression("99999")), "RNN503"),
        (name(*[("a", "b", "c", "d")] * 8), "RNN505"),
    ],
)
def test_what_is_no_name(wrong: Name, code: str) -> None:
    found = static()
    with pytest.raises(ReportedError):
        single_name(wrong, found)
    assert [one.code for one in found.findings.all] == [code]
