"""Budgets and verdicts."""

import math

from rnndsl.evolve.verdict import Budget, Verdict


def test_a_trial_may_take_twice_as_long_and_a_little_more() -> None:
    assert Budget(seconds=20, grace=30).deadline == 70


def test_only_finite_fitness_takes_part() -> None:
    assert Verdict(-3.5).finite
    assert not any(Verdict(fitness).finite for fitness in (math.nan, -math.inf, math.inf))
