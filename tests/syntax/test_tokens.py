"""The words of the language."""

from rnndsl.syntax.lexer import scan
from rnndsl.syntax.tokens import OPERATORS, RESERVED, STATEMENTS, SUFFIXES


def test_headers_and_colons_open_blocks() -> None:
    lines = scan("model M\nfor k in n\nwhile a:\nb = 1\nelse:\n", "test.rnn").lines
    assert [line.opens_block for line in lines] == [True, True, True, False, True]


def test_no_word_has_two_meanings() -> None:
    tables = (OPERATORS, RESERVED, STATEMENTS, SUFFIXES)
    words = [word for table in tables for word in table]
    kinds = [kind for table in tables for kind in table.values()]
    assert len(words) == len(set(words))
    assert len(kinds) == len(set(kinds))
