"""Mistakes that authors make, each with its finding on its line, and the transcripts of what they read.

A file of `tests/cases/bad` holds specs under `#: titles`; a line with a mistake says so in a comment, `# error: RNN201`
or `# warning: RNN227`, which the compiler does not see. The transcripts beside them (`.txt`) are golden: read what a
change makes of them.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import rnndsl
from rnndsl.diagnostics.codes import CODES
from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.diagnostics.render import render_all
from rnndsl.locations import data_folder
from tests.conftest import Golden

FOLDER = Path(__file__).parents[1] / "cases" / "bad"
FILES = sorted(FOLDER.glob("*.rnn"))
_MARK = re.compile(r"  # (error|warning): ((?:RNN[0-9]{3} ?)+)$")


@dataclass(frozen=True)
class Case:
    """A spec with mistakes: its text without the marks, and what is wanted as line, severity and code."""

    title: str
    text: str
    wanted: tuple[tuple[int, str, str], ...]


@cache
def findings(case: Case) -> tuple[Diagnostic, ...]:
    try:
        return rnndsl.check(case.text).warnings
    except SpecError as error:
        return error.diagnostics


@cache
def cases(path: Path) -> tuple[Case, ...]:
    return tuple(_cases(path.read_bytes().decode()))


def _cases(text: str) -> Iterator[Case]:
    for part in re.split(r"^#: ", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        lines = body.strip("\n").split("\n")
        marks = [(number, _MARK.search(line)) for number, line in enumerate(lines, 1)]
        wanted = [(number, mark[1], code) for number, mark in marks if mark for code in mark[2].split()]
        yield Case(title, "\n".join(_MARK.sub("", line) for line in lines) + "\n", tuple(wanted))


EVERY = [case for path in FILES for case in cases(path)]


def test_there_are_many_and_each_is_another() -> None:
    assert len(EVERY) >= 300
    assert len({case.title for case in EVERY}) == len({case.text for case in EVERY}) == len(EVERY)


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.title.replace(" ", "_"))
def test_a_mistake_is_found_on_its_line_and_comes_with_a_way_out(case: Case) -> None:
    found = findings(case)
    assert tuple(sorted((one.span.line, str(one.severity), one.code) for one in found)) == tuple(sorted(case.wanted))
    assert case.wanted
    for one in found:
        assert one.code in CODES
        assert one.help
        assert not one.help.endswith(".")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_the_author_reads(path: Path, golden: Golden) -> None:
    told = [f"#: {case.title}\n{render_all(findings(case), {'<text>': case.text})}" for case in cases(path)]
    golden(f"bad/{path.stem}.txt", "\n".join(told))


def test_the_mistakes_show_most_kinds_of_findings() -> None:
    shown = {code for case in EVERY for _, _, code in case.wanted}
    assert len(shown) >= 70


def test_messages_of_sizes_do_not_contradict_their_labels() -> None:
    """Both sides of a conflict are shown with their origin, and they are the two that the message names."""
    told = [one for case in EVERY for one in findings(case) if one.code == "RNN302"]
    assert len(told) >= 10
    for one in told:
        sizes = set(re.findall(r"`([^`]+)`", one.message.removeprefix(one.message.split(",")[0].split(" makes ")[0])))
        assert sizes == {label.text.split("`")[1] for label in one.labels}
        assert len(sizes) == 2


#: Findings about two things that do not go together, or about one that is elsewhere said to be another.
TWO_SIDED = frozenset(
    {
        "RNN205", "RNN207", "RNN212", "RNN213", "RNN301", "RNN302", "RNN304", "RNN306", "RNN401", "RNN402", "RNN403",
        "RNN407", "RNN409", "RNN411", "RNN414", "RNN415", "RNN416", "RNN419",
    }
)  # fmt: skip


def test_both_sides_are_shown_with_their_origin() -> None:
    """What another place says is shown there, unless it is the language or the library that says it."""
    alone = {
        (case.title, one.code) for case in EVERY for one in findings(case) if one.code in TWO_SIDED and not one.labels
    }
    assert alone == {
        ("a cell without its size", "RNN207"),
        ("a cell without the second call", "RNN207"),
        ("sampling as an assignment", "RNN207"),
        ("a slice that counts from 0", "RNN306"),
    }


def changed(text: str, chance: random.Random) -> str:
    """Return a spec with a few words replaced, removed, repeated or exchanged."""
    words = re.findall(r"\w+|\s+|\S", text)
    for _ in range(chance.randint(1, 4)):
        here, there = chance.randrange(len(words)), chance.randrange(len(words))
        match chance.randrange(4):
            case 0:
                words[here] = words[there]
            case 1:
                words[here] = ""
            case 2:
                words.insert(here, words[there])
            case _:
                words[here], words[there] = words[there], words[here]
    return "".join(words) + "\n"


@pytest.mark.parametrize("seed", range(8))
def test_specs_that_are_changed_at_random_are_right_or_refused_with_a_way_out(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    texts = [path.read_text(encoding="utf-8") for path in sorted(data_folder("specs").glob("*/*.rnn"))]
    texts += [case.text for case in EVERY]
    for _ in range(40):
        text = changed(chance.choice(texts), chance)
        for one in findings(Case("", text, ())):
            assert one.help, (one, text)
            assert one.code in CODES
