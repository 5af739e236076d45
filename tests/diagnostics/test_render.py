"""Diagnostics as text and as data."""

import json
import re

from rnndsl.diagnostics.diagnostic import Diagnostic, Label, Severity
from rnndsl.diagnostics.render import render, render_all, split_lines, to_dict, visible
from rnndsl.diagnostics.span import NOWHERE, Span

SOURCE = "model M(hidden_size):\n    index t : sequence\n    h[t] = tanh(hidden_sz)\n"


def at(line: int, start: int, end: int, file: str = "lstm.rnn") -> Span:
    return Span(file, line, start, line, end)


def test_one_place() -> None:
    found = Diagnostic("RNN201", "unknown name `hidden_sz`", at(3, 17, 26), "not declared", help="did you mean `x`?")
    assert render(found, {"lstm.rnn": SOURCE}) == (
        "error[RNN201]: unknown name `hidden_sz`\n"
        " --> lstm.rnn:3:17\n"
        "  |\n"
        "3 |     h[t] = tanh(hidden_sz)\n"
        "  |                 ^^^^^^^^^ not declared\n"
        "  |\n"
        "help: did you mean `x`?\n"
    )


def test_several_places_and_files() -> None:
    labels = (Label(at(1, 9, 20), "declared here"), Label(at(3, 12, 16), "and this"), Label(at(1, 1, 2, "b.rnn"), ""))
    found = Diagnostic("RNN301", "no", at(3, 17, 26), "main", labels, severity=Severity.WARNING)
    assert render(found, {"lstm.rnn": SOURCE, "b.rnn": "cell"}) == (
        "warning[RNN301]: no\n"
        " --> lstm.rnn:3:17\n"
        "  |\n"
        "1 | model M(hidden_size):\n"
        "  |         ----------- declared here\n"
        "...\n"
        "3 |     h[t] = tanh(hidden_sz)\n"
        "  |            ---- and this\n"
        "  |                 ^^^^^^^^^ main\n"
        "  |\n"
        " --> b.rnn:1:1\n"
        "  |\n"
        "1 | cell\n"
        "  | -\n"
        "  |\n"
    )


def test_without_source_or_place() -> None:
    assert (
        render(Diagnostic("RNN510", "cannot read", at(1, 1, 1)), {})
        == "error[RNN510]: cannot read\n --> lstm.rnn:1:1\n"
    )
    assert render(Diagnostic("RNN601", "wrong data", NOWHERE, help="h"), {}) == "error[RNN601]: wrong data\nhelp: h\n"


def caret(line: str, column: int) -> int:
    text = render(Diagnostic("RNN101", "m", at(1, column, column + 1)), {"lstm.rnn": line})
    return next(row.index("^") for row in text.split("\n") if "^" in row) - len("1 | ")


def test_caret_stands_under_the_character() -> None:
    assert caret("a = b", 5) == 4
    assert caret("a\t= b", 3) == 5
    assert caret("# \u4e2d\u6587 x", 6) == 7
    assert caret("# e\u0301 x", 6) == 4
    assert caret("# \u202e x", 5) == 2 + len("<U+202E> ")


def test_long_lines_are_cut_around_the_caret() -> None:
    line = "a" * 400_000 + "\u00e9" + "b" * 400_000
    text = render(Diagnostic("RNN113", "m", at(1, 400_001, 400_002)), {"lstm.rnn": line})
    rows = text.split("\n")
    assert max(map(len, rows)) < 220
    assert rows[3][rows[4].index("^")] == "\u00e9"
    assert rows[3].startswith("1 | ...a")
    assert rows[3].endswith("b...")


def test_a_place_at_the_end_of_a_line() -> None:
    assert caret("a =", 4) == 3


def test_a_range_over_several_lines_is_shown_on_its_first() -> None:
    found = Diagnostic("RNN101", "m", Span("lstm.rnn", 1, 9, 2, 5))
    assert "  |         ^^^^^^^^^^^^^\n" in render(found, {"lstm.rnn": SOURCE})


def test_colour_changes_nothing_but_colour() -> None:
    found = Diagnostic("RNN201", "unknown", at(3, 17, 26), "here", (Label(at(1, 1, 6), "there"),), "way")
    plain = render(found, {"lstm.rnn": SOURCE})
    coloured = render(found, {"lstm.rnn": SOURCE}, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_nothing_from_the_file_reaches_the_terminal_unseen() -> None:
    found = Diagnostic("RNN114", "\x1b[2J", at(1, 1, 2, "a\x1b.rnn"), "\x07")
    text = render(found, {"a\x1b.rnn": "# \x1b[31m \x9b"})
    assert all(character == "\n" or character.isprintable() for character in text)
    assert visible("a\u202eb") == "a<U+202E>b"


def test_all_have_a_blank_line_between() -> None:
    found = Diagnostic("RNN601", "m", NOWHERE)
    assert render_all([found, found], {}) == "error[RNN601]: m\n\nerror[RNN601]: m\n"
    assert render_all([], {}) == ""


def test_lines_are_those_of_the_lexer() -> None:
    assert split_lines("a\r\nb\x0cc\u2028d\re\n") == ["a", "b\x0cc\u2028d\re", ""]
    assert split_lines("a\rb") == ["a", "b"]
    assert split_lines("\ufeffa") == ["a"]


def test_data() -> None:
    found = Diagnostic("RNN201", "unknown", at(3, 17, 26), "here", (Label(at(1, 1, 6), "there"),), "way")
    assert json.loads(json.dumps(to_dict(found))) == {
        "code": "RNN201",
        "severity": "error",
        "message": "unknown",
        "file": "lstm.rnn",
        "range": {"start": {"line": 3, "column": 17}, "end": {"line": 3, "column": 26}},
        "text": "here",
        "labels": [
            {
                "file": "lstm.rnn",
                "range": {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 6}},
                "text": "there",
            }
        ],
        "help": "way",
    }
