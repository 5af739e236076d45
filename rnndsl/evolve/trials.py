"""Trials: each individual is compiled, trained and scored in a process of its own, so that none can harm the search."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import rnndsl
from rnndsl.evolve.verdict import Budget, Verdict

#: Seconds between two looks at the clock and at what the user wants.
GLANCE: Final = 0.1
WORKER: Final = "rnndsl.evolve.worker"


class StoppedError(Exception):
    """A trial was given up because the user wants to stop."""


@dataclass(frozen=True, slots=True)
class Trials:
    """How individuals are tried: by a task of `TASKS`, which `about` describes in JSON, within a budget."""

    task: str
    about: Mapping[str, Any]
    budget: Budget

    def judge(self, text: str, stopped: Callable[[], bool] = lambda: False) -> Verdict:
        """Try a spec in a new process; what ends badly has the fitness -inf, and a reason.

        Raises:
            StoppedError: the user wants to stop.
        """
        job = {"task": self.task, "about": dict(self.about), "budget": asdict(self.budget), "spec": text}
        began = time.monotonic()
        with _started() as process:
            try:
                verdict = self._waited_for(process, json.dumps(job), stopped)
            finally:
                process.kill()
        return replace(verdict, seconds=time.monotonic() - began)

    def _waited_for(self, process: "subprocess.Popen[str]", job: str, stopped: Callable[[], bool]) -> Verdict:
        deadline = time.monotonic() + self.budget.deadline
        given: str | None = job
        while True:
            try:
                out, errors = process.communicate(given, timeout=GLANCE)
                return _verdict(process.returncode, out, errors)
            except subprocess.TimeoutExpired:
                given = None  # communicate goes on with what is left of it
            if stopped():
                raise StoppedError
            if time.monotonic() > deadline:
                return Verdict(-math.inf, f"took longer than {self.budget.deadline:g} s")


def _started() -> "subprocess.Popen[str]":
    """Start a worker: on one core, out of reach of the terminal's Ctrl-C, with the package that runs here."""
    folders = [str(Path(rnndsl.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return subprocess.Popen(  # noqa: S603 (this Python, a module of this package, nothing of the user)
        [sys.executable, "-m", WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, **one_core, "PYTHONPATH": os.pathsep.join(filter(None, folders))},
        start_new_session=True,
    )


def _verdict(code: int, out: str, errors: str) -> Verdict:
    try:
        found = Verdict(**json.loads(out))
    except (ValueError, TypeError):
        last = (errors.strip().splitlines() or ["without a word"])[-1]
        ended = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return Verdict(-math.inf, f"its process {ended}: {last}")
    return found
