"""Every state of the parser in which a line can break off has its words."""

from collections.abc import Iterator, Mapping
from functools import cache
from heapq import heappop, heappush
from itertools import count
from typing import Any

import pytest
from lark.parsers.lalr_analysis import Shift

from rnndsl.diagnostics.span import Span
from rnndsl.syntax import grammar
from rnndsl.syntax.expectations import EXPECTATIONS, expectation, sentence_state
from rnndsl.syntax.grammar import acceptable, state_after
from rnndsl.syntax.messages import Slip, explain
from rnndsl.syntax.tokens import OPERAND_ENDS, OPERATORS, RESERVED, STATEMENTS, SUFFIXES, Token

TEXTS = {kind: text for table in (OPERATORS, RESERVED, STATEMENTS, SUFFIXES) for text, kind in table.items()} | {
    "NAME": "h",
    "NUMBER": "1",
    "NAME_OPEN": "a_{",
    "NAME_MIDDLE": "}_{",
    "NAME_CLOSE": "}",
    "STRING": '"f.rnn"',
    "LINE_END": "",
}
Sentence = tuple[str, ...]


@cache
def table() -> tuple[Mapping[int, Mapping[str, Any]], int]:
    """Return the rows of the table of the parser that the compiler uses, and the state where a line starts."""
    found: Any = grammar._parser().parser.parser  # noqa: SLF001 (states are numbered anew whenever one is built)
    return found._parse_table.states, found._parse_table.start_states["line"]  # noqa: SLF001


def shortest_yields() -> dict[str, Sentence]:
    """Return for each symbol that is no terminal the shortest sentence that it can be."""
    rows, _ = table()
    rules = {argument for row in rows.values() for action, argument in row.values() if action is not Shift}
    found: dict[str, Sentence] = {}
    before: dict[str, Sentence] = {"": ()}
    while before != found:
        before = dict(found)
        for rule in sorted(rules, key=str):
            parts = [found.get(one.name) or ((one.name,) if one.name in TEXTS else None) for one in rule.expansion]
            if all(part is not None for part in parts):
                sentence = sum((part for part in parts if part), ())
                found[rule.origin.name] = min(found.get(rule.origin.name, sentence), sentence, key=len)
    return found


def possible(before: str, sentence: Sentence) -> bool:
    """Tell whether the lexer can emit `sentence` after `before`: words such as `over` stand after operands only."""
    pairs = zip((before, *sentence), sentence, strict=False)
    return all(after not in SUFFIXES.values() or one in OPERAND_ENDS or one == "BACKWARD" for one, after in pairs)


@cache
def reachable() -> dict[int, Sentence]:
    """Return for each state right after a token, but for the end of a line, the shortest sentence that leads to it."""
    rows, start = table()
    yields, number = shortest_yields(), count()
    waiting: list[tuple[int, int, int, Sentence]] = [(0, next(number), start, ())]
    seen: set[tuple[int, str]] = set()
    found: dict[int, Sentence] = {start: ()}
    while waiting:
        _, _, state, sentence = heappop(waiting)
        if (state, sentence[-1] if sentence else "") in seen:
            continue
        seen.add((state, sentence[-1] if sentence else ""))
        for symbol, after, longer in steps(rows[state], sentence, yields):
            heappush(waiting, (len(longer), next(number), after, longer))
            if symbol in TEXTS:
                found[after] = min(found.get(after, longer), longer, key=len)
    return found


def steps(
    row: Mapping[str, Any], sentence: Sentence, yields: Mapping[str, Sentence]
) -> Iterator[tuple[str, int, Sentence]]:
    """Yield how a line goes on from a state: over which symbol, to which state, and the longer sentence."""
    for symbol, (action, argument) in sorted(row.items(), key=lambda entry: entry[0]):
        more = yields.get(symbol, (symbol,))
        if action is Shift and possible(sentence[-1] if sentence else "", more) and "LINE_END" not in more:
            yield symbol, argument, (*sentence, *more)


def tokens(sentence: Sentence) -> tuple[Token, ...]:
    return tuple(
        Token(kind, TEXTS[kind], Span("", 1, 2 * k + 1, 1, 2 * k + 2)) for k, kind in enumerate((*sentence, "LINE_END"))
    )


def test_states_are_many() -> None:
    assert len(reachable()) > 120
    assert all(state == state_after(tokens(sentence)[:-1], "line") for state, sentence in reachable().items())


@pytest.mark.parametrize("sentence", sorted(reachable().values()), ids=" ".join)
def test_every_reachable_state_has_a_message_for_every_wrong_token(sentence: Sentence) -> None:
    line = tokens(sentence)
    assert expectation(state_after(line[:-1], "line")) is not None, "write what is expected in `EXPECTATIONS`"
    accepts = acceptable(line[:-1], "line")
    for kind in sorted({*TEXTS, "LINE_END"} - accepts):
        wrong = Token(kind, TEXTS[kind], line[-1].span)
        told = explain(Slip((*line[:-1], wrong, line[-1]) if kind != "LINE_END" else line, len(sentence), accepts))
        assert told.help, (sentence, kind)
        assert not [word for word in told.message.split() if word in TEXTS], (sentence, kind, told.message)


def test_every_sentence_is_needed() -> None:
    sentences = [sentence for one in EXPECTATIONS for sentence in one.after]
    states = [sentence_state(sentence) for sentence in sentences]
    assert len(states) == len(set(states))
    assert set(states) == set(reachable())


def test_every_expectation_says_how_it_is_written() -> None:
    for one in EXPECTATIONS:
        assert one.way or "," in one.after[0] or not one.wanted
        assert not one.way.endswith(".")
