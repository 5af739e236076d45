"""What is to be reached, and what was: every figure is computed from the measurements of one run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan, nan
from statistics import geometric_mean
from typing import Final

from tests.benchmarks.layers import EQUAL
from tests.benchmarks.measure import Cost
from tests.benchmarks.problem import FLOOR, FUSED, OURS
from tests.benchmarks.report import Report, ratio, row_text

#: What a figure is where nothing of what it needs was measured.
UNKNOWN: Final = nan
EAGER: Final = "torch, eager"
JAX: Final = "JAX, lax.scan"
COMPILED: Final = "torch.compile"
#: From how many units on products are expected to dominate.
WIDE: Final = 256
#: From how many bytes on a process grows by its buffers more than by anything else.
LARGE: Final = 10**7
#: The model whose compilation counts.
LSTM_MODEL: Final = "char_lstm, layers = 1"

Found = dict[str, Cost]


@dataclass(frozen=True)
class Target:
    """A figure with what it must be and what one would like it to be; `most` where smaller is better.

    `bound` is what the figure would be if ours did its products and nothing else.
    """

    what: str
    must: float
    moonshot: float | None
    figure: Callable[[Report], float]
    bound: Callable[[Report], float] | None = None
    most: bool = False
    unit: str = ""

    def row(self, report: Report) -> str:
        """Return its row of the table."""
        sign = "<=" if self.most else ">="
        wish = "" if self.moonshot is None else f"{sign} {self.moonshot:g}{self.unit}"
        one, cores = (self._cells(each) for each in (report, report.with_cores()))
        one[0] = one[0] or "not measured"
        return row_text([self.what, f"{sign} {self.must:g}{self.unit}", wish, *one, *cores])

    def _cells(self, report: Report) -> list[str]:
        """Return a figure, whether it will do, and what the products allow at most."""
        figure, bound = self.figure(report), UNKNOWN if self.bound is None else self.bound(report)
        texts = ["" if isnan(number) else f"{number:.3g}{self.unit}" for number in (figure, bound)]
        return [texts[0], self._verdict(figure), texts[1]]

    def _verdict(self, figure: float) -> str:
        if isnan(figure):
            return ""
        bounds = [(self.moonshot, "moonshot"), (self.must, "yes")]
        passed = (
            word for bound, word in bounds if bound is not None and (figure <= bound if self.most else figure >= bound)
        )
        return next(passed, "no")


def targets_text(report: Report) -> str:
    """Return the table of all targets."""
    own = ["reached", "products allow"]
    heads = ["what", "must", "moonshot", "one thread", *own, "all cores", *own]
    rows = [row_text(heads), row_text(["---"] * len(heads)), *(target.row(report) for target in TARGETS)]
    return "\n".join(rows) + "\n"


# Figures --------------------------------------------------------------------------------------------------------------


def shapes(report: Report, *names: str) -> Iterator[tuple[str, Found]]:
    """Yield what was measured of some problems, by the first part of a shape."""
    for name in names:
        for shape, found in report.problems.get(name, {}).items():
            yield str(shape[0]), dict(found)


def mean(ratios: Sequence[float]) -> float:
    """Return a geometric mean."""
    return geometric_mean(ratios) if ratios else UNKNOWN


def against(problem: str, peers: Sequence[str], ours: str, kind: str = "") -> Callable[[Report], float]:
    """Return the figure: the best of some peers over ours, the mean over shapes."""

    def figure(report: Report) -> float:
        measured = [found for first, found in shapes(report, problem) if not kind or first == kind]
        return mean(
            [
                min(ratio(found, peer, ours) for peer in peers if peer in found)
                for found in measured
                if ours in found and any(peer in found for peer in peers)
            ]
        )

    return figure


def _figures(
    problem: str, peers: Sequence[str], ours: str, kind: str = ""
) -> tuple[Callable[[Report], float], Callable[[Report], float]]:
    """Return the figure, and what it would be of the products alone."""
    return against(problem, peers, ours, kind), against(problem, peers, FLOOR, kind)


def built_in(ours: str) -> Callable[[Report], float]:
    """Return the figure: torch's layers over ours, for an LSTM and a GRU in the same shapes."""

    def figure(report: Report) -> float:
        lstm, gru, name = report.problems.get("steps", {}), report.problems.get("layers", {}), "torch.nn.LSTM"
        ratios = [ratio(found, name, ours) for found in lstm.values() if {ours, name} <= set(found)]
        ratios += [
            ratio(found, "torch.nn", ours)
            for shape, found in gru.items()
            if shape[:2] == ("ResetAfterGRU", "training") and shape[2:] in lstm and {ours, "torch.nn"} <= set(found)
        ]
        return mean(ratios)

    return figure


