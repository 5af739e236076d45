"""`python -m tests.benchmarks [--only PROBLEM [--shape A,B,...]...] [--rounds N] [--json FILE]`: tables of costs."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import measure, time_compilation
from tests.benchmarks.problem import OPTIONAL, Problem, library, package_of, written
from tests.benchmarks.problems import PROBLEMS
from tests.benchmarks.report import Report


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PROBLEMS, help="default: all of them")
    parser.add_argument("--shape", action="append", metavar="A,B,...", help="of the problem; default: its own")
    parser.add_argument("--rounds", type=int, default=9, help="turns of every peer")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there, too")
    options = parser.parse_args(arguments)
    if options.shape and not options.only:
        parser.error("--shape needs --only: every problem has its own sizes")
    machine = _machine()
    try:
        shapes = {name: _shapes(PROBLEMS[name], options.shape) for name in PROBLEMS if options.only in {None, name}}
    except ValueError as error:
        parser.error(str(error))
    found = {
        name: {
            shape: measure(name, written(shape), _peers(PROBLEMS[name], machine), options.rounds) for shape in chosen
        }
        for name, chosen in shapes.items()
    }
    report = Report(machine, options.rounds, found, time_compilation(library("char_lstm"), {"vocab": 65}))
    sys.stdout.write(report.as_text())
    if options.json:
        options.json.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")


def _machine() -> dict[str, str]:
    named = {"python": platform.python_version(), "processor": platform.machine(), "cores": str(os.cpu_count())}
    return named | {name: version(name) for name in ("numpy", *OPTIONAL) if find_spec(name)}


def _shapes(problem: Problem[Any], texts: Sequence[str] | None) -> list[tuple[Any, ...]]:
    return [problem.read(text) for text in texts] if texts else list(problem.shapes)


def _peers(problem: Problem[Any], machine: Mapping[str, str]) -> list[str]:
    return [peer for peer in problem.peers if package_of(peer) in {None, *machine}]


if __name__ == "__main__":
    main(sys.argv[1:])
