"""Schedules of the learning rate, as factors that depend on how much of the run is done."""

import math
from collections.abc import Callable, Mapping
from typing import Final

Schedule = Callable[[float], float]

SCHEDULES: Final[Mapping[str, Schedule]] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: 0.5 * (1.0 + math.cos(math.pi * done)),  # Loshchilov and Hutter 2017, eq. 5, one period
}

#: What is left of the rate at the end of a schedule.
FLOOR: Final = 0.02


def rate_at(peak: float, schedule: str, step: int, done: float, warm_up: int) -> float:
    """Return the rate of step `step` (from 0), when the share `done` (0 to 1) of the run lies behind.

    The first `warm_up` steps grow linearly to `peak`.
    """
    factor = FLOOR + (1.0 - FLOOR) * SCHEDULES[schedule](min(max(done, 0.0), 1.0))
    return peak * factor * min(1.0, (step + 1) / (warm_up + 1))
