"""The grammar: an example for every rule, no conflicts, the same words as the lexer."""

import re
import sys

import pytest
from lark import GrammarError, Lark

from rnndsl.syntax.grammar import build_parser, grammar_text, parse_tokens
from rnndsl.syntax.layout import with_layout
from rnndsl.syntax.lexer import scan
from rnndsl.syntax.tokens import OPERATORS, RESERVED, STATEMENTS, SUFFIXES

_RULE = re.compile(r"^\??([a-z_]+): ", re.MULTILINE)
_EXAMPLE = re.compile(r"^// example: (.*)\n\??([a-z_]+): ", re.MULTILINE)

EXAMPLES = {rule: example.replace("\\n", "\n") for example, rule in _EXAMPLE.findall(grammar_text())}
RULES = tuple(_RULE.findall(grammar_text()))


@pytest.fixture(scope="module")
def parser() -> Lark:
    return build_parser(RULES)


def test_every_rule_has_an_example() -> None:
    assert len(RULES) == len(set(RULES)) > 40
    assert set(EXAMPLES) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_example_is_parsed_by_its_rule(rule: str, parser: Lark) -> None:
    example = EXAMPLES[rule]
    # A rule that is not a line is lexed in a place where its words mean what they mean there.
    lead = {"over": "f(a ", "over_index": "f(a over "}.get(rule, "")
    found = scan(lead + example + ")" * lead.count("("), "example.rnn")
    assert not found.diagnostics
    tokens = list(with_layout(found.lines))
    if not example.endswith("\n"):
        tokens = [token for token in tokens if token.type not in {"LINE_END", "INDENT", "DEDENT"}]
    skipped = len(lead.replace("(", " ( ").split())
    if lead:
        tokens = tokens[skipped:-1]
    if rule in {"elif_part", "else_part"}:
        assert tokens[-1].type == "DEDENT"
    parse_tokens(tokens, rule, parser)


def test_the_tables_of_the_lexer_are_the_terminals_of_the_grammar() -> None:
    terminals = build_parser(["file", "line"]).terminals
    declared = {terminal.pattern.value: terminal.name for terminal in terminals if terminal.pattern.type == "str"}
    assert declared == OPERATORS | RESERVED | STATEMENTS | SUFFIXES


def test_conflicts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    ambiguous = grammar_text().replace("?sum: product\n", '?sum: product\n    | sum "+" sum -> binary\n')
    assert ambiguous != grammar_text()
    monkeypatch.setattr(sys.modules["rnndsl.syntax.grammar"], "grammar_text", lambda: ambiguous)
    with pytest.raises(GrammarError, match="conflict"):
        build_parser(["file"])


def test_no_terminal_depends_on_unicode_classes() -> None:
    patterns = re.findall(r"^[A-Z_]+: /(.*)/$", grammar_text(), re.MULTILINE)
    assert len(patterns) == 6
    assert not [pattern for pattern in patterns if re.search(r"\\[dwsDWS]", pattern)]
