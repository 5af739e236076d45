"""The budget of an expansion."""

import pytest

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.semantics.findings import Findings
from rnndsl.semantics.limits import MAX_EQUATIONS, MAX_PARAMS, Budget, LimitReachedError


def test_a_budget_stops_beyond_its_limit() -> None:
    findings = Findings()
    budget = Budget(findings)
    budget.take("equations", MAX_EQUATIONS, NOWHERE)
    budget.take("parameters", MAX_PARAMS, NOWHERE)
    assert not findings.failed
    with pytest.raises(LimitReachedError):
        budget.take("equations", 1, NOWHERE)
    assert [one.code for one in findings.all] == ["RNN505"]
    assert "20,000 equations" in findings.all[0].message
