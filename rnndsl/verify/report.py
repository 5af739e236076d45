"""What verification found."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

EXACT: Final = 1e-9  # the same sums in another order


@dataclass(frozen=True, slots=True)
class Line:
    """One property: its name, the largest error (relative to the values' size), and whether that is small enough."""

    property: str
    error: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All properties of one spec; `notes` say what could not be looked at."""

    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every property holds."""
        return all(line.passed for line in self.lines)


def difference(ours: Any, theirs: Any) -> float:
    """Return the largest difference, relative to values larger than 1; NaN and infinity match only themselves."""
    one, other = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if one.shape != other.shape:
        return float("inf")
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    if same.all():
        return 0.0
    with np.errstate(invalid="ignore"):  # infinity less infinity
        gap = np.abs(one - other)[~same] / np.maximum(1.0, np.abs(other)[~same])
    return float("inf") if np.isnan(gap).any() else float(gap.max())
