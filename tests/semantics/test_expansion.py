"""The names of a model are taken once."""

import pytest

from rnndsl.diagnostics.span import Span
from rnndsl.semantics.dims import Dims
from rnndsl.semantics.expansion import Expansion
from rnndsl.semantics.findings import Findings, ReportedError
from rnndsl.semantics.limits import Budget


def test_a_name_is_claimed_once() -> None:
    findings = Findings()
    expansion = Expansion(findings, Dims(findings), Budget(findings))
    expansion.claim("h.c", Span("a.rnn", 3, 1, 3, 2))
    expansion.claim("h.d", Span("a.rnn", 3, 1, 3, 2))
    with pytest.raises(ReportedError):
        expansion.claim("h.c", Span("a.rnn", 5, 1, 5, 2))
    (found,) = findings.all
    assert (found.code, found.span.line, found.labels[0].span.line) == ("RNN203", 5, 3)
