"""Choosing by measurement: what is faster stays, and nothing else."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

import rnndsl
from rnndsl.bench import tune as module
from rnndsl.bench.tune import Plan, Trial, Variant, tune
from rnndsl.bench.workload import Sizes, draw_workload
from rnndsl.locations import data_folder
from rnndsl.schedule.choices import Choices
from rnndsl.verify.cases import Case

SPEC = data_folder("specs") / "models" / "char_lstm.rnn"


@cache
def make(variant: Variant) -> rnndsl.Program:
    return rnndsl.compile(
        SPEC, dims={"vocab": 4, "hidden": 3, "layers": 1}, choices=variant.choices, threads=variant.threads
    )


@pytest.fixture(scope="module")
def case() -> Case:
    return draw_workload(make(Variant()), Sizes(4, 5))


def with_costs(monkeypatch: pytest.MonkeyPatch, costs: dict[str, float]) -> None:
    """Let every program take the time that is the product of what its variant costs."""

    def compared(one: rnndsl.Program, other: rnndsl.Program, _: Case) -> float:
        return seconds(one) / seconds(other)

    def seconds(program: rnndsl.Program) -> float:
        return next(cost for variant, cost in known if make(variant).source == program.source)

    variants = {"": Variant(), "2 threads": Variant(threads=2)}
    variants |= {f"not {n}": Variant(Choices(**{n: False})) for n in ("hoisted", "sunk", "shared")}
    variants["both"] = replace(variants["not sunk"], threads=2)
    known = [(variants[name], cost) for name, cost in costs.items()]
    monkeypatch.setattr(module, "_compared", compared)


def test_what_is_faster_stays(monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    with_costs(
        monkeypatch,
        {"": 1.0, "not hoisted": 1.5, "not sunk": 0.8, "not shared": 0.99, "2 threads": 2.0, "both": 0.4},
    )
    monkeypatch.setattr(Plan, "steps", ("hoisted", "sunk", "grown", "repeated", 2))
    found = tune(make, case, Plan())
    assert found.best == Variant(Choices(sunk=False), threads=2)
    assert found.ratio == pytest.approx(0.4)
    assert found.trials == (
        Trial("not hoisted", 1.5),
        Trial("not sunk", 0.8),
        Trial("2 threads", 0.5),
    )  # others: no change


def test_what_gains_little_is_left(monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    with_costs(monkeypatch, {"": 1.0, "not hoisted": 0.96, "not sunk": 1.0, "not shared": 1.2})
    found = tune(make, case, Plan())
    assert (found.best, found.ratio) == (Variant(), 1.0)
    assert len(found.trials) == 3


def test_times_are_of_the_calls(monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    """A program that does everything twice takes about twice the time; in a model without a loss `run` is timed."""
    monkeypatch.setattr(module, "SECONDS", 0.0)
    program = make(Variant())
    calls: list[Any] = []
    slow = make.__wrapped__(Variant())

    def twice(*given: Any, **points: Any) -> Any:
        calls.append(points)
        program.loss_and_grad(*given, **points)
        return program.loss_and_grad(*given, **points)

    object.__setattr__(slow, "loss_and_grad", twice)
    assert module._compared(slow, program, case) > 1.3  # noqa: SLF001 - what the rest takes for granted
    assert len(calls) == 2 + module.FEWEST


def test_variants_are_named() -> None:
    assert str(Variant()) == "as usual"
    assert str(Variant(threads=2)) == "2 threads"
    assert str(Variant(Choices(sunk=False, shared=False), 4)) == "not sunk, not shared, 4 threads"
