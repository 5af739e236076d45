"""How work grows with its size, counted in calls of functions: the same on every machine, however busy."""

import sys
from collections.abc import Callable
from types import FrameType


def calls(work: Callable[[], object]) -> int:
    """Return how many functions are called, those written in C included."""
    count, before = 0, sys.getprofile()

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def doubled(work: Callable[[int], object], size: int) -> float:
    """Return how many times as many calls twice the size takes: 2 where they grow with the size, 4 with its square."""
    work(size)  # what is done once is done
    return calls(lambda: work(2 * size)) / calls(lambda: work(size))
