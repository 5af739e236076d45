"""Pieces of text: arrays lined up for broadcasting, names, numbers, tuples."""

import ast
import textwrap

import pytest

from rnndsl.codegen.text import as_tuple, expanded, number_text, quoted, wrapped
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


SHORT = "    np.matmul(a, b, out=c)"
LONG = f"    np.matmul({'a' * 40}, {'b' * 40}, out={'c' * 20})"
LONGER = f"    t.repack(np.matmul({'a' * 50}, f(x, y)[..., {'b' * 40}], {'c' * 40}), out)"
HEAD = f"    for {'live, ' * 5}k in zip({'t.counts, ' * 9}strict=False):"


def test_short_lines_and_comments_are_left_alone() -> None:
    assert wrapped(SHORT) == [SHORT]
    assert wrapped(f"    # {'x' * 200}") == [f"    # {'x' * 200}"]


def test_long_calls_are_broken_behind_the_bracket() -> None:
    assert wrapped(LONG) == ["    np.matmul(", f"        {'a' * 40}, {'b' * 40}, out={'c' * 20}", "    )"]


def test_longer_ones_at_commas_and_again_inside() -> None:
    assert wrapped(LONGER) == [
        "    t.repack(",
        "        np.matmul(",
        f"            {'a' * 50},",
        f"            f(x, y)[..., {'b' * 40}],",
        f"            {'c' * 40},",
        "        ),",
        "        out,",
        "    )",
    ]


def test_heads_of_loops_keep_their_colon() -> None:
    first, *_, last = wrapped(HEAD)
    assert first.endswith(" in zip(")
    assert last == "    ):"


EINSUM = f'    np.einsum("a,bc,(->abc", {"a" * 50}, {"b" * 50}, out={"c" * 30})'


@pytest.mark.parametrize("line", [LONG, LONGER, EINSUM, f"{HEAD} pass", f"    x = ({'a + ' * 40}a)"])
def test_a_broken_statement_is_the_same_statement(line: str) -> None:
    whole, parts = line.strip(), "\n".join(wrapped(line))
    assert ast.dump(ast.parse(textwrap.dedent(parts))) == ast.dump(ast.parse(whole))


def test_what_has_no_bracket_at_its_end_cannot_be_broken() -> None:
    line = f"    {'a' * 100} = {'b' * 50}"
    assert wrapped(line) == [line]
