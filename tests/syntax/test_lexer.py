"""Tokens and logical lines."""

import pytest

from rnndsl.syntax.lexer import scan


def kinds(text: str) -> list[str]:
    found = scan(text, "test.rnn")
    assert not found.diagnostics
    return [token.type for line in found.lines for token in line.tokens]


def texts(text: str) -> list[str]:
    return [token.text for line in scan(text, "test.rnn").lines for token in line.tokens]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1..n", ["1", "..", "n"]),
        ("1.5..2", ["1.5", "..", "2"]),
        ("n..m", ["n", "..", "m"]),
        ("a.b.c..d", ["a.b.c", "..", "d"]),
        ("1e-5+2E3", ["1e-5", "+", "2E3"]),
        ("1.5e3", ["1.5e3"]),
        ("a<=b", ["a", "<=", "b"]),
        ("a==-b", ["a", "==", "-", "b"]),
        ("h_{l-1}x[t]", ["h_{", "l", "-", "1", "}x", "[", "t", "]"]),
        ("a_{b}_{c}", ["a_{", "b", "}_{", "c", "}"]),
        ("a.{b}.c", ["a.{", "b", "}.c"]),
        ("{a}..{b}", ["{", "a", "}", "..", "{", "b", "}"]),
    ],
)
def test_cutting(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input x", ["INPUT", "NAME"]),
        ("input = x", ["NAME", "EQUAL", "NAME"]),
        ("input[t] = x", ["NAME", "LSQB", "NAME", "RSQB", "EQUAL", "NAME"]),
        ("x = input", ["NAME", "EQUAL", "NAME"]),
        ("loss (a)", ["LOSS", "LPAR", "NAME", "RPAR"]),
        ("output {k}", ["OUTPUT", "NAME_OPEN", "NAME", "NAME_CLOSE"]),
        ("param W frozen", ["PARAM", "NAME", "FROZEN"]),
        ("param frozen frozen", ["PARAM", "NAME", "FROZEN"]),
        ("y ~ D weight weight", ["NAME", "TILDE", "NAME", "WEIGHT", "NAME"]),
        ("f(over over over)", ["NAME", "LPAR", "NAME", "OVER", "NAME", "RPAR"]),
        ("f() backward over t", ["NAME", "LPAR", "RPAR", "BACKWARD", "OVER", "NAME"]),
        ("W_{in,if}", ["NAME_OPEN", "NAME", "COMMA", "NAME", "NAME_CLOSE"]),
        ("W_{1 if a else b}", ["NAME_OPEN", "NUMBER", "IF", "NAME", "ELSE", "NAME", "NAME_CLOSE"]),
    ],
)
def test_words_have_their_meaning_by_place(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


def test_lines_and_indentation() -> None:
    found = scan("a = (1 +  # one\n  2)\n\n    # alone\n    b = 3\n\t\nc = 4", "test.rnn")
    assert [(line.indent, len(line.tokens)) for line in found.lines] == [(0, 7), (4, 3), (0, 3)]
    assert [(comment.text, comment.alone) for comment in found.comments] == [("# one", False), ("# alone", True)]
    assert found.complete
    assert [line.tokens[0].span.line for line in found.lines] == [1, 5, 7]


def test_spans_count_characters_from_one() -> None:
    (line,) = scan("\n  ab = cd", "f.rnn").lines
    spans = [token.span for token in line.tokens]
    assert [(span.line, span.column, span.end_column) for span in spans] == [(2, 3, 5), (2, 6, 7), (2, 8, 10)]
    assert spans[0].file == "f.rnn"


def test_one_mistake_per_line() -> None:
    found = scan("a = \u00e9 \u00e9 $ 1x\nb = 0x1 ;", "f.rnn")
    assert [(one.span.line, one.code) for one in found.diagnostics] == [(1, "RNN113"), (2, "RNN115")]
    assert all(line.broken for line in found.lines)


def test_an_open_bracket_ends_where_a_statement_begins() -> None:
    found = scan("a = (1\nb = 2\nc[t] ~ D(x\nfor k in 1..2:\n", "f.rnn")
    assert [(one.span.line, one.code) for one in found.diagnostics] == [(1, "RNN105"), (3, "RNN105")]
    assert [line.broken for line in found.lines] == [True, False, True, False]


def test_scanning_stops_at_a_limit() -> None:
    found = scan("a = " + "(" * 70, "f.rnn")
    assert not found.complete
    assert [one.code for one in found.diagnostics] == ["RNN501"]
