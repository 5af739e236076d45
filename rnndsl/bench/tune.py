"""Choosing by measurement how a program is made: choices of the schedule, and threads.

One choice after the other is turned round, and stays so if that is faster on a batch of the user's sizes. Both programs
take turns, so that other work on the machine hits them alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from statistics import quantiles
from time import perf_counter, sleep
from typing import Any, Final

from rnndsl.runtime.program import Program
from rnndsl.schedule.choices import USUAL, Choices
from rnndsl.verify.cases import Case

#: What a variant has to gain, by both, to be taken: differences below are noise.
MARGIN: Final = 0.05
#: About how many seconds a trial takes, and how many turns it has at least and at most.
SECONDS: Final = 3.0
FEWEST: Final = 5
MOST: Final = 25
#: Seconds before a call that BLAS's own threads are to leave alone: for a while after theirs they go on spinning.
PAUSE: Final = 0.03


@dataclass(frozen=True, slots=True)
class Variant:
    """How a program may be made."""

    choices: Choices = USUAL
    threads: int = 1

    def __str__(self) -> str:
        """Name what is unusual."""
        threads = f"{self.threads} threads" if self.threads > 1 else ""
        return ", ".join(part for part in (str(self.choices) if self.choices != USUAL else "", threads) if part) or (
            str(USUAL)
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """What was turned round in the best variant so far, and the time of that over the time before."""

    step: str
    ratio: float


@dataclass(frozen=True, slots=True)
class Tuned:
    """The variant that is best, its time over that of the usual one, and what has been tried."""

    best: Variant = field(default_factory=Variant)
    ratio: float = 1.0
    trials: tuple[Trial, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to start, whether to try the choices of the schedule, and which numbers of threads."""

    start: Variant = field(default_factory=Variant)
    schedule: bool = True
    threads: tuple[int, ...] = ()

    @property
    def steps(self) -> tuple[str | int, ...]:
        """What is tried, in order."""
        return (*(f.name for f in fields(Choices) if self.schedule), *self.threads)


Make = Callable[[Variant], Program]


def tune(make: Make, case: Case, plan: Plan) -> Tuned:
    """Return what is best for a batch."""
    best = plan.start
    program, ratio, trials = make(best), 1.0, list[Trial]()
    for step in plan.steps:
        other = _turned(best, step)
        made = make(other)
        if made.source == program.source and other.threads == best.threads:
            continue
        found = _compared(made, program, case)
        trials.append(Trial(_said(other, step), found))
        if found < 1 - MARGIN:
            best, program, ratio = other, made, ratio * found
    return Tuned(best, ratio, tuple(trials))


def _turned(variant: Variant, step: str | int) -> Variant:
    """Return a variant with one choice turned round, or with so many threads."""
    if isinstance(step, int):
        return replace(variant, threads=step)
    return replace(variant, choices=replace(variant.choices, **{step: not getattr(variant.choices, step)}))


def _said(variant: Variant, step: str | int) -> str:
    if isinstance(step, int):
        return f"{step} threads"
    return step if getattr(variant.choices, step) else f"not {step}"


def _compared(one: Program, other: Program, case: Case) -> float:
    """Return the time of a program's call over that of another's: by their medians or lower quartiles, the larger."""
    calls = (_call(one, case), _call(other, case))
    first = sum(_timed(call) for call in calls)  # buffers are made, kernels compiled
    second = sum(_timed(call) for call in calls)
    turns = min(MOST, max(FEWEST, int(SECONDS / min(first, second))))
    pause = PAUSE if one.threads != other.threads else 0.0
    times = [[_timed(call, pause) for call in calls] for _ in range(turns)]
    ours, theirs = zip(*times, strict=True)
    return max(float(quantiles(ours, n=4)[k] / quantiles(theirs, n=4)[k]) for k in (0, 1))


def _call(program: Program, case: Case) -> Callable[[], Any]:
    points: dict[str, Any] = {"lengths": case.lengths or None, "structure": case.structure or None}
    if "loss" in program.graph.outputs:
        return lambda: program.loss_and_grad(case.params, case.data, **points)
    return lambda: program.run(case.params, case.data, **points)


def _timed(call: Callable[[], Any], pause: float = 0.0) -> float:
    sleep(pause)
    start = perf_counter()
    call()
    return perf_counter() - start
