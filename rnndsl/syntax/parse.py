"""Text to syntax tree, or every independent mistake in it.

A file without mistakes is parsed as a whole. When that fails, each line answers for itself: blocks are checked by
indentation, lines are parsed one by one, so a mistake never shadows or breeds another.
"""

from typing import cast

from rnndsl.diagnostics.diagnostic import Diagnostic, Severity, SpecError
from rnndsl.diagnostics.span import Span
from rnndsl.syntax.characters import normalise_lines
from rnndsl.syntax.grammar import UnexpectedTokenError, acceptable, parse_tokens
from rnndsl.syntax.layout import check_layout, line_end, with_layout
from rnndsl.syntax.lexer import Scan, scan
from rnndsl.syntax.limits import MAX_BYTES, MAX_ERRORS
from rnndsl.syntax.messages import Slip, explain
from rnndsl.syntax.tokens import Line, Token
from rnndsl.syntax.tree import Block, Import, SyntaxTree


def parse(text: str, file: str) -> SyntaxTree:
    """Parse the text of one `.rnn` file; `file` is only the name shown in messages.

    Raises:
        SpecError: with one diagnostic for each independent mistake, at most 20.
    """
    if len(text) > MAX_BYTES:
        message = f"a spec of {len(text):,} characters"
        raise SpecError([Diagnostic("RNN504", message, _start(file), help=f"specs have at most {MAX_BYTES:,}")])
    found = scan(normalise_lines(text), file)
    if not found.diagnostics:
        if not found.lines:
            way = "a spec holds at least one `model Name(...):` or `cell Name(...):`"
            raise SpecError([Diagnostic("RNN131", "nothing is declared in this file", _start(file), help=way)])
        tree = _parse_whole(found, file)
        if tree is not None:
            return tree
    raise SpecError(_mistakes(found))


def _start(file: str) -> Span:
    return Span(file, 1, 1, 1, 2)


def _parse_whole(found: Scan, file: str) -> SyntaxTree | None:
    """Return the tree, or None when there is a mistake somewhere."""
    if check_layout(found.lines):
        return None
    try:
        parts = cast("tuple[Import | Block, ...]", parse_tokens(with_layout(found.lines), "file"))
    except (UnexpectedTokenError, SpecError):
        return None
    imports = tuple(part for part in parts if isinstance(part, Import))
    blocks = tuple(part for part in parts if isinstance(part, Block))
    return SyntaxTree(imports, blocks, found.comments, file, warnings=_warnings(found))


def _mistakes(found: Scan) -> list[Diagnostic]:
    """Return the diagnostics of the lexer, the layout and every line, at most 20, first ones first."""
    diagnostics = list(found.diagnostics)
    # Where scanning stopped, blocks are cut short: what they lack is not the author's mistake.
    layout = check_layout(found.lines) if found.complete else {}
    for position, line in enumerate(found.lines):
        if not line.broken:
            diagnostics += _line_mistakes(line, layout.get(position))
        if len(diagnostics) >= 2 * MAX_ERRORS:
            break
    if not diagnostics:
        raise AssertionError("a file that does not parse has a line that does not")
    ordered = sorted(diagnostics, key=lambda one: (one.span.line, one.span.column))
    return ordered[:MAX_ERRORS]


def _line_mistakes(line: Line, layout: Diagnostic | None) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a line: its place among the lines first, unless what lacks is its body."""
    if layout is not None and layout.code != "RNN110":
        return (layout,)
    tokens = (*line.tokens, line_end(line))
    try:
        parse_tokens(tokens, "line")
    except UnexpectedTokenError as error:
        position = min(error.position, len(tokens) - 1)
        return (explain(Slip(tokens, position, acceptable(tokens[:position], "line"))),)
    except SpecError as error:
        return error.diagnostics
    return () if layout is None else (layout,)


def _warnings(found: Scan) -> tuple[Diagnostic, ...]:
    """Return what is legal and surely not meant: numbers too small to be told from 0."""
    return tuple(
        Diagnostic(
            "RNN150",
            f"`{token.text}` is too small for a number and becomes 0",
            token.span,
            help="write `0` if that is meant",
            severity=Severity.WARNING,
        )
        for line in found.lines
        for token in line.tokens
        if _underflows(token)
    )


def _underflows(token: Token) -> bool:
    return token.type == "NUMBER" and float(token.text) == 0 and token.text.lower().split("e")[0].strip("0.") != ""
