"""What the cost model expects of training steps, beside what they take: `python -m tests.benchmarks.expected`.

With one thread, by the built-in constants, which were measured on an AMD EPYC with AVX-512; elsewhere the ratios say
how far that machine is from this one (`rnndsl bench --calibrate` measures the constants).
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter
from typing import Final

from rnndsl.bench.predict import predict
from rnndsl.choice import Choice
from rnndsl.runtime.threads import ONE_THREAD
from rnndsl.schedule.machine import Machine
from tests.benchmarks.problem import Given, case_of, written
from tests.benchmarks.problems import PROBLEMS

#: The problems that are training steps.
TRAINED: Final = ("steps", "cells", "ntm", "trees", "attention")
#: For how many seconds a step is repeated, at least so often.
SECONDS: Final = 1.0
FEWEST: Final = 3


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds of a step that were measured, and those that were expected."""

    problem: str
    shape: str
    measured: float
    expected: float

    @property
    def ratio(self) -> float:
        """The expected ones over the measured ones."""
        return self.expected / self.measured


def compare(problems: Sequence[str], seconds: float = SECONDS, *, small: bool = False) -> Iterator[Compared]:
    """Yield what steps of problems take, shape by shape; `small` are shapes of little work."""
    for name in problems:
        problem = PROBLEMS[name]
        for shape in problem.shapes:
            own = problem.small(shape) if small else shape
            given = problem.draw(own, "float32")
            yield Compared(name, written(own), _measured(given, seconds), expected_of(given))


def expected_of(given: Given) -> float:
    """Return how long a step is expected to take."""
    return predict(given.program, case_of(given), Choice(), Machine())["training"].seconds


def _measured(given: Given, seconds: float) -> float:
    def step() -> float:
        start = perf_counter()
        given.program.loss_and_grad(given.params, given.data, lengths=given.lengths, structure=given.structure)
        return perf_counter() - start

    with ONE_THREAD:
        step()
        times = [step()]
        while len(times) < FEWEST or sum(times) < seconds:
            times.append(step())
    return quantiles(times, n=4)[0]  # what else the machine does makes steps longer, never shorter


def table(found: Sequence[Compared]) -> str:
    """Return a Markdown table."""
    rows = [
        f"| {one.problem} | {one.shape} | {1000 * one.measured:.3g} | {1000 * one.expected:.3g} | {one.ratio:.2f} |"
        for one in found
    ]
    errors = [max(one.ratio, 1 / one.ratio) - 1 for one in found]
    summary = f"Median error {median(errors):.0%}, largest {max(errors):.0%}, of {len(found)} steps."
    return "\n".join(["| problem | shape | ms | expected | ratio |", "| --- " * 5 + "|", *rows, "", summary])


if __name__ == "__main__":
    sys.stdout.write(table(list(compare(sys.argv[1:] or TRAINED))) + "\n")
