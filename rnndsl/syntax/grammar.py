"""The LALR(1) parser of `grammar/rnn.lark`, built once per process.

The transformer runs inside the parser, bottom-up, so that no step of parsing recurses.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, cast

from lark import Lark
from lark import Token as LarkToken
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer

from rnndsl.locations import data_folder
from rnndsl.syntax.statements import StatementBuilder
from rnndsl.syntax.tokens import Token


class UnexpectedTokenError(Exception):
    """The parser met a token that cannot stand there; `position` counts the tokens before it."""

    def __init__(self, position: int) -> None:
        """Keep the position."""
        super().__init__(position)
        self.position = position


class _TokenLexer(Lexer):
    """Lark's door for tokens made elsewhere: the text that it gets is already a list of them."""

    __future_interface__ = 2

    def __init__(self, lexer_conf: Any) -> None:
        """Lark wants a lexer to take its configuration; there is nothing to configure."""

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[LarkToken]:
        """Yield the tokens as they are."""
        yield from lexer_state.text


def grammar_text() -> str:
    """Return the grammar as it ships."""
    return (data_folder("grammar") / "rnn.lark").read_text(encoding="utf-8")


def build_parser(starts: Sequence[str]) -> Lark:
    """Build the parser with `starts` as start symbols; refuses a grammar with conflicts."""
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer=_TokenLexer,
        strict=True,
        start=list(starts),
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=StatementBuilder(),
    )


@cache
def _parser() -> Lark:
    return build_parser(("file", "line"))


def parse_tokens(tokens: Iterable[Token], start: str, parser: Lark | None = None) -> object:
    """Parse `tokens` from the symbol `start` and return what its rule builds.

    Raises:
        UnexpectedTokenError: the tokens do not follow the grammar.
        SpecError: they do, but mean nothing.
    """
    state = (parser or _parser()).parse_interactive(start=start)
    position = -1
    try:
        for position, token in enumerate(tokens):  # noqa: B007 (it is wanted where the loop broke off)
            state.feed_token(cast("LarkToken", token))
        position += 1
        return state.feed_eof()  # type: ignore[no-untyped-call]
    except UnexpectedToken:
        raise UnexpectedTokenError(position) from None


def state_after(tokens: Iterable[Token], start: str) -> int:
    """Return the number of the parser's state after `tokens`, which must parse; it identifies the state, no more."""
    state = _parser().parse_interactive(start=start)
    for token in tokens:
        state.feed_token(cast("LarkToken", token))
    return int(state.parser_state.position)


def acceptable(tokens: Iterable[Token], start: str) -> frozenset[str]:
    """Return the terminals that may follow `tokens`, which must parse.

    A token that does not fit makes an LALR parser reduce before it notices; so this starts again without that token.
    """
    state = _parser().parse_interactive(start=start)
    for token in tokens:
        state.feed_token(cast("LarkToken", token))
    return frozenset(state.accepts())  # type: ignore[no-untyped-call]
