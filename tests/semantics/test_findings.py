"""Collecting findings."""

import pytest

from rnndsl.diagnostics.diagnostic import Diagnostic, Severity, SpecError
from rnndsl.diagnostics.span import Span
from rnndsl.semantics.findings import MAX_ERRORS, Findings, ReportedError, TooManyMistakesError, did_you_mean

HERE, THERE = Span("a.rnn", 1, 1, 1, 2), Span("a.rnn", 2, 1, 2, 2)


def test_a_kind_is_told_once_per_place() -> None:
    findings = Findings()
    findings.error("RNN201", "first", HERE)
    findings.error("RNN201", "again", HERE)
    findings.error("RNN201", "elsewhere", THERE)
    findings.error("RNN202", "another", HERE)
    assert [one.message for one in findings.all] == ["first", "elsewhere", "another"]


def test_warnings_do_not_stop() -> None:
    findings = Findings()
    findings.warn("RNN227", "unused", HERE)
    assert not findings.failed
    findings.check()
    assert findings.all[0].severity is Severity.WARNING
    assert isinstance(findings.fail("RNN201", "unknown", THERE, way="declare it"), ReportedError)
    with pytest.raises(SpecError) as caught:
        findings.check()
    assert len(caught.value.diagnostics) == 2


def test_a_missing_feature_is_told_once() -> None:
    findings = Findings()
    findings.unsupported("trees", HERE)
    findings.unsupported("trees", THERE)
    findings.unsupported("points", THERE)
    assert [one.message for one in findings.all] == ["trees are not supported yet", "points are not supported yet"]


def test_findings_of_other_stages_are_taken_over() -> None:
    findings = Findings()
    findings.adopt([Diagnostic("RNN101", "elsewhere", THERE)])
    assert findings.failed


def test_suggestions() -> None:
    assert did_you_mean("tahn", ["tanh", "sigmoid"]) == "did you mean `tanh`?"
    assert did_you_mean("qqq", ["tanh"], "nothing") == "nothing"


def test_after_enough_mistakes_the_rest_is_not_looked_at() -> None:
    findings = Findings()
    for line in range(1, MAX_ERRORS):
        findings.error("RNN201", "no", Span("a.rnn", line, 1, line, 2))
        findings.error("RNN201", "no", Span("a.rnn", line, 1, line, 2))
        findings.warn("RNN227", "no", Span("a.rnn", line, 1, line, 2))
    with pytest.raises(TooManyMistakesError):
        findings.error("RNN201", "no", Span("a.rnn", 99, 1, 99, 2))
    assert sum(one.severity == "error" for one in findings.all) == MAX_ERRORS
