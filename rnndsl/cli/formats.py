"""Findings for machines: annotations of GitHub's workflows, and SARIF 2.1.0 (OASIS, 2020) for code scanning."""

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from rnndsl.diagnostics.codes import CODES
from rnndsl.diagnostics.diagnostic import Diagnostic
from rnndsl.diagnostics.span import Span
from rnndsl.version import VERSION

FORMATS: Final = ("text", "json", "github", "sarif")
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one workflow command for each finding, which GitHub shows at its line."""
    return "\n".join(map(_annotation, diagnostics))


def _annotation(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    places = {"title": f"rnndsl {diagnostic.code}", "file": span.file}
    if span.line:
        places |= {"line": str(span.line), "col": str(span.column)}
        places |= {"endLine": str(span.end_line), "endColumn": str(span.end_column)}
    properties = ",".join(f"{name}={_property(value)}" for name, value in places.items() if value)
    return f"::{diagnostic.severity} {properties}::{_data(_told(diagnostic))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _told(diagnostic: Diagnostic) -> str:
    """Return what is wrong with the way out, in one line."""
    return f"{diagnostic.message}; help: {diagnostic.help}" if diagnostic.help else diagnostic.message


def as_sarif(diagnostics: Sequence[Diagnostic], exit_code: int) -> dict[str, Any]:
    """Return one run with every finding; columns count characters from 1, as ours do."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {"name": "rnndsl", "version": VERSION, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "exitCode": exit_code}],
        "results": [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in diagnostics],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    entry = CODES[code]
    help_text = f"{entry.cause}\n\nThis gives it:\n\n{entry.bad}\nThis is right:\n\n{entry.good}"
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.cause},
        "help": {"text": help_text if entry.bad else entry.cause},
    }


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": str(diagnostic.severity),
        "message": {"text": _told(diagnostic)},
    }
    if diagnostic.span.file:
        result["locations"] = [_location(diagnostic.span)]
    labels = [label for label in diagnostic.labels if label.span.file]
    if labels:
        result["relatedLocations"] = [
            _location(label.span) | {"id": number, "message": {"text": label.text or "here"}}
            for number, label in enumerate(labels, 1)
        ]
    return result


def _location(span: Span) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(span.file)}}
    if span.line:
        place["region"] = {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        }
    return {"physicalLocation": place}


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
