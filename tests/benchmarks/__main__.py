"""`python -m tests.benchmarks [--rounds N] [--shape T,B,I,H]... [--json FILE]`: the table of ratios."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import geometric_mean

from tests.benchmarks.measure import Compilation, Spread, as_json, time_compilation, time_steps
from tests.benchmarks.peers import PEERS
from tests.benchmarks.problem import SHAPES, Shape

OURS, HAND, TORCH = PEERS
Steps = Mapping[Shape, Mapping[str, Spread]]


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="turns of every peer")
    parser.add_argument("--shape", type=_shape, action="append", metavar="T,B,I,H", help="default: the five shapes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there, too")
    options = parser.parse_args(arguments)
    machine = _machine()
    compilation = time_compilation("models/char_lstm.rnn", {"vocab": 65})
    peers = [OURS, HAND, *([TORCH] if "torch" in machine else [])]
    steps = {shape: time_steps(shape, peers, options.rounds) for shape in options.shape or SHAPES}
    sys.stdout.write(_report(machine, steps, compilation))
    if options.json:
        found = [{"shape": s, "ms": {p: as_json(t) for p, t in times.items()}} for s, times in steps.items()]
        document = {"machine": machine, "rounds": options.rounds, "steps": found, "compile": as_json(compilation)}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _shape(text: str) -> Shape:
    return Shape(*map(int, text.split(",")))


def _machine() -> dict[str, str]:
    named = {"python": platform.python_version(), "processor": platform.machine(), "cores": str(os.cpu_count())}
    return named | {name: version(name) for name in ("numpy", "torch") if find_spec(name)}


def _report(machine: Mapping[str, str], steps: Steps, compilation: Compilation) -> str:
    peers = list(next(iter(steps.values())))
    heads = ["T, B, I, H", *(f"{peer}, ms" for peer in peers), *(f"{OURS} / {peer}" for peer in peers[1:])]
    rows = [[str(shape), *map(_spread, times.values()), *map(_ratio, _ratios(times))] for shape, times in steps.items()]
    means = [geometric_mean(column) for column in zip(*map(_ratios, steps.values()), strict=True)]
    rows.append(["geometric mean", *("" for _ in peers), *map(_ratio, means)])
    compiling = f"{_spread(compilation.later)}; the first time {compilation.first:.1f}"
    lines = [
        "A training step of an LSTM in float32: median of the turns (quartiles).",
        ", ".join(f"{name} {value}" for name, value in machine.items()) + ".",
        *([] if "torch" in machine else ['torch is not installed: pip install ".[peers]" adds its column.']),
        "",
        *map(_row, [heads, ["---"] * len(heads), *rows]),
        "",
        f"Compiling char_lstm, in ms: {compiling}. Lengths take no part in it. Its module: {compilation.lines} lines.",
    ]
    return "\n".join(lines) + "\n"


def _ratios(times: Mapping[str, Spread]) -> list[float]:
    ours, *others = (spread.median for spread in times.values())
    return [ours / other for other in others]


def _ratio(value: float) -> str:
    return f"{value:.2f}"


def _spread(spread: Spread) -> str:
    return f"{spread.median:.1f} ({spread.low:.1f}-{spread.high:.1f})"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main(sys.argv[1:])
