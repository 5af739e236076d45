"""Scheduled sampling: how often a model sees its own draw instead of the data (Bengio et al. 2015, section 2.4).

The paper's schedules give the probability of the data, which falls; `mix` is 1 less that. All count steps from 0.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rnndsl.diagnostics.diagnostic import DataError

Mixing = Callable[[int], float]


def _constant(numbers: Sequence[float]) -> Mixing:
    (share,) = numbers
    return lambda step: share


def _linear(numbers: Sequence[float]) -> Mixing:
    first, last, steps = numbers
    return lambda step: first + (last - first) * min(1.0, step / steps)


def _exponential(numbers: Sequence[float]) -> Mixing:
    (k,) = numbers
    return lambda step: 1.0 - k**step


def _sigmoid(numbers: Sequence[float]) -> Mixing:
    (k,) = numbers
    return lambda step: 1.0 / (1.0 + k * math.exp(-step / k))  # 1 - k / (k + exp(i / k)), without overflow


def _share(number: float) -> bool:
    return 0.0 <= number <= 1.0


#: By name the form of a schedule, what its numbers have to be, and how it is made.
FORMS: Final[Mapping[str, tuple[str, tuple[Callable[[float], bool], ...], Callable[[Sequence[float]], Mixing]]]] = {
    "constant": ("constant:P, P from 0 to 1", (_share,), _constant),
    "linear": (
        "linear:FROM:TO:STEPS, FROM and TO from 0 to 1, STEPS at least 1",
        (_share, _share, lambda steps: steps >= 1.0),
        _linear,
    ),
    "exponential": ("exponential:K, K between 0 and 1", (lambda k: 0.0 < k < 1.0,), _exponential),
    "sigmoid": ("sigmoid:K, K at least 1", (lambda k: k >= 1.0,), _sigmoid),
}


def make_mixing(text: str) -> Mixing:
    """Return the schedule that a text such as `linear:0:0.5:10000` stands for: step (from 0) to probability.

    Raises:
        DataError: RNN613, it is none.
    """
    name, *rest = text.split(":")
    if name not in FORMS:
        forms = "; ".join(form for form, _, _ in FORMS.values())
        raise DataError.of("RNN613", f"{text!r} is not a schedule of sampling", help=f"there are {forms}")
    form, checks, make = FORMS[name]
    try:
        numbers = [float(word) for word in rest]
    except ValueError:
        numbers = []
    if len(numbers) != len(checks) or not all(check(n) for check, n in zip(checks, numbers, strict=True)):
        raise DataError.of("RNN613", f"{text!r} is not a schedule of sampling", help=f"write {form}")
    return make(numbers)
