"""Schedules of the learning rate."""

from itertools import pairwise

import pytest

from rnndsl.train.rates import FLOOR, SCHEDULES, rate_at


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_begin_at_the_peak_and_never_rise(schedule: str) -> None:
    rates = [rate_at(0.1, schedule, 100, done / 20, 10) for done in range(25)]
    assert rates[0] == pytest.approx(0.1)
    assert all(a >= b for a, b in pairwise(rates))
    assert rates[20] == rates[24] == pytest.approx(0.1 if schedule == "constant" else 0.1 * FLOOR)


def test_warm_up_grows_linearly() -> None:
    rates = [rate_at(1.0, "constant", step, 0.0, 4) for step in range(6)]
    assert rates == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0])
