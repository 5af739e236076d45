"""Indentation: blocks from logical lines, and what is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rnndsl.diagnostics.diagnostic import Diagnostic
from rnndsl.diagnostics.habits import STATEMENTS, known_habit
from rnndsl.diagnostics.span import Span
from rnndsl.diagnostics.suggest import nearest
from rnndsl.syntax.tokens import TOP_LEVEL, Line, Token


def with_layout(lines: tuple[Line, ...]) -> Iterator[Token]:
    """Yield all tokens with LINE_END after each line, and INDENT and DEDENT around blocks.

    Precondition: `check_layout` has found nothing.
    """
    levels = [0]
    for line in lines:
        start = _point(line.tokens[0].span, at_end=False)
        while line.indent < levels[-1]:
            levels.pop()
            yield Token("DEDENT", "", start)
        if line.indent > levels[-1]:
            levels.append(line.indent)
            yield Token("INDENT", "", start)
        yield from line.tokens
        yield line_end(line)
    for _ in levels[1:]:
        yield Token("DEDENT", "", line_end(lines[-1]).span)


def line_end(line: Line) -> Token:
    """Return the token that ends `line`."""
    return Token("LINE_END", "", _point(line.tokens[-1].span, at_end=True))


def _point(span: Span, *, at_end: bool) -> Span:
    if at_end:
        return Span(span.file, span.end_line, span.end_column, span.end_line, span.end_column + 1)
    return Span(span.file, span.line, span.column, span.line, span.column)


@dataclass(slots=True)
class _Level:
    """One depth of indentation, and the line of it that came last."""

    indent: int
    last: Line | None = None


@dataclass(slots=True)
class _Checker:
    """State of one walk over the lines of a file."""

    levels: list[_Level] = field(default_factory=lambda: [_Level(0)])
    found: dict[int, Diagnostic] = field(default_factory=dict)
    previous: Line | None = None
    outside: bool = False


def check_layout(lines: tuple[Line, ...]) -> dict[int, Diagnostic]:
    """Return what is wrong with the blocks: position of a line to its diagnostic; broken lines have none of it."""
    checker = _Checker()
    for position, line in enumerate(lines):
        diagnostic = _move(checker, position, line, lines) or _place(checker, line)
        if diagnostic is not None and not line.broken:
            checker.found[position] = diagnostic
        checker.levels[-1].last = line
        checker.previous = line
    if lines and lines[-1].opens_block and not lines[-1].broken:
        checker.found.setdefault(len(lines) - 1, _no_body(lines[-1]))
    return checker.found


def _move(checker: _Checker, position: int, line: Line, lines: tuple[Line, ...]) -> Diagnostic | None:
    """Enter and leave levels; report indentation that opens or closes nothing."""
    levels, previous = checker.levels, checker.previous
    if line.indent > levels[-1].indent:
        levels.append(_Level(line.indent))
        if previous is None or not (previous.opens_block or previous.broken):
            return _unexpected_indent(line)
        return None
    if previous is not None and previous.opens_block:
        if not previous.broken:
            checker.found.setdefault(position - 1, _no_body(lines[position - 1]))
        checker.outside = checker.outside or previous.indent == 0
    left = levels[-1]
    while line.indent < levels[-1].indent:
        left = levels.pop()
    if line.indent == levels[-1].indent:
        return None
    near = " or ".join(str(level.indent) for level in (levels[-1], left) if level.indent)
    levels.append(_Level(line.indent))
    message = "this line is indented like no line before it"
    way = f"indent it by {near} spaces, like the block that it belongs to"
    return Diagnostic("RNN109", message, line.tokens[0].span, help=way)


def _place(checker: _Checker, line: Line) -> Diagnostic | None:
    """Report statements outside blocks, blocks inside blocks, and `else` without `if`."""
    first = line.tokens[0]
    if len(checker.levels) == 1:
        if first.type in TOP_LEVEL:
            checker.outside = False
            return None
        reported, checker.outside = checker.outside, not line.opens_block
        return None if reported else _outside(line)
    if first.type in TOP_LEVEL:
        way = "start it at the left margin"
        return Diagnostic("RNN111", f"`{first.text}` inside a block", first.span, help=way)
    if first.type in {"ELIF", "ELSE"}:
        before = checker.levels[-1].last
        if before is None or not (before.broken or before.tokens[0].type in {"IF", "ELIF"}):
            way = "it continues an `if` with the same indentation"
            return Diagnostic("RNN112", f"`{first.text}` without an `if`", first.span, help=way)
    return None


def _outside(line: Line) -> Diagnostic:
    first = line.tokens[0]
    habit = known_habit(STATEMENTS, first.text) if first.type == "NAME" and len(line.tokens) > 1 else ""
    if habit and line.tokens[1].type in {"NAME", "NUMBER", "COLON"}:
        return Diagnostic("RNN104", f"unknown statement `{first.text}`", first.span, help=habit)
    meant = nearest(first.text, ("model", "cell", "from")) if line.opens_block or len(line.tokens) > 1 else None
    if meant and first.type == "NAME" and line.tokens[1].type in {"NAME", "STRING"}:
        return Diagnostic("RNN104", f"unknown statement `{first.text}`", first.span, help=f"did you mean `{meant}`?")
    return Diagnostic(
        "RNN111",
        "a statement outside of any model or cell",
        first.span,
        help="indent it under a `model Name(...):` or `cell Name(...):` line",
    )


def _unexpected_indent(line: Line) -> Diagnostic:
    way = "indent it like the line before; only a line that ends with `:` has an indented block"
    return Diagnostic("RNN107", "unexpected indentation", line.tokens[0].span, help=way)


def _no_body(line: Line) -> Diagnostic:
    first = line.tokens[0]
    return Diagnostic(
        "RNN110",
        f"nothing is indented under this `{first.text}`",
        first.span,
        help="indent the statements that belong to it by four spaces",
    )
