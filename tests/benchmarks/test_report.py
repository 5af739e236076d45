"""Tables and targets say what was measured."""

import json
from dataclasses import replace
from math import isnan, nan
from typing import Any

import pytest

from rnndsl.bench.bench import Spread
from tests.benchmarks.layers import EQUAL
from tests.benchmarks.measure import Cost
from tests.benchmarks.overhead import Compilation, Overhead, time_overhead
from tests.benchmarks.page import page_text
from tests.benchmarks.problem import FLOOR, FUSED, OURS
from tests.benchmarks.problems import PROBLEMS
from tests.benchmarks.report import Report
from tests.benchmarks.targets import TARGETS, targets_text


def cost(ms: float, mb: float | None = 5.0, first: float = 30.0) -> Cost:
    return Cost(Spread(ms, ms - 0.5, ms + 0.5), mb, first)


def shaped(name: str, *parts: Any) -> tuple[Any, ...]:
    shape: tuple[Any, ...] = PROBLEMS[name].shape(*parts)
    return shape


def overhead() -> Overhead:
    compilations = [Compilation("char_lstm, layers = 1", 8, Spread(20, 19, 21), 300)]
    return Overhead(Spread(70, 69, 71), Spread(100, 99, 101), 40.0, compilations)


def report() -> Report:
    small, large = shaped("steps", 1, 2, 3, 4), shaped("steps", 5, 6, 7, 512)
    cells = {shaped("cells", "MUT1", 1, 2, 3, units): {OURS: cost(10), FLOOR: cost(8)} for units in (4, 300)}
    eager, jax = "torch, eager", "JAX, lax.scan"
    cells[shaped("cells", "MUT1", 1, 2, 3, 4)] |= {eager: cost(40), jax: cost(20), "torch.compile": cost(15)}
    cells[shaped("cells", "MUT1", 1, 2, 3, 300)] |= {eager: cost(10), jax: cost(6)}
    problems = {
        "steps": {
            small: {OURS: cost(10, 5.4), "hand-written": cost(20, None), "torch.nn.LSTM": cost(9)},
            large: {OURS: cost(16, 60.0), "hand-written": cost(2), "torch.nn.LSTM": cost(16), FLOOR: cost(16)},
        },
        "layers": {
            shaped("layers", "ResetAfterGRU", "training", *small): {OURS: cost(10), "torch.nn": cost(10)},
            shaped("layers", "ResetAfterGRU", "forward", *small): {OURS: cost(10), "torch.nn": cost(70)},
        },
        "ragged": {shaped("ragged", "LSTM", "ragged", *small): {OURS: cost(11), EQUAL: cost(10)}},
        "cells": cells,
        "trees": {
            shaped("trees", trees, 25, 4, 5, 6): {OURS: cost(10), FLOOR: cost(5), "torch, node by node": cost(ms)}
            for trees, ms in ((32, 205), (8, 10))
        },
    }
    kept = {**{name: {} for name in problems}, "steps": {small: 10**6, large: 4 * 10**7}}
    cores = {"steps": {small: {OURS: cost(10), "torch.nn.LSTM": cost(20)}}}
    return Report({"python": "3"}, 9, problems, overhead(), kept, ["Nothing else."], cores)


def test_tables() -> None:
    text = report().as_text()
    assert "| 1, 2, 3, 4 | generated | 10.0 (9.5-10.5) |  | 30 | 5 |\n" in text
    assert "| 1, 2, 3, 4 | hand-written | 20.0 (19.5-20.5) | 2.00 | 30 | unknown |\n" in text
    assert "| geometric mean | hand-written |  | 0.50 |  |  |\n" in text
    assert "| char_lstm, layers = 1 | 8 | 20.0 (19.0-21.0) | 2.50 | 300 |\n" in text
    assert "\nNothing else.\n" in text
    one, cores = text.split("(`steps`), as many threads as it takes:\n")
    assert "(`steps`), one thread:\n" in one
    assert "| 1, 2, 3, 4 | torch.nn.LSTM | 20.0 (19.5-20.5) | 2.00 | 30 | 5 |\n" in cores


def test_tables_compare_with_both_backends() -> None:
    costs = {shaped("steps", 1, 2, 3, 4): {OURS: cost(10), FUSED: cost(5), "hand-written": cost(20)}}
    text = Report({"python": "3"}, 9, {"steps": costs}).as_text()
    assert "| 1, 2, 3, 4 | hand-written | 20.0 (19.5-20.5) | 2.00 | 4.00 | 30 | 5 |\n" in text
    assert "| 1, 2, 3, 4 | generated, numba | 5.00 (4.50-5.50) | 0.50 |  | 30 | 5 |\n" in text


