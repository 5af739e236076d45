"""What verification found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One property: its name, the largest error (relative to the values' size), and whether that is small enough."""

    property: str
    error: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All properties of one spec."""

    lines: tuple[Line, ...]

    @property
    def ok(self) -> bool:
        """Whether every property holds."""
        return all(line.passed for line in self.lines)
