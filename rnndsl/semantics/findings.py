"""Collecting findings: every independent mistake is reported once, and a mistake never causes a second report."""

from collections.abc import Iterable
from typing import Final

from rnndsl.diagnostics.diagnostic import Diagnostic, Label, Severity, SpecError
from rnndsl.diagnostics.span import Span
from rnndsl.diagnostics.suggest import nearest

#: As many as the parser reports; each may cost a search for the name that was meant.
MAX_ERRORS: Final = 20


class TooManyMistakesError(Exception):
    """Enough mistakes have been recorded: the rest of the spec is not looked at."""


class ReportedError(Exception):
    """What was being made cannot be made; the finding that says why has been recorded."""


class Findings:
    """The findings of one expansion, each kind at most once per place (a loop repeats its body, not its mistakes)."""

    def __init__(self) -> None:
        """Start with none."""
        self._found: dict[tuple[str, Span], Diagnostic] = {}
        self._errors = 0
        self._said: set[str] = set()

    def error(self, code: str, message: str, span: Span, *, way: str = "", labels: tuple[Label, ...] = ()) -> None:
        """Record an error with a way out and further places.

        Raises:
            TooManyMistakesError: it is the last one that is reported.
        """
        self._errors += (code, span) not in self._found
        self._found.setdefault((code, span), Diagnostic(code, message, span, labels=labels, help=way))
        if self._errors >= MAX_ERRORS:
            raise TooManyMistakesError

    def fail(
        self, code: str, message: str, span: Span, *, way: str = "", labels: tuple[Label, ...] = ()
    ) -> ReportedError:
        """Record an error and return the exception to raise: what it concerns cannot go on."""
        self.error(code, message, span, way=way, labels=labels)
        return ReportedError(message)

    def warn(self, code: str, message: str, span: Span, *, way: str = "") -> None:
        """Record a warning."""
        self._found.setdefault((code, span), Diagnostic(code, message, span, help=way, severity=Severity.WARNING))

    def unsupported(self, feature: str, span: Span, *, way: str = "") -> None:
        """Record, once for each feature, that the language has it and this compiler has not."""
        if feature not in self._said:
            self._said.add(feature)
            self.error("RNN490", f"{feature} are not supported yet", span, way=way)

    def adopt(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Take over what another stage has found."""
        for diagnostic in diagnostics:
            self._found.setdefault((diagnostic.code, diagnostic.span), diagnostic)

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self._found.values())

    @property
    def all(self) -> tuple[Diagnostic, ...]:
        """All findings in the order in which they were made."""
        return tuple(self._found.values())

    def check(self) -> None:
        """Stop if there is an error.

        Raises:
            SpecError: with everything found.
        """
        if self.failed:
            raise SpecError(self.all)


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return `did you mean ...?` for the nearest known name, or what to say when none is near."""
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else otherwise