def test_tables_tell_how_fast_texts_are_written() -> None:
    found = Report({"python": "3"}, 9, {"decoding": {shaped("decoding", "beam", 200, 64, 8, 9): {OURS: cost(20)}}})
    assert "| beam, 200, 64, 8, 9 | generated | 20.0 (19.5-20.5) | 640000 |  | 30 | 5 |\n" in found.as_text()
    assert json.dumps(found.as_json()).count('"per_second": 640000.0') == 1


def test_json_says_everything() -> None:
    one = report()
    other = Report.of_json(json.loads(json.dumps(one.as_json())))
    assert other == one
    assert Report.of_json(json.loads(json.dumps(Report({}, 1, {}).as_json()))) == Report({}, 1, {}, notes=[])


# Targets --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "figure", "reached"),
    [
        ("LSTM and GRU, NumPy: `torch.nn` / ours", (0.9 * 1 * 1) ** (1 / 3), "yes"),
        ("custom cells, NumPy: torch eager / ours", 2.0, "no"),  # the mean of 4 and 1
        ("custom cells, NumPy: the best of torch.compile and JAX / ours", 0.9**0.5, "no"),  # of 1.5 and 0.6
        ("time over that of the products alone, H >= 256, NumPy", 1.25**0.5, "yes"),  # of 1 and 10/8
        ("memory of an LSTM's step over what its adjoint reads, NumPy", 1.5, "yes"),  # the large shape alone
        ("Tree-LSTM, NumPy: torch node by node / ours", 20.5, "moonshot"),  # 32 trees alone
        ("Tree-LSTM, NumPy: torch level by level / ours", nan, ""),
        ("ragged batch over equal lengths, NumPy", 1.1, "yes"),
        ("generated over hand-written NumPy", (10 / 20 * 16 / 2) ** 0.5, "no"),
        ("compiling an LSTM model", 20.0, "yes"),
        ("`import rnndsl`", 70.0, "no"),
        ("`rnndsl --help`", 100.0, "yes"),
    ],
)
def test_targets(what: str, figure: float, reached: str) -> None:
    (target,) = (each for each in TARGETS if each.what == what)
    assert target.figure(report()) == pytest.approx(figure, nan_ok=True)
    written = "not measured" if isnan(figure) else f"{figure:.3g}{target.unit}"
    alone = replace(report(), cores={})
    assert f"| {written} | {reached} | " in target.row(alone)


@pytest.mark.parametrize(
    ("what", "bound"),
    [
        ("custom cells, NumPy: torch eager / ours", "2.5"),  # the mean of 40/8 and 10/8
        ("custom cells, NumPy: the best of torch.compile and JAX / ours", "1.19"),  # of 15/8 and 6/8
        ("Tree-LSTM, NumPy: torch node by node / ours", "41"),  # 205/5
        ("Tree-LSTM, NumPy: torch level by level / ours", ""),
        ("`import rnndsl`", ""),
    ],
)
def test_what_the_products_allow_is_told(what: str, bound: str) -> None:
    (target,) = (each for each in TARGETS if each.what == what)
    assert target.row(replace(report(), cores={})).endswith(f" | {bound} |  |  |  |")


def test_figures_with_all_cores_stand_beside_those_with_one_thread() -> None:
    text = targets_text(report())
    assert "| LSTM and GRU, NumPy: `torch.nn` / ours | >= 0.85 | >= 1 | 0.965 | yes |  | 2 | moonshot |  |\n" in text
    assert "| compiling an LSTM model | <= 60 ms | <= 15 ms | 20 ms | yes |  |  |  |  |\n" in text


def test_moonshots_are_told() -> None:
    costs = {shaped("cells", "MUT1", 1, 2, 3, 4): {OURS: cost(10), "torch, eager": cost(30)}}
    text = targets_text(Report({}, 1, {"cells": costs}))
    assert "| custom cells, NumPy: torch eager / ours | >= 2.2 | >= 3 | 3 | moonshot |  |  |  |  |\n" in text


def test_what_was_not_measured_is_told() -> None:
    text = targets_text(Report({}, 1, {}))
    assert text.count("not measured") == len(TARGETS)


def test_page() -> None:
    text = page_text(report())
    assert "The machine: python 3." in text
    assert targets_text(report()) in text
    assert text.endswith(report().as_text())


def test_overhead_is_measured() -> None:
    found = time_overhead(1, [("char_lstm", {"vocab": 5, "layers": 2})])
    assert found.imports.median > 0
    assert found.helps.median > found.imports.low / 10
    (compilation,) = found.compilations
    assert compilation.model == "char_lstm, layers = 2"
    assert compilation.equations > 12, "two layers have six equations each"
    assert compilation.lines > 100
