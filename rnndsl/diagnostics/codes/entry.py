"""What is known about one kind of finding."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding, as `rnndsl explain RNN201` tells it.

    `bad` is a spec that yields just this code, `good` the same spec put right; both are empty only for codes that no
    spec by itself can show (files, data, checkpoints): calls show those.
    """

    code: str
    title: str
    cause: str
    bad: str = ""
    good: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """What shows a code that no spec by itself shows: what comes first, Python that yields it, a right call."""

    place: ClassVar[str] = "Python"

    setting: str
    bad: str
    good: str


@dataclass(frozen=True, slots=True)
class Commands(Calls):
    """The same as lines of a shell, for codes that tell of files and runs."""

    place: ClassVar[str] = "a shell"
