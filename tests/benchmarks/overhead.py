"""What there is besides steps: compiling, by the number of equations, and starting."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

import rnndsl
from rnndsl.bench.bench import Spread
from tests.benchmarks.measure import ROOT
from tests.benchmarks.problem import library

REPEATS: Final = 9
#: One model with more and more layers, and models of other kinds.
MODELS: Final[Sequence[tuple[str, Mapping[str, int]]]] = (
    *(("char_lstm", {"vocab": 65, "layers": layers}) for layers in (1, 2, 4, 8)),
    ("translate", {}),
    ("ntm", {}),
    ("ntm_heads", {}),
    ("tree_lstm", {}),
)
IMPORT: Final = "from time import perf_counter as c; s = c(); import rnndsl; print(1000 * (c() - s))"


@dataclass(frozen=True)
class Compilation:
    """What compiling takes, in milliseconds, from text to loaded module; `lines` are those of the module."""

    model: str
    equations: int
    later: Spread
    lines: int


@dataclass(frozen=True)
class Overhead:
    """Milliseconds until the first call; `grammar` is what the first compilation of a process takes besides others'."""

    imports: Spread
    helps: Spread
    grammar: float
    compilations: Sequence[Compilation]


def time_overhead(repeats: int, models: Sequence[tuple[str, Mapping[str, int]]] = MODELS) -> Overhead:
    """Measure all of it."""
    imports = [float(_output(["-c", IMPORT])) for _ in range(repeats)]
    helps = []
    for _ in range(repeats):
        start = perf_counter()
        _output(["-m", "rnndsl", "--help"])
        helps.append(1000 * (perf_counter() - start))
    name, dims = models[0]
    first = _timed(library(name), dims)
    compilations = [_compilation(name, dims, repeats) for name, dims in models]
    grammar = max(0.0, first - compilations[0].later.median)
    return Overhead(Spread.of(imports), Spread.of(helps), grammar, compilations)


def _compilation(name: str, dims: Mapping[str, int], repeats: int) -> Compilation:
    spec = library(name)
    program = rnndsl.compile(spec, dims=dims)
    given = ", ".join(f"{dim} = {value}" for dim, value in dims.items() if dim == "layers")
    times = [_timed(spec, dims) for _ in range(repeats)]
    lines = len(program.source.splitlines())
    return Compilation(f"{name}, {given}" if given else name, len(program.graph.equations), Spread.of(times), lines)


def _timed(spec: Path, dims: Mapping[str, int]) -> float:
    start = perf_counter()
    rnndsl.compile(spec, dims=dims)
    return 1000 * (perf_counter() - start)


def _output(arguments: Sequence[str]) -> str:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout
