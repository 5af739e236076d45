"""Blocks by indentation."""

import pytest

from rnndsl.syntax.layout import check_layout, line_end, with_layout
from rnndsl.syntax.lexer import scan


def found(text: str) -> dict[int, str]:
    return {place: one.code for place, one in check_layout(scan(text, "test.rnn").lines).items()}


def test_blocks_become_tokens() -> None:
    lines = scan("model M:\n  if a:\n      b = 1\n  c = 2\nmodel N:\n  d = 3\n", "test.rnn").lines
    assert check_layout(lines) == {}
    layout = [token.type for token in with_layout(lines) if token.type in {"INDENT", "DEDENT", "LINE_END"}]
    assert layout == (
        [
            "LINE_END",
            "INDENT",
            "LINE_END",
            "INDENT",
            "LINE_END",
            "DEDENT",
            "LINE_END",
            "DEDENT",
            "LINE_END",
            "INDENT",
            "LINE_END",
            "DEDENT",
        ]
    )


def test_line_end_stands_after_the_last_token() -> None:
    (line,) = scan("a = b  # c", "test.rnn").lines
    assert (line_end(line).span.line, line_end(line).span.column) == (1, 6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model M:\n    a = 1\n", {}),
        ("model M:\n    a = 1\n      b = 2\n    c = 3\n", {1 + 1: "RNN107"}),
        ("  model M:\n    a = 1\n", {0: "RNN107"}),
        ("model M:\n    if a:\n        b = 1\n      c = 2\n", {3: "RNN109"}),
        ("model M:\nmodel N:\n    a = 1\n", {0: "RNN110"}),
        ("model M:\n    for a in b:\n    c = 1\n", {1: "RNN110"}),
        ("model M:\n    if a:\n", {1: "RNN110"}),
        ("a = 1\nb = 2\nmodel M:\n    c = 3\nd = 4\n", {0: "RNN111", 4: "RNN111"}),
        ("modle M:\n    a = 1\n", {0: "RNN104"}),
        ("model M:\n    a = 1\n    cell N:\n        b = 2\n", {2: "RNN111"}),
        ("model M:\n    a = 1\n    else:\n        b = 2\n", {2: "RNN112"}),
        ("model M:\n    if a:\n        b = 2\n    c = 1\n    elif d:\n        e = 2\n", {4: "RNN112"}),
        ("model M:\na = 1\nb = 2\n", {0: "RNN110"}),
        ("model M $:\n    a = 1\n", {}),
        ("model M:\n    if a $\n        b = 1\n    else:\n        c = 2\n", {}),
    ],
)
def test_check(text: str, expected: dict[int, str]) -> None:
    assert found(text) == expected
