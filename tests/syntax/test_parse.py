"""Whole files: the corpora of good and bad specs, independence of mistakes, fuzzing."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnndsl.diagnostics.codes import CODES
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.syntax.lexer import scan
from rnndsl.syntax.parse import parse
from rnndsl.syntax.tokens import OPERATORS, RESERVED, STATEMENTS, SUFFIXES
from tests.growth import doubled

CASES = Path(__file__).parents[1] / "cases" / "syntax"
GOOD = sorted((CASES / "good").glob("*.rnn"))
BAD = sorted((CASES / "bad").glob("*.rnn"))
#: Of reading and parsing; the limits of an expansion (RNN505 to RNN509) are tested where specs are expanded.
LIMITS = frozenset({"RNN501", "RNN502", "RNN503", "RNN504", "RNN510", "RNN511", "RNN512"})
WORDS = (*OPERATORS, *RESERVED, *STATEMENTS, *SUFFIXES, "h", "x", "t", "3", "0.5", "{", "}", "\n", "\n    ", "#", '"')


def codes(text: str) -> list[tuple[int, str]]:
    try:
        parse(text, "test.rnn")
    except SpecError as error:
        return [(one.span.line, one.code) for one in error.diagnostics]
    return []


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good(path: Path) -> None:
    tree = parse(path.read_text(encoding="utf-8"), path.name)
    assert tree.blocks
    assert not tree.warnings
    assert tree.file == path.name


def test_the_examples_of_the_language_are_there() -> None:
    assert len(GOOD) >= 9


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad(path: Path) -> None:
    text = path.read_bytes().decode()
    wanted = [
        (number, code)
        for number, line in enumerate(text.split("\n"), start=1)
        for code in re.findall(r"# E: (RNN[0-9]{3})", line)
    ]
    assert wanted
    assert codes(text) == wanted


def test_the_corpus_shows_every_code_that_a_line_can_show() -> None:
    shown = set(re.findall(r"# E: (RNN[0-9]{3})", "".join(path.read_text(encoding="utf-8") for path in BAD)))
    syntax = {code for code in CODES if code.startswith("RNN1")} - {"RNN150"}
    assert shown >= syntax
    assert len(BAD) >= 40


@pytest.mark.parametrize("code", [code for code in CODES if code < "RNN2" or code in LIMITS])
def test_explained_examples(code: str) -> None:
    entry = CODES[code]
    if not entry.bad:
        assert code in {"RNN502", "RNN504", "RNN510", "RNN511", "RNN512"}
        return
    try:
        found = [one.code for one in parse(entry.bad, "bad.rnn").warnings]
    except SpecError as error:
        found = [one.code for one in error.diagnostics]
    assert found == [code]
    assert not parse(entry.good, "good.rnn").warnings


def test_every_diagnostic_says_what_to_do() -> None:
    for path in BAD:
        try:
            parse(path.read_bytes().decode(), path.name)
        except SpecError as error:
            for one in error.diagnostics:
                assert one.help or one.code == "RNN101"
                assert one.code in CODES
                assert one.span.file == path.name
                assert (one.span.end_line, one.span.end_column) > (one.span.line, one.span.column)


def test_mistakes_are_independent() -> None:
    lines = ["a = 1", "b = 2 *", "c = 3", "d = (4", "e = 5", "parm f", "g = 6", "h = 1 < 2 < 3"]
    text = "model Net(n):\n" + "".join(f"    {line}\n" for line in lines)
    assert codes(text) == [(3, "RNN123"), (5, "RNN105"), (7, "RNN104"), (9, "RNN122")]


def test_one_hundred_mistakes_give_twenty() -> None:
    text = "model Net(n):\n" + "    a = 2 *\n" * 100
    assert codes(text) == [(line, "RNN123") for line in range(2, 22)]
    text = "model Net(n):\n" + "    a = 2x\n" * 100
    assert codes(text) == [(line, "RNN115") for line in range(2, 22)]


def test_a_broken_header_breaks_only_itself() -> None:
    text = "model Net(n:\n    a = 1\n    for k in 1..:\n        b = 2\n    c = 3\ncell Other(n):\n    d = 4\n"
    assert codes(text) == [(1, "RNN105"), (3, "RNN123")]


def test_a_body_at_the_margin_is_one_mistake() -> None:
    assert codes("model Net(n):\na = 1\nb = 2\nc = 3\n") == [(1, "RNN110")]


def test_numbers_too_small_are_a_warning() -> None:
    tree = parse("model Net(n):\n    a = 1e-999 + 0.0 + 0e5\n", "test.rnn")
    assert [(one.code, one.severity) for one in tree.warnings] == [("RNN150", "warning")]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_parses_or_is_refused(text: str) -> None:
    codes(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=60), st.booleans())
def test_any_words_parse_or_are_refused(words: list[str], block: bool) -> None:  # noqa: FBT001
    text = " ".join(words)
    found = codes(f"model Net(n):\n    {text}" if block else text)
    assert len({line for line, _ in found}) == len(found)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(GOOD), st.integers(0, 10**9))
def test_changed_specs_parse_or_are_refused(path: Path, seed: int) -> None:
    text = path.read_text(encoding="utf-8")
    chance = random.Random(seed)  # noqa: S311
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(text))
        end = start + chance.randint(0, 3)
        text = text[:start] + chance.choice(["", *WORDS]) + text[end:]
    codes(text)


def test_logical_lines() -> None:
    text = (CASES / "good" / "ntm.rnn").read_text(encoding="utf-8")
    assert len(scan(text, "ntm.rnn").lines) == 31


def test_time_grows_with_the_length_of_a_file() -> None:
    text = (CASES / "good" / "ntm.rnn").read_text(encoding="utf-8")
    blocks = len(parse(text, "ntm.rnn").blocks)
    assert len(parse(text * 20, "long.rnn").blocks) == 20 * blocks
    assert doubled(lambda copies: parse(text * copies, "long.rnn"), 10) < 2.3
