"""What the compiler has to say about a spec: data first, rendering elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from rnndsl.diagnostics.span import NOWHERE, Span


class Severity(StrEnum):
    """How bad it is: an error stops the compiler, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that takes part, with what is to be said there."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a code of `codes.CODES`, the place, what is wrong, and the way out.

    `text` is what stands under the caret of `span`; `labels` are further places (the other side of a conflict);
    `help` is the way out.
    """

    code: str
    message: str
    span: Span
    text: str = ""
    labels: tuple[Label, ...] = ()
    help: str = ""
    severity: Severity = Severity.ERROR


class SpecError(Exception):
    """A spec that cannot be compiled; carries every independent finding, sorted by place."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Keep `diagnostics` (at least one error), ordered by file, line and column."""
        self.diagnostics = tuple(sorted(diagnostics, key=lambda d: (d.span.file, d.span.line, d.span.column)))
        super().__init__("; ".join(f"{d.span}: {d.code}: {d.message}" for d in self.diagnostics))


class DataError(Exception):
    """Data, or a file of data, that a program cannot take; carries one Diagnostic without a place in a spec."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        """Keep the finding; the exception's text is its code and message in one line."""
        self.diagnostic = diagnostic
        super().__init__(f"{diagnostic.code}: {diagnostic.message}")

    @classmethod
    def of(cls, code: str, message: str, *, help: str = "") -> Self:  # noqa: A002 (as the Diagnostic's own field)
        """Make the error from a code, what is wrong, and the way out."""
        return cls(Diagnostic(code, message, NOWHERE, help=help))
