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

Shortly = Callable[..., tuple[float, list[float]]]


@pytest.fixture
def shortly(tmp_path: Path) -> Shortly:
    """Return a function that runs an example's short version: its result, and its losses from first to last.

    The files that it leaves are named, and then stand in the test's folder.
    """

    def run(name: str, *leaves: str) -> tuple[float, list[float]]:
        command = [sys.executable, str(ROOT / "examples" / f"{name}.py"), "--short", "--seed", "0"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert [path.name for path in tmp_path.iterdir()] == [*leaves], "an example leaves nothing else behind"
        found = RESULT.search(done.stdout)
        assert found, done.stdout
        return float(found[1]), [float(loss) for loss in LOSS.findall(done.stdout)]

    return run
