"""What the author may have meant: the nearest of the names that exist."""

from collections.abc import Iterable

_LONGEST = 64


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that `name` was probably meant to be, or None when none is near.

    Distance counts insertions, deletions, replacements and exchanges of neighbours; a difference in case counts little,
    and case alone never makes a name too far away. Of equally near candidates one of the same length wins, then a
    longer one (letters are left out more often than added), then the first in the alphabet, so the answer never
    depends on the order given.
    """
    short = name[:_LONGEST]
    allowed = max(1, len(short) // 3)
    found: tuple[float, int, int, str] | None = None
    for candidate in sorted(set(candidates) - {name}):
        if abs(len(candidate) - len(short)) > allowed or not candidate:
            continue
        distance = 0.5 if candidate.lower() == short.lower() else _distance(short, candidate)
        rank = (distance, abs(len(candidate) - len(short)), -len(candidate), candidate)
        if distance <= allowed and distance < max(len(short), len(candidate)) and (found is None or rank < found):
            found = rank
    return found[3] if found else None


def _distance(a: str, b: str) -> float:
    """Return the optimal string alignment distance, where a change of case costs a half."""
    before: list[float] = []
    current = [float(column) for column in range(len(b) + 1)]
    for row, left in enumerate(a, start=1):
        before, previous, current = current, before, [float(row)]
        for column, right in enumerate(b, start=1):
            cost = 0.0 if left == right else 0.5 if left.lower() == right.lower() else 1.0
            best = min(before[column] + 1, current[column - 1] + 1, before[column - 1] + cost)
            if row > 1 and column > 1 and left == b[column - 2] and a[row - 2] == right:
                best = min(best, previous[column - 2] + 1)
            current.append(best)
    return current[-1]
