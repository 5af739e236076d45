"""One trial inside its process: whatever goes wrong becomes a verdict."""

import math
from dataclasses import dataclass

import pytest

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.evolve.verdict import Budget, OverBudgetError, Verdict
from rnndsl.evolve.worker import tried
from rnndsl.semantics.check import check


@dataclass(frozen=True)
class Failing:
    """A task that fails in one way."""

    error: Exception

    def judge(self, text: str, budget: Budget) -> Verdict:
        """Fail."""
        del text, budget
        raise self.error


@dataclass(frozen=True)
class Checking:
    """A task that checks the spec."""

    def judge(self, text: str, budget: Budget) -> Verdict:
        """Check."""
        del budget
        check(text)
        return Verdict(1.0)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DataError.of("RNN607", "no such file"), "does not fit the data: RNN607: no such file"),
        (OverBudgetError("12 parameters, more than 3"), "12 parameters, more than 3"),
        (MemoryError(), "needs more than 2,048 MiB of memory"),
        (RecursionError("too deep\nat line 3"), "RecursionError: too deep"),
        (ZeroDivisionError(), "ZeroDivisionError: "),
    ],
)
def test_every_failure_has_its_reason(error: Exception, reason: str) -> None:
    assert tried(Failing(error), "", Budget()) == Verdict(-math.inf, reason)


def test_a_spec_that_does_not_compile_is_told_with_its_place() -> None:
    found = tried(Checking(), "cell A(n):\n    a = b\n    output a\n", Budget())
    assert found.fitness == -math.inf
    assert found.reason.startswith("does not compile: <text>:2:9: RNN2")
    assert tried(Checking(), "cell A(n):\n    input a : n\n    output a\n", Budget()) == Verdict(1.0)
