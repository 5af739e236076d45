"""What is known about one kind of finding."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding, as `rnndsl explain RNN201` tells it.

    `bad` is a spec that yields just this code, `good` the same spec put right; both are empty only for codes that no
    spec can show (files, data, checkpoints).
    """

    code: str
    title: str
    cause: str
    bad: str = ""
    good: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """What shows a code that no spec shows: Python that makes a program, a call that yields it, and a right one."""

    setting: str
    bad: str
    good: str