def over_products(ours: str) -> Callable[[Report], float]:
    """Return the figure: the time of wide layers over that of their products."""

    def figure(report: Report) -> float:
        measured = [found for name in ("steps", "cells") for found in _wide(report, name)]
        return mean([1 / ratio(found, FLOOR, ours) for found in measured if {ours, FLOOR} <= set(found)])

    return figure


def memory(ours: str) -> Callable[[Report], float]:
    """Return the figure: a process's growth over what the adjoint reads, of the LSTM's large shapes the worst."""

    def figure(report: Report) -> float:
        kept = report.kept.get("steps", {})
        grown = {shape: found[ours].mb for shape, found in report.problems.get("steps", {}).items() if ours in found}
        large = [shape for shape, size in kept.items() if size >= LARGE]
        return max((1e6 * (grown.get(shape) or UNKNOWN) / kept[shape] for shape in large), default=UNKNOWN)

    return figure


def ragged(report: Report) -> float:
    """Return the figure: lengths of all kinds over equal lengths."""
    measured = [found for _, found in shapes(report, "ragged") if {OURS, EQUAL} <= set(found)]
    return mean([1 / ratio(found, EQUAL) for found in measured])


def compiling(report: Report) -> float:
    """Return the figure: what compiling an LSTM takes."""
    compilations = report.overhead.compilations if report.overhead else ()
    return next((each.later.median for each in compilations if each.model == LSTM_MODEL), UNKNOWN)


def _wide(report: Report, name: str) -> Iterator[Found]:
    for shape, found in report.problems.get(name, {}).items():
        if shape[-1] >= WIDE:
            yield dict(found)


def _pairs(ours: str, bounds: Sequence[tuple[float, float]]) -> Iterator[Target]:
    """Yield what depends on the backend; `bounds` are (must, moonshot) in the order of the targets."""
    name = "NumPy" if ours == OURS else "numba"
    (layer, eager, best) = bounds
    yield Target(f"LSTM and GRU, {name}: `torch.nn` / ours", *layer, built_in(ours))
    yield Target(f"custom cells, {name}: torch eager / ours", *eager, *_figures("cells", [EAGER], ours))
    alone = _figures("cells", ["torch, a step at a time"], ours)
    yield Target(f"the same, {name}: torch eager, each step its own input / ours", *eager, *alone)
    what = f"custom cells, {name}: the best of torch.compile and JAX / ours"
    yield Target(what, *best, *_figures("cells", [COMPILED, JAX], ours))


TARGETS: Final[Sequence[Target]] = (
    *_pairs(OURS, [(0.85, 1.0), (2.2, 3), (1.0, 1.2)]),
    *_pairs(FUSED, [(1.0, 1.3), (2.5, 4), (1.3, 1.6)]),
    Target("NTM, numba: torch eager / ours", 2.5, 5, *_figures("ntm", [EAGER], FUSED)),
    Target("NTM, numba: JAX / ours", 1.2, 2, *_figures("ntm", [JAX], FUSED)),
    Target("attention, numba: torch eager / ours", 2.5, 5, *_figures("attention", [EAGER], FUSED)),
    Target("attention, numba: JAX / ours", 1.2, 2, *_figures("attention", [JAX], FUSED)),
    Target(
        "Tree-LSTM, NumPy: torch node by node / ours",
        10,
        20,
        *_figures("trees", ["torch, node by node"], OURS, kind="32"),
    ),
    Target(
        "Tree-LSTM, NumPy: torch level by level / ours",
        1.1,
        2,
        *_figures("trees", ["torch, level by level"], OURS, kind="32"),
    ),
    Target("time over that of the products alone, H >= 256, NumPy", 1.25, 1.1, over_products(OURS), most=True),
    Target("the same, numba", 1.25, 1.1, over_products(FUSED), most=True),
    Target("compiling an LSTM model", 60, 15, compiling, most=True, unit=" ms"),
    Target(
        "`import rnndsl`",
        60,
        None,
        lambda r: r.overhead.imports.median if r.overhead else UNKNOWN,
        most=True,
        unit=" ms",
    ),
    Target(
        "`rnndsl --help`",
        150,
        None,
        lambda r: r.overhead.helps.median if r.overhead else UNKNOWN,
        most=True,
        unit=" ms",
    ),
    Target("memory of an LSTM's step over what its adjoint reads, NumPy", 1.5, 1.1, memory(OURS), most=True),
    Target("ragged batch over equal lengths, NumPy", 1.15, 1.05, ragged, most=True),
    Target(
        "generated over hand-written NumPy",
        1.05,
        1.0,
        lambda r: 1 / against("steps", ["hand-written"], OURS)(r),
        most=True,
    ),
)
