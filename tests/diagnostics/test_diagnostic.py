"""Findings and their order."""

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.diagnostics.span import Span


def test_findings_are_sorted_by_place() -> None:
    late, early = Span("a.rnn", 3, 1, 3, 2), Span("a.rnn", 1, 5, 1, 6)
    error = SpecError([Diagnostic("RNN101", "late", late), Diagnostic("RNN102", "early", early)])
    assert [one.message for one in error.diagnostics] == ["early", "late"]
    assert str(error) == "a.rnn:1:5: RNN102: early; a.rnn:3:1: RNN101: late"
