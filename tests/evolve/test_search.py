"""The search, with trials that are only counted: order, pool, new mutants, going on, and what becomes of failures."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnndsl.evolve.mutant import Dims, Mutant, mutate
from rnndsl.evolve.results import FILE, Individual, Results
from rnndsl.evolve.search import Origin, Plan, Search
from rnndsl.evolve.trials import StoppedError
from rnndsl.evolve.verdict import Verdict
from tests.evolve.cells import ELMAN

ORIGINS = (Origin("elman", ELMAN), Origin("rectified", ELMAN.replace("Elman", "Rectified").replace("tanh", "relu")))


def brief(text: str, stopped: Callable[[], bool] = lambda: False) -> Verdict:
    """Prefer short specs."""
    del stopped
    return Verdict(-float(len(text.partition("cell")[2])), parameters=1)


@pytest.fixture
def results(tmp_path: Path) -> Iterator[Results]:
    with Results.new(tmp_path / FILE, "run", 0, {}) as found:
        yield found


def rows(results: Results) -> list[Individual]:
    return sorted(results.ranked(), key=lambda one: one.number)


def test_origins_come_first_and_then_mutants_of_the_best(results: Results) -> None:
    assert Search(ORIGINS, results, brief, Plan(individuals=12, pool=2)).run()
    found = rows(results)
    assert [one.name for one in found[:2]] == ["elman", "rectified"]
    assert [one.number for one in found] == list(range(12))
    for one in found[2:]:
        best = sorted(found[: one.number], key=lambda other: (-other.fitness, other.number))[:2]
        assert one.parent in {other.number for other in best}
        assert one.mutation
        assert one.name == f"{'elman' if 'cell Elman' in one.spec else 'rectified'}-{one.number}"
        assert one.spec.startswith(f"# {one.name}, a mutant of {found[one.parent or 0].name}:")
    assert max(one.fitness for one in found) > found[0].fitness


def test_nothing_is_tried_twice(results: Results) -> None:
    """Of a mutation with four outcomes, the fifth individual is the last new one; then one is tried again."""

    def exchanged(text: str, descent: str, random: np.random.Generator, **how: Dims) -> Mutant:
        name = random.choice(["sigmoid", "relu", "softplus", "softsign"])
        return Mutant(f"# {descent}\n{ELMAN.replace('tanh', name)}", name)

    Search(ORIGINS[:1], results, brief, Plan(individuals=6), mutate=exchanged).run()
    assert len({one.identity for one in rows(results)[:5]}) == 5
    assert len({one.identity for one in rows(results)}) == 5


def test_the_seed_decides_everything(tmp_path: Path) -> None:
    def specs(name: str, seed: int) -> list[str]:
        with Results.new(tmp_path / name, "run", 0, {}) as found:
            Search(ORIGINS, found, brief, Plan(seed, individuals=6)).run()
            return [one.spec for one in rows(found)]

    assert specs("a", 1) == specs("b", 1) != specs("c", 2)


@pytest.mark.parametrize("stop", range(1, 7, 2))
def test_a_search_that_is_stopped_goes_on_as_if_it_had_not_been(stop: int, tmp_path: Path) -> None:
    with Results.new(tmp_path / "whole", "run", 0, {}) as whole:
        Search(ORIGINS, whole, brief, Plan(individuals=7)).run()
        expected = rows(whole)

    def interrupted(text: str, stopped: Callable[[], bool]) -> Verdict:
        if parts.count == stop and not again:
            raise StoppedError
        return brief(text, stopped)

    with Results.new(tmp_path / "parts", "run", 0, {}) as parts:
        again: list[bool] = []
        assert not Search(ORIGINS, parts, interrupted, Plan(individuals=7)).run()
        assert parts.count == stop
        again.append(True)
        assert Search(ORIGINS, parts, interrupted, Plan(individuals=7)).run()
        assert rows(parts) == expected


def test_a_wish_to_stop_is_heard_between_two_trials(results: Results) -> None:
    assert not Search(ORIGINS, results, brief, Plan(individuals=9), stopped=lambda: results.count == 3).run()
    assert results.count == 3


def test_time_ends_a_search(results: Results) -> None:
    assert Search(ORIGINS, results, brief, Plan(minutes=1e-9)).run()
    assert results.count == 0


def test_the_best_is_told(results: Results) -> None:
    fitness = iter([-2.0, math.nan, -math.inf, -3.0, -1.0, -1.0])
    told: list[tuple[int, bool]] = []
    search = Search(
        ORIGINS, results, lambda text, stopped: Verdict(next(fitness), "why"), Plan(individuals=6),
        lambda one, best: told.append((one.number, best)),
    )  # fmt: skip
    search.run()
    assert told == [(0, True), (1, False), (2, False), (3, False), (4, True), (5, False)]


def test_nothing_that_failed_has_mutants(results: Results) -> None:
    def judge(text: str, stopped: Callable[[], bool]) -> Verdict:
        return Verdict([-2.0, math.nan, -math.inf][results.count % 3], "why")

    Search(ORIGINS, results, judge, Plan(individuals=9)).run()
    fit = {one.number for one in rows(results) if one.finite}
    assert {one.parent for one in rows(results)} <= fit | {None}


def test_where_all_origins_fail_their_mutants_are_tried(results: Results) -> None:
    Search(ORIGINS, results, lambda text, stopped: Verdict(-math.inf, "why"), Plan(individuals=4)).run()
    assert [one.parent for one in rows(results)[:2]] == [None, None]
    assert all(one.parent in {0, 1} for one in rows(results)[2:])


def test_a_mutant_that_is_no_spec_is_an_individual_like_others(results: Results) -> None:
    def broken(text: str, descent: str, random: np.random.Generator, **how: Dims) -> Mutant:
        found = mutate(text, descent, random, **how)  # type: ignore[arg-type]
        return Mutant("cell Broken(:\n", found.mutation) if results.count == 3 else found

    def judge(text: str, stopped: Callable[[], bool]) -> Verdict:
        return Verdict(-math.inf, "does not compile") if "Broken" in text else brief(text)

    how: dict[str, Any] = {"mutate": broken}
    assert Search(ORIGINS, results, judge, Plan(individuals=6), **how).run()
    assert [one.finite for one in rows(results)] == [True, True, True, False, True, True]
    assert rows(results)[3].reason == "does not compile"
