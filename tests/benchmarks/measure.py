"""Measuring: peers take turns, so that a machine that slows down does so for all of them."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import Final

import rnndsl

ROOT: Final = Path(__file__).resolve().parent.parent.parent
TURN: Final = 3  # steps that are timed in a turn, of which the median counts
PAUSE: Final = 0.05  # seconds between turns: idle threads of a BLAS spin for some milliseconds before they sleep
COMPILATIONS: Final = 15


@dataclass(frozen=True)
class Spread:
    """A median with the quartiles around it, in milliseconds."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(times: Sequence[float]) -> "Spread":
        """Summarise times."""
        low, middle, high = quantiles(times, n=4, method="inclusive") if len(times) > 1 else (*times, *times, *times)
        return Spread(middle, low, high)


@dataclass(frozen=True)
class Compilation:
    """What compiling takes, from text to loaded module; the first one also reads the grammar."""

    first: float
    later: Spread
    lines: int


@dataclass(frozen=True)
class Cost:
    """What a step takes, and by how many megabytes steps have made their process grow, where the system tells."""

    ms: Spread
    mb: float | None


class Worker:
    """A peer's process."""

    def __init__(self, task: Sequence[str], stack: ExitStack) -> None:
        """Start it; it ends with `stack`."""
        command = [sys.executable, "-m", "tests.benchmarks.worker", *task]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process = stack.enter_context(process)
        self.times: list[float] = []
        self.mb: float | None = None

    def turn(self, steps: int) -> None:
        """Take some steps, of which the median counts.

        Raises:
            RuntimeError: the process has failed.
        """
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("a worker has no pipes")
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("a worker has ended early; its message stands above")
        found = json.loads(answer)
        self.times.append(median(found["ms"]))
        self.mb = found["mb"]


def measure(problem: str, shape: str, peers: Sequence[str], rounds: int) -> dict[str, Cost]:
    """Return what a step costs, by peer."""
    with ExitStack() as stack:
        workers = {peer: Worker([problem, peer, shape], stack) for peer in peers}
        for worker in workers.values():
            worker.turn(1)
            worker.times.clear()
        for _ in range(rounds):
            for worker in workers.values():
                sleep(PAUSE)
                worker.turn(TURN)
        return {peer: Cost(Spread.of(worker.times), worker.mb) for peer, worker in workers.items()}


def time_compilation(spec: Path, dims: Mapping[str, int]) -> Compilation:
    """Return what compiling a spec takes, once everything is imported."""
    times, lines = [], 0
    for _ in range(COMPILATIONS + 1):
        start = perf_counter()
        program = rnndsl.compile(spec, dims=dims)
        times.append(1000 * (perf_counter() - start))
        lines = len(program.source.splitlines())
    return Compilation(times[0], Spread.of(times[1:]), lines)
