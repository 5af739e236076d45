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
