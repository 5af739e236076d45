"""Calling the command line."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def call(
    *arguments: str, text: str | None = None, env: dict[str, str] | None = None, folder: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run `python -m rnndsl` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "rnndsl", *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder or ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
    )
