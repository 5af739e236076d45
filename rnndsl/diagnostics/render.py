"""Diagnostics as text with carets, in the manner of rustc, and as plain data for `--json`.

error[RNN201]: unknown name `hidden_sz`
  --> lstm.rnn:7:24
   |
 7 |     h[t] = o[t] * tanh(hidden_sz)
   |                        ^^^^^^^^^ not declared
   |
help: did you mean `hidden_size`?
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rnndsl.diagnostics.diagnostic import Diagnostic, Label
from rnndsl.diagnostics.span import Span

CONTEXT: Final = 200
"""Characters of a source line that are shown at most."""

_TAB: Final = 4
_RESET: Final = "\x1b[0m"
_STYLES: Final[dict[str, str]] = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "label": "\x1b[1;34m",
    "help": "\x1b[1;32m",
    "frame": "\x1b[1;34m",
    "strong": "\x1b[1m",
}


@dataclass(frozen=True, slots=True)
class _Mark:
    """One underlined range: the main one with carets, the others with dashes."""

    span: Span
    text: str
    main: bool


@dataclass(frozen=True, slots=True)
class _Painter:
    """Wraps text in colour, or not."""

    colour: bool

    def paint(self, style: str, text: str) -> str:
        return f"{_STYLES[style]}{text}{_RESET}" if self.colour and text else text


def split_lines(text: str) -> list[str]:
    """Split `text` into lines as the lexer counts them: at LF and CRLF, at a lone CR only where there is no LF."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return text.split("\n") if "\n" in text else text.split("\r")


def to_dict(diagnostic: Diagnostic) -> dict[str, object]:
    """Return `diagnostic` as JSON-ready data."""
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "file": diagnostic.span.file,
        "range": _range(diagnostic.span),
        "text": diagnostic.text,
        "labels": [
            {"file": label.span.file, "range": _range(label.span), "text": label.text} for label in diagnostic.labels
        ],
        "help": diagnostic.help,
    }


def _range(span: Span) -> dict[str, dict[str, int]]:
    return {
        "start": {"line": span.line, "column": span.column},
        "end": {"line": span.end_line, "column": span.end_column},
    }


def render_all(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], *, colour: bool = False) -> str:
    """Return all diagnostics, a blank line between them, a line end after the last."""
    lines = {file: split_lines(text) for file, text in sources.items()}
    return "\n".join(_render(diagnostic, lines, _Painter(colour)) for diagnostic in diagnostics)


def render(diagnostic: Diagnostic, sources: Mapping[str, str], *, colour: bool = False) -> str:
    """Return one diagnostic as text; `sources` maps file names to their texts, as the spans name them."""
    return render_all((diagnostic,), sources, colour=colour)


def _render(diagnostic: Diagnostic, sources: Mapping[str, Sequence[str]], painter: _Painter) -> str:
    severity = str(diagnostic.severity)
    title = painter.paint(severity, f"{severity}[{diagnostic.code}]")
    rows = [f"{title}{painter.paint('strong', ': ' + visible(diagnostic.message))}"]
    marks = [_Mark(diagnostic.span, diagnostic.text, main=True), *map(_mark, diagnostic.labels)]
    shown = [mark for mark in marks if mark.span.line]
    width = max((len(str(mark.span.line)) for mark in shown), default=1)
    for file in dict.fromkeys(mark.span.file for mark in shown):
        rows += _render_file(file, [mark for mark in shown if mark.span.file == file], sources, width, painter)
    if diagnostic.help:
        rows.append(f"{painter.paint('help', 'help')}: {visible(diagnostic.help)}")
    return "\n".join(rows) + "\n"


def _mark(label: Label) -> _Mark:
    return _Mark(label.span, label.text, main=False)


def _render_file(
    file: str, marks: Sequence[_Mark], sources: Mapping[str, Sequence[str]], width: int, painter: _Painter
) -> list[str]:
    first = marks[0].span
    rows = [f"{' ' * width}{painter.paint('frame', '-->')} {visible(file)}:{first.line}:{first.column}"]
    lines = sources.get(file)
    numbers = sorted({mark.span.line for mark in marks})
    if lines is None or not any(number <= len(lines) for number in numbers):
        return rows
    frame = painter.paint("frame", f"{' ' * width} |")
    rows.append(frame)
    before = 0
    for number in numbers:
        if number > len(lines):
            continue
        if before and number > before + 1:
            rows.append(painter.paint("frame", "..."))
        before = number
        here = [mark for mark in marks if mark.span.line == number]
        source, places = _excerpt(lines[number - 1], here)
        rows.append(f"{painter.paint('frame', f'{number:>{width}} |')} {source}".rstrip())
        rows += [f"{frame} {row}" for row in _underlines(here, places, painter)]
    return [*rows, frame]


def _excerpt(line: str, marks: Sequence[_Mark]) -> tuple[str, list[tuple[int, int]]]:
    """Return the part of `line` around the main mark as it is shown, and where each mark stands in it, in cells."""
    anchor = next((mark for mark in marks if mark.main), marks[0]).span.column - 1
    start = max(0, min(anchor - CONTEXT // 2, len(line) - CONTEXT))
    end = min(len(line), start + CONTEXT)
    lead = "..." if start else ""
    cells = [len(lead)]
    shown = [lead]
    for character in line[start:end]:
        text = " " * _TAB if character == "\t" else visible(character)
        shown.append(text)
        cells.append(cells[-1] + sum(map(_cells, text)))
    tail = "..." if end < len(line) else ""
    places = []
    for mark in marks:
        left = min(max(mark.span.column - 1 - start, 0), end - start)
        last = mark.span.end_column - 1 if mark.span.end_line == mark.span.line else len(line)
        right = min(max(last - start, left), end - start)
        places.append((cells[left], max(cells[right], cells[left] + 1)))
    return "".join(shown) + tail, places


def _underlines(marks: Sequence[_Mark], places: Sequence[tuple[int, int]], painter: _Painter) -> list[str]:
    """Return a line of carets and dashes for each mark, from left to right; the main one first at equal places."""
    rows = []
    ordered = sorted(zip(places, marks, strict=True), key=lambda pair: (pair[0][0], not pair[1].main))
    for (start, end), mark in ordered:
        sign, style = ("^", "error") if mark.main else ("-", "label")
        text = f"{sign * (end - start)} {visible(mark.text)}".rstrip()
        rows.append(" " * start + painter.paint(style, text))
    return rows


def _cells(character: str) -> int:
    """Return how many cells of a terminal `character` takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def visible(text: str) -> str:
    """Return `text` with everything that a terminal would act on, or not show, written as `<U+202E>`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return f"<U+{ord(character):04X}>" if hidden else character
