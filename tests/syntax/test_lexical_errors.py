"""What is said about characters, numbers and brackets."""

import pytest

from rnndsl.diagnostics.span import Span
from rnndsl.syntax.lexer import scan
from rnndsl.syntax.lexical_errors import leading_underscore, too_many_tokens


@pytest.mark.parametrize(
    ("text", "code", "way"),
    [
        ("0x10", "RNN115", "numbers are written"),
        ("1_000", "RNN115", "numbers are written"),
        ("1j", "RNN115", "numbers are written"),
        ("1e", "RNN115", "numbers are written"),
        ("0o7", "RNN115", "numbers are written"),
        ("1.", "RNN115", "write `1.0`"),
        (".5", "RNN115", "write `0.5`"),
        ("2x", "RNN115", "write `2 * x`"),
        ("1if", "RNN115", "put a space after the number"),
        ("1.2.3", "RNN115", "numbers are written"),
        ("1" * 65, "RNN116", "at most 64"),
        ("1" * 5000, "RNN116", "at most 64"),
        ("1e999", "RNN116", "`infinity`"),
        ("a**b", "RNN121", "write `^`"),
        ("a && b", "RNN121", "write `and`"),
        ("!a", "RNN121", "write `not`"),
        ("a ; b", "RNN121", "one statement per line"),
        ("a -= b", "RNN121", "never changed"),
        ("a \\", "RNN121", "an open bracket continues a line"),
        ("/* a */", "RNN121", "comments start with `#`"),
        ("'a'", "RNN119", "double quotes"),
        ('"abc', "RNN120", 'add the closing `"`'),
        ("\u2212a", "RNN113", "write `-`"),
        ("\u03b1", "RNN113", "write `alpha`"),
        ("\u00e9", "RNN113", "ASCII letters"),
        ("\u0663", "RNN113", ""),
        ("\uff11", "RNN113", ""),
        ("a.", "RNN113", "`..` stands between"),
        ("\u00a0", "RNN114", "write a plain space"),
        ("a\r", "RNN114", "remove it"),
        ('"a\u202e"', "RNN114", "remove it"),
        ("# a\u202e", "RNN114", "remove it"),
        ("__a__", "RNN117", "begin with a letter"),
        ("a._b", "RNN117", "begin with a letter"),
        ("_{k}", "RNN117", "begin with a letter"),
        ("a" * 65, "RNN503", "at most 64"),
        ("(a]", "RNN106", "close that one first"),
        ("a)", "RNN106", "remove it"),
        ("(a", "RNN105", "add the missing `)`"),
        ("a_{b", "RNN105", "add the missing `}`"),
    ],
)
def test_one_finding_with_a_way_out(text: str, code: str, way: str) -> None:
    (found,) = scan(f"{text}\n", "test.rnn").diagnostics
    assert found.code == code
    assert way in found.help
    assert found.message
    assert len(found.message) < 200


def test_characters_are_called_by_name() -> None:
    (found,) = scan("a\u00a0= 1", "test.rnn").diagnostics
    assert "U+00A0 no-break space" in found.message
    assert (found.span.column, found.span.end_column) == (2, 3)


def test_the_other_bracket_is_shown() -> None:
    (found,) = scan("a = (b]", "test.rnn").diagnostics
    assert found.labels[0].span.column == 5


def test_builders() -> None:
    span = Span("f.rnn", 1, 1, 1, 2)
    assert "`_a`" in leading_underscore("_a", span).message
    assert "200,000" in too_many_tokens(span).message


@pytest.mark.parametrize(
    ("line", "code", "message", "way"),
    [
        ("a = x[t].sum()", "RNN129", "nothing behind a dot", "`sum(...)`"),
        ("a = x[t].matmul(b)", "RNN129", "nothing behind a dot", "`W @ x`"),
        ("a = x[t].T", "RNN129", "nothing behind a dot", "`transpose(...)`"),
        ("h' = x", "RNN119", "a prime", "`h_new`"),
        ("h = \\tanh(x)", "RNN121", "`\\tanh` is LaTeX", "`tanh`"),
        ("h = a \\cdot b", "RNN121", "`\\cdot` is LaTeX", "`@`"),
        ("h = a \\", "RNN121", "does not continue a line", "parentheses"),
        ("m \u2208 a", "RNN113", "element of", "`in` in a `for`"),
        ("h = \u0445", "RNN113", "cyrillic", "looks like the letter `x`"),
        ("h = x\u00b2", "RNN113", "superscript two", "write `^ 2`"),
        ("h = f(a\uff0cb)", "RNN113", "fullwidth comma", "write `,`"),
        ("h \u2190 a", "RNN113", "arrow", "write `=`"),
    ],
)
def test_what_comes_from_papers_and_libraries(line: str, code: str, message: str, way: str) -> None:
    (found,) = scan(line, "").diagnostics
    assert (found.code, message in found.message, way in found.help) == (code, True, True), found


def test_a_brace_at_the_end_of_a_header_is_no_missing_brace() -> None:
    assert "begins with `:`" in scan("model Net(n) {\n", "").diagnostics[0].help
    assert "add the missing `}`" in scan("h_{a = 2\n", "").diagnostics[0].help
