"""Measuring: peers take turns, so that a machine that slows down does so for all of them.

Between its turns a peer is stopped (SIGSTOP). Idle threads of BLAS, OpenMP, XLA and ONNX Runtime spin for a while
before they sleep, each by settings of its own, and would take the cores of whoever comes next. Settings against
spinning (`OMP_WAIT_POLICY` and its like) would slow down the library that is measured: nobody runs it so.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Final, Literal, NamedTuple

from rnndsl.bench.bench import Spread
from tests.benchmarks.problem import OURS

ROOT: Final = Path(__file__).resolve().parent.parent.parent
TURN: Final = 80.0  # milliseconds of a turn, of whose steps the median counts
PAUSE: Final = 0.03  # seconds between turns where a process cannot be stopped
STOPS: Final = hasattr(signal, "SIGSTOP")
#: What says how many threads libraries take; a process that lacks these takes as many as there are cores.
LIMITS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

#: With how many threads a peer runs: one, on one core, or as many as it takes by itself.
Threads = Literal["one", "all"]


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
    """A peer's process; it runs until its first turn is over, and from then on in its turns only."""

    def __init__(self, task: Sequence[str], threads: Threads, stack: ExitStack) -> None:
        """Start it; it ends with `stack`."""
        command = [sys.executable, "-m", "tests.benchmarks.worker", *task, threads]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(threads), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.process = stack.enter_context(process)
        stack.callback(self._run, running=True)  # what is stopped never ends
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
        self._run(running=True)
        with suppress(BrokenPipeError):
            self.process.stdin.write(f"{milliseconds}\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        self._run(running=False)
        if not answer:
            with suppress(BrokenPipeError):  # what it has not read
                self.process.stdin.close()
            raise RuntimeError("a worker has ended early; its message stands above")
        found = json.loads(answer)
        self.times.append(median(found["ms"]))
        self.mb, self.first = found["mb"], found["first"]

    def _run(self, *, running: bool) -> None:
        if STOPS:
            self.process.send_signal(signal.SIGCONT if running else signal.SIGSTOP)


def environment(threads: Threads) -> dict[str, str]:
    """Return the environment of a process with so many threads, whatever this process has been told itself."""
    own = {name: value for name, value in os.environ.items() if name not in LIMITS}
    return own | dict.fromkeys(LIMITS, "1") if threads == "one" else own


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


def measure(problem: str, shape: str, peers: Sequence[str], effort: Effort, threads: Threads) -> dict[str, Cost]:
    """Return what a step costs, by peer; others than ours that fail are missing. Each is started when the last waits.

    Raises:
        RuntimeError: ours has failed.
    """
    with ExitStack() as stack:
        started = ((peer, Worker([problem, peer, shape], threads, stack)) for peer in peers)
        workers = {peer: worker for peer, worker in started if _starts(worker, needed=peer == OURS)}
        start = perf_counter()
        for number in range(effort.rounds):
            if number >= effort.least and perf_counter() - start > effort.seconds:
                break
            for worker in workers.values():
                sleep(0 if STOPS else PAUSE)
                worker.turn(TURN)
        return {peer: Cost(Spread.of(worker.times), worker.mb, worker.first) for peer, worker in workers.items()}
