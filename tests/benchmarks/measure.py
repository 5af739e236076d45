"""Measuring: peers take turns, so that a machine that slows down does so for all of them."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import Final

from tests.benchmarks.problem import Shape

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


class Worker:
    """A peer's process."""

    def __init__(self, peer: str, shape: Shape, stack: ExitStack) -> None:
        """Start it; it ends with `stack`."""
        command = [sys.executable, "-m", "tests.benchmarks.worker", peer, *map(str, shape)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process = stack.enter_context(process)

    def turn(self, steps: int) -> float:
        """Return the median time of some steps.

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
        return float(median(json.loads(answer)))


def time_steps(shape: Shape, peers: Sequence[str], rounds: int) -> dict[str, Spread]:
    """Return the time of a training step by peer."""
    times: dict[str, list[float]] = {peer: [] for peer in peers}
    with ExitStack() as stack:
        workers = {peer: Worker(peer, shape, stack) for peer in peers}
        for worker in workers.values():
            worker.turn(1)
        for _ in range(rounds):
            for peer, worker in workers.items():
                sleep(PAUSE)
                times[peer].append(worker.turn(TURN))
    return {peer: Spread.of(found) for peer, found in times.items()}


def time_compilation(spec: str, dims: Mapping[str, int]) -> Compilation:
    """Return what compiling a spec of the library takes, once everything is imported."""
    rnndsl = import_module("rnndsl")
    path = import_module("rnndsl.locations").data_folder("specs") / spec
    times, lines = [], 0
    for _ in range(COMPILATIONS + 1):
        start = perf_counter()
        program = rnndsl.compile(path, dims=dims)
        times.append(1000 * (perf_counter() - start))
        lines = len(program.source.splitlines())
    return Compilation(times[0], Spread.of(times[1:]), lines)


def as_json(value: Spread | Compilation) -> dict[str, object]:
    """Return a result as JSON knows it."""
    return asdict(value)
