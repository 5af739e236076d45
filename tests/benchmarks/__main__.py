"""`python -m tests.benchmarks`: what steps cost, ours and those of other libraries, and what was to be reached."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from tests.benchmarks.kept import kept_bytes, result_bytes
from tests.benchmarks.machine import describe_machine, has_compiler
from tests.benchmarks.measure import Cost, Effort, Threads, measure
from tests.benchmarks.overhead import REPEATS, time_overhead
from tests.benchmarks.page import page_text
from tests.benchmarks.problem import Problem, package_of, written
from tests.benchmarks.problems import PROBLEMS
from tests.benchmarks.report import Report
from tests.benchmarks.targets import COMPILED, targets_text

ROUNDS: Final = 7
SETTINGS: Final[Mapping[str, Sequence[Threads]]] = {"one": ["one"], "all": ["all"], "both": ["one", "all"]}
QUICK_ROUNDS: Final = 3
NO_COMPILER: Final = f"{COMPILED} is left out: there is no C++ compiler."
INTERRUPTED: Final = "Interrupted: problems and shapes are missing."
QUICK: Final = "`--quick`: one shape of a kind, few rounds, nothing that takes long to make; ratios are rough."


def main(arguments: Sequence[str]) -> None:
    """Measure, or read what was measured, and print."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.shape and not options.only:
        parser.error("--shape needs --only: every problem has its own sizes")
    try:
        report = Report.of_json(json.loads(options.read.read_text(encoding="utf-8"))) if options.read else _run(options)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    tables = "" if options.targets else report.as_text() + "\n"
    sys.stdout.write(tables + targets_text(report))
    if options.json:
        _write(options.json, json.dumps(report.as_json(), indent=2) + "\n")
    if options.write:
        _write(options.write, page_text(report))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PROBLEMS, help="default: all of them")
    parser.add_argument("--shape", action="append", metavar="A,B,...", help="of the problem; default: its own")
    parser.add_argument("--rounds", type=int, help=f"turns of every peer; default: {ROUNDS}")
    parser.add_argument("--quick", action="store_true", help="a few shapes, few rounds, one thread")
    threads = "one, on one core; all: as many as libraries take; default: both, with --quick one"
    parser.add_argument("--threads", choices=["one", "all", "both"], help=threads)
    parser.add_argument("--targets", action="store_true", help="print the targets with what was reached, and no tables")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there, too")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the page docs/performance.md there")
    parser.add_argument("--read", type=Path, metavar="FILE", help="measure nothing: take the numbers of --json")
    return parser


def _run(options: argparse.Namespace) -> Report:
    machine, quick, start = describe_machine(), bool(options.quick), perf_counter()
    effort = Effort(QUICK_ROUNDS, seconds=3.0) if quick else Effort(ROUNDS)
    effort = effort._replace(rounds=options.rounds or effort.rounds)
    chosen = {name: _shapes(PROBLEMS[name], options) for name in PROBLEMS if options.only in {None, name}}
    notes = [*([] if has_compiler() else [NO_COMPILER]), *([QUICK] if quick else [])]
    found: dict[Threads, dict[str, dict[tuple[Any, ...], dict[str, Cost]]]] = {"one": {}, "all": {}}
    threads = SETTINGS[options.threads or ("one" if quick else "both")]
    work = [(name, shape, each) for name, shapes in chosen.items() for shape in shapes for each in threads]
    try:
        for name, shape, each in work:
            peers = _peers(PROBLEMS[name], shape, machine, quick=quick)
            costs = found[each].setdefault(name, {})[shape] = measure(name, written(shape), peers, effort, each)
            notes += [f"{peer} failed: {name} {written(shape)}." for peer in peers if peer not in costs]
            sys.stderr.write(f"{perf_counter() - start:4.0f} s  {name} {written(shape)}, {each}\n")
    except KeyboardInterrupt:
        notes.append(INTERRUPTED)
    overhead = None if options.only else time_overhead(effort.rounds if quick else REPEATS)
    sizes = {name: _sizes(name, chosen[name]) for name in (*found["one"], *found["all"])}
    kept, results = ({name: found[k] for name, found in sizes.items()} for k in (0, 1))
    return Report(machine, effort.rounds, found["one"], overhead, kept, notes, found["all"], results)


def _sizes(name: str, shapes: Sequence[tuple[Any, ...]]) -> tuple[dict[tuple[Any, ...], int], ...]:
    """Return the bytes of what the adjoint reads, and of the gradients, by shape."""
    problem = PROBLEMS[name]
    points = problem.points
    if points is None:
        return {}, {}
    given = {shape: problem.draw(shape, "float32") for shape in shapes}
    kept = {shape: kept_bytes(each, points(shape)) for shape, each in given.items()}
    return kept, {shape: result_bytes(each) for shape, each in given.items()}


def _shapes(problem: Problem[Any], options: argparse.Namespace) -> list[tuple[Any, ...]]:
    if options.shape:
        return [problem.read(text) for text in options.shape]
    return list(problem.typical if options.quick else problem.shapes)


def _peers(problem: Problem[Any], shape: object, machine: Mapping[str, str], *, quick: bool) -> list[str]:
    """Return who can be measured here, in a reasonable time."""
    here = [peer for peer in problem.peers if package_of(peer) in {None, *machine}]
    here = [peer for peer in here if peer != COMPILED or has_compiler()]
    usual = shape in problem.shapes and (quick or shape not in problem.typical)
    return [peer for peer in here if not (usual and peer in problem.costly)]


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
