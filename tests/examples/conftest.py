"""Examples are run as a reader runs them: as scripts, in a process of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RESULT = re.compile(r"^result: ([0-9.]+)", re.MULTILINE)
LOSS = re.compile(r"^step .* loss ([0-9.]+)", re.MULTILINE)

DECODED = re.compile(r"^result: ([0-9.]+)% greedily, ([0-9.]+)% by a beam of 5", re.MULTILINE)

Printed = Callable[..., str]
Shortly = Callable[..., tuple[float, list[float]]]
Decoded = Callable[[str], tuple[float, float, list[float]]]


@pytest.fixture
def printed(tmp_path: Path) -> Printed:
    """Return a function that runs an example's short version and returns what it prints.

    The files that it leaves are named, and then stand in the test's folder.
    """

    def run(name: str, *leaves: str) -> str:
        command = [sys.executable, str(ROOT / "examples" / f"{name}.py"), "--short", "--seed", "0"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert [path.name for path in tmp_path.iterdir()] == [*leaves], "an example leaves nothing else behind"
        return done.stdout

    return run


@pytest.fixture
def shortly(printed: Printed) -> Shortly:
    """Return a function that runs an example: its result, and its losses from first to last."""

    def run(name: str, *leaves: str) -> tuple[float, list[float]]:
        lines = printed(name, *leaves)
        found = RESULT.search(lines)
        assert found, lines
        return float(found[1]), [float(loss) for loss in LOSS.findall(lines)]

    return run


@pytest.fixture
def decoded(printed: Printed) -> Decoded:
    """Return a function that runs an example of two results, greedily and by a beam; they and its losses."""

    def run(name: str) -> tuple[float, float, list[float]]:
        lines = printed(name)
        found = DECODED.search(lines)
        assert found, lines
        return float(found[1]), float(found[2]), [float(loss) for loss in LOSS.findall(lines)]

    return run
