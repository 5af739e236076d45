"""Places in a spec: every node of every representation carries a `Span`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters in one file; lines and columns count from 1.

    `file` is the name shown to the user (never opened again); an empty `file` means "made by the compiler".
    """

    file: str = ""
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    def to(self, other: "Span") -> "Span":
        """Return the span from the start of this one to the end of `other`."""
        return Span(self.file, self.line, self.column, other.end_line, other.end_column)

    def __str__(self) -> str:
        """Print as `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Span()
