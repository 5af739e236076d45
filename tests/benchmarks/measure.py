"""Measuring: peers take turns, so that a machine that slows down does so for all of them."""

import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Final, NamedTuple

from rnndsl.bench.bench import Spread
from tests.benchmarks.problem import OURS

ROOT: Final = Path(__file__).resolve().parent.parent.parent
TURN: Final = 80.0  # milliseconds of a turn, of whose steps the median counts
PAUSE: Final = 0.03  # seconds between turns: idle threads of a BLAS spin for some milliseconds before they sleep


@dataclass(frozen=True)
class Cost:
    """What a step takes, and by how many megabytes steps have made their process grow, where the system tells.

    `first` are the milliseconds until the end of the first step, compilers included.
    """

    ms: Spread
    mb: float | None
    first: float


class Effort(NamedTuple):
    """How many rounds there are, and when there are fewer: where they take too long, but not below the least."""

    rounds: int
    least: int = 3
    seconds: float = 4.5


class Worker:
    """A peer's process."""

    def __init__(self, task: Sequence[str], stack: ExitStack) -> None:
        """Start it; it ends with `stack`."""
        command = [sys.executable, "-m", "tests.benchmarks.worker", *task]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process = stack.enter_context(process)
        self.times: list[float] = []
        self.mb: float | None = None
        self.first = 0.0

    def turn(self, milliseconds: float) -> None:
        """Take steps for so long, of which the median counts.

        Raises:
            RuntimeError: the process has failed.
        """
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("a worker has no pipes")
        with suppress(BrokenPipeError):
            self.process.stdin.write(f"{milliseconds}\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            with suppress(BrokenPipeError):  # what it has not read
                self.process.stdin.close()
            raise RuntimeError("a worker has ended early; its message stands above")
        found = json.loads(answer)
        self.times.append(median(found["ms"]))
        self.mb, self.first = found["mb"], found["first"]


def _starts(worker: Worker, *, needed: bool) -> bool:
    """Let a worker take its first step, which does not count; tell whether it could."""
    try:
        worker.turn(0)
    except RuntimeError:
        if needed:
            raise
        return False
    worker.times.clear()
    return True


def measure(problem: str, shape: str, peers: Sequence[str], effort: Effort) -> dict[str, Cost]:
    """Return what a step costs, by peer; others than ours that fail are missing.

    Raises:
        RuntimeError: ours has failed.
    """
    with ExitStack() as stack:
        workers = {peer: Worker([problem, peer, shape], stack) for peer in peers}
        workers = {peer: worker for peer, worker in workers.items() if _starts(worker, needed=peer == OURS)}
        start = perf_counter()
        for number in range(effort.rounds):
            if number >= effort.least and perf_counter() - start > effort.seconds:
                break
            for worker in workers.values():
                sleep(PAUSE)
                worker.turn(TURN)
        return {peer: Cost(Spread.of(worker.times), worker.mb, worker.first) for peer, worker in workers.items()}
