"""Text to logical lines of tokens, with comments kept aside and every lexical mistake reported.

One logical line has at most one diagnostic, so that one mistake never looks like several.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from rnndsl.diagnostics.diagnostic import Diagnostic, Label
from rnndsl.diagnostics.span import Span
from rnndsl.syntax import lexical_errors as errors
from rnndsl.syntax.characters import find_hidden
from rnndsl.syntax.limits import MAX_ERRORS, MAX_NAME, MAX_NESTING, MAX_NUMBER, MAX_TOKENS
from rnndsl.syntax.tokens import HEADERS, OPERAND_ENDS, OPERATORS, RESERVED, STATEMENTS, SUFFIXES, Line, Token
from rnndsl.syntax.tree import Comment

_WORD: Final = r"[A-Za-z_][A-Za-z0-9_]*+(?:\.[A-Za-z_][A-Za-z0-9_]*+)*+"
_REST: Final = r"[A-Za-z0-9_]*+(?:\.[A-Za-z_][A-Za-z0-9_]*+)*+"

_TOKEN: Final = re.compile(
    rf"""(?P<space>[ \t]+)
    | (?P<comment>\#[^\n]*)
    | (?P<newline>\n)
    | (?P<open>(?:{_WORD}\.?+)?+\{{)
    | (?P<name>{_WORD})
    | (?P<number>(?>(?:[0-9]++\.[0-9]++|[0-9]++)(?:[eE][+-]?[0-9]++)?)(?![A-Za-z0-9_])(?!\.(?!\.)))
    | (?P<bad_number>\.?[0-9][A-Za-z0-9_]*+(?:(?<=[eE])[+-][0-9]++|\.(?!\.)[A-Za-z0-9_]*+)*+)
    | (?P<close>\}}{_REST}(?:\.?+\{{)?+)
    | (?P<string>"[^"\n]*+")
    | (?P<bad_string>"[^\n]*+|'[^'\n]*+'?)
    | (?P<foreign>\*\*|&&|\|\||:=|->|<>|===|[-+*/]=(?!=)|/\*|[;!&|`$?\\](?!=))
    | (?P<operator>\.\.|//|<=|>=|==|!=|[-+*/%@^<>=~:,()\[\]])
    | (?P<invalid>.)""",
    re.VERBOSE | re.DOTALL,
)

_AHEAD_OF_NAME: Final = re.compile(r"[ \t]*+[=\[~:,)\]}*/@%^<>+!]")
"""What follows a statement keyword that is used as a name: `cell[t] = ...`, `loss : n = ...`."""
_WORD_IN_BRACE: Final = re.compile(r"\s*+[,}]")
_STATEMENT_START: Final = re.compile(
    r"(?:model|cell|from|index|input|target|param|init|loss|output|let|for|if|elif)[ \t]++[A-Za-z{\"(0-9-]"
    r"|else[ \t]*+:"
    r"|[A-Za-z{][^\s=~:()\[\],\"#]*+(?:\[[^\]\n]*+\])?+[ \t]*+(?:~|=(?!=)|:)"
)
"""How a line looks that begins a statement; only used to find the end of a statement with an unclosed bracket."""

_AFTER: Final = re.compile(r"[A-Za-z][A-Za-z_]{0,31}")
_NAME_END: Final = re.compile(r"[A-Za-z0-9_}]")
_CLOSERS: Final[dict[str, str]] = {")": "(", "]": "[", "}": "{"}


class _LimitReachedError(Exception):
    """Scanning stops here; the diagnostic is already noted."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the lexer found; `complete` is False when it stopped at a limit or at its 20th mistake."""

    lines: tuple[Line, ...]
    comments: tuple[Comment, ...]
    diagnostics: tuple[Diagnostic, ...]
    complete: bool


def scan(text: str, file: str) -> Scan:
    r"""Cut `text` (line ends already `\n`) into logical lines; never raises."""
    scanner = _Scanner(text, file, recover=False)
    scanner.run()
    if scanner.unclosed:
        # The open bracket swallowed what follows it: once more, ending statements where the next one seems to begin.
        scanner = _Scanner(text, file, recover=True)
        scanner.run()
    return Scan(tuple(scanner.lines), tuple(scanner.comments), tuple(scanner.diagnostics), scanner.complete)


@dataclass(slots=True)
class _Scanner:
    """One walk over the text; all its state is local to one call of `scan`."""

    text: str
    file: str
    recover: bool
    lines: list[Line] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    complete: bool = True
    unclosed: bool = False
    _tokens: list[Token] = field(default_factory=list)
    _brackets: list[Token] = field(default_factory=list)
    _count: int = 0
    _line: int = 1
    _line_start: int = 0
    _indent: int = 0
    _broken: bool = False

    def run(self) -> None:
        """Walk to the end, or to a limit."""
        try:
            position = self._start_line(0)
            while position < len(self.text):
                position = self._step(position)
            self._end_line()
        except _LimitReachedError:
            self.complete = False

    def _step(self, position: int) -> int:
        """Take one token at `position`; return where the next one starts."""
        found = _TOKEN.match(self.text, position)
        if found is None:
            raise AssertionError("`invalid` takes any character")
        end = found.end()
        match found.lastgroup:
            case "space":
                pass
            case "newline":
                return self._newline(end)
            case "comment":
                self._comment(position, end)
            case "name":
                self._name(found.group(), position)
            case "operator":
                self._operator(found.group(), position)
            case "number":
                self._number(found.group(), position)
            case "open" | "close":
                self._brace(found.group(), position)
            case "string":
                self._string(found.group(), position)
            case kind:
                self._mistake(kind or "invalid", found.group(), position)
        return end

    # Lines ------------------------------------------------------------------------------------------------------

    def _newline(self, position: int) -> int:
        self._line += 1
        self._line_start = position
        if self._brackets and not self._statement_begins(position):
            return position
        self._end_line()
        return self._start_line(position)

    def _start_line(self, position: int) -> int:
        end = self._skip_blanks(position)
        blanks = self.text[position:end]
        self._indent = len(blanks.expandtabs(4))
        if "\t" in blanks and not self.text.startswith(("#", "\n"), end) and end < len(self.text):
            self._report(errors.tab_in_indentation(self._span(position + blanks.index("\t"), end)))
        return end

    def _skip_blanks(self, position: int) -> int:
        while self.text.startswith((" ", "\t"), position):
            position += 1
        return position

    def _statement_begins(self, position: int) -> bool:
        """Whether the line at `position`, inside brackets, looks like a new statement (only when recovering)."""
        if not self.recover or not self._tokens:
            return False
        if self._tokens[0].type in HEADERS and self._tokens[-1].type == "COLON":
            return True
        start = self._skip_blanks(position)
        begins = _STATEMENT_START.match(self.text, start) is not None
        return begins and start - position <= self._tokens[0].span.column - 1

    def _end_line(self) -> None:
        if self._brackets:
            self.unclosed = True
            header = self._tokens[0].type in HEADERS
            self._report(errors.unclosed_bracket(self._brackets[-1], header=header))
            self._brackets.clear()
        if self._tokens:
            self.lines.append(Line(tuple(self._tokens), self._indent, self._broken))
        self._tokens.clear()
        self._broken = False

    # Tokens -----------------------------------------------------------------------------------------------------

    def _comment(self, position: int, end: int) -> None:
        text = self.text[position:end]
        alone = not self.text[self._line_start : position].strip(" \t")
        hidden = find_hidden(text)
        if hidden >= 0:
            at = position + hidden
            self._note(errors.hidden_character(self.text[at], self._span(at, at + 1), comment=True))
        self.comments.append(Comment(text.rstrip(" \t"), alone, self._span(position, end)))

    def _name(self, text: str, position: int) -> None:
        self._check_name(text, position)
        self._add(self._word_type(text, position), text, position)

    def _word_type(self, text: str, position: int) -> str:
        before = self._tokens[-1].type if self._tokens else ""
        end = position + len(text)
        if text in RESERVED:
            listed = before in {"NAME_OPEN", "NAME_MIDDLE", "COMMA"} and self._in_brace()
            return "NAME" if listed and _WORD_IN_BRACE.match(self.text, end) else RESERVED[text]
        if text in STATEMENTS and not before:
            return "NAME" if _AHEAD_OF_NAME.match(self.text, end) else STATEMENTS[text]
        if text in SUFFIXES and (before in OPERAND_ENDS or before == "BACKWARD"):
            return SUFFIXES[text]
        return "NAME"

    def _in_brace(self) -> bool:
        return bool(self._brackets) and self._brackets[-1].text.endswith("{")

    def _check_name(self, text: str, position: int) -> None:
        for part in text.strip("{}").split("."):
            if part.startswith("_"):
                self._report(errors.leading_underscore(part[:MAX_NAME], self._span(position, position + len(text))))
            elif len(part) > MAX_NAME:
                self._report(errors.name_too_long(len(part), self._span(position, position + MAX_NAME)))

    def _number(self, text: str, position: int) -> None:
        if len(text) > MAX_NUMBER:
            self._report(errors.number_too_long(len(text), self._span(position, position + MAX_NUMBER)))
            text = "0"
        elif float(text) == float("inf"):
            self._report(errors.number_too_large(text, self._span(position, position + len(text))))
        self._add("NUMBER", text, position)

    def _string(self, text: str, position: int) -> None:
        hidden = find_hidden(text)
        if hidden >= 0:
            at = position + hidden
            self._report(errors.hidden_character(self.text[at], self._span(at, at + 1), comment=False))
        self._add("STRING", text, position)

    def _operator(self, text: str, position: int) -> None:
        token = self._add(OPERATORS[text], text, position)
        if text in "([":
            self._open(token)
        elif text in ")]":
            self._close(token, text)

    def _brace(self, text: str, position: int) -> None:
        """Take a piece of a name with braces: `W_{`, `}x_{` or `}x`."""
        closes, opens = text.startswith("}"), text.endswith("{")
        if not closes:
            self._check_name(text, position)
        kind = "NAME_MIDDLE" if closes and opens else "NAME_CLOSE" if closes else "NAME_OPEN"
        token = self._add(kind, text, position)
        if closes:
            self._close(token, "}")
        if opens:
            self._open(token)

    def _open(self, token: Token) -> None:
        self._brackets.append(token)
        if len(self._brackets) > MAX_NESTING:
            self._brackets.clear()
            self._broken = False
            self._report(errors.nested_too_deep(token.span))
            raise _LimitReachedError

    def _close(self, token: Token, closer: str) -> None:
        if not self._brackets:
            self._report(errors.stray_bracket(token, closer))
            return
        opener = self._brackets.pop()
        if not opener.text.endswith(_CLOSERS[closer]):
            self._report(errors.wrong_bracket(token, closer, Label(opener.span, "this one is open")))

    def _mistake(self, kind: str, text: str, position: int) -> None:
        """Report what cannot be a token; nothing is added, the line is broken anyway."""
        span = self._span(position, position + min(len(text), MAX_NUMBER))
        word = _AFTER.match(self.text, position + 1)
        match kind:
            case "bad_number":
                self._report(errors.bad_number(text, span))
            case "bad_string" if text.startswith("'") and _NAME_END.match(self.text[position - 1 : position]):
                self._report(errors.prime(self._tokens[-1].text[:MAX_NAME], self._span(position, position + 1)))
            case "bad_string":
                self._report(errors.bad_string(text, span))
            case "foreign" if text == "\\" and word:
                self._report(errors.latex(word.group(), self._span(position, word.end())))
            case "foreign":
                self._report(errors.foreign_operator(text, span))
            case _ if text == "." and word and self._tokens and self._tokens[-1].type in OPERAND_ENDS:
                self._report(errors.method(word.group(), self._span(position, word.end())))
            case _:
                self._report(errors.invalid_character(text, span))
        if text == "/*":
            raise _LimitReachedError
        if not self._tokens:
            # A line with nothing but mistakes is still a line of its block.
            self._add("NAME", text, position)

    # Shared -----------------------------------------------------------------------------------------------------

    def _add(self, kind: str, text: str, position: int) -> Token:
        token = Token(kind, text, self._span(position, position + len(text)))
        self._tokens.append(token)
        self._count += 1
        if self._count > MAX_TOKENS:
            self._broken = False
            self._report(errors.too_many_tokens(token.span))
            # What is far too long is not searched for mistakes.
            self.lines.clear()
            raise _LimitReachedError
        return token

    def _span(self, start: int, end: int) -> Span:
        return Span(self.file, self._line, start - self._line_start + 1, self._line, end - self._line_start + 1)

    def _report(self, diagnostic: Diagnostic) -> None:
        """Note the first mistake of a logical line."""
        if not self._broken:
            self._broken = True
            self._note(diagnostic)

    def _note(self, diagnostic: Diagnostic) -> None:
        self.diagnostics.append(diagnostic)
        if len(self.diagnostics) >= MAX_ERRORS:
            raise _LimitReachedError
