"""Counting: what statements do follows from the schedule and the extents of a batch."""

from dataclasses import replace

import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule import counting
from rnndsl.schedule.counting import STEP, count_work
from rnndsl.schedule.extents import Extents
from rnndsl.schedule.plan import Schedule
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.work import LIGHT, MOVE, TANH, Work
from tests.schedule.specs import TREE, adjoint_of, graph_of
from tests.schedule.test_extents import EXTENTS

RNN = ("input x[t] : n", "param W, U", "h[t] : 2*n = tanh(W @ h[t-1] + U @ x[t])")
EQUAL = replace(EXTENTS, points={"t": 4.0, "s": 6.0, "m": 9.0})


def counted(graph: RecurrenceGraph, extents: Extents = EQUAL) -> tuple[Schedule, list[Work]]:
    schedule = make_schedule(graph)
    return schedule, list(count_work(schedule, extents))


def of(schedule: Schedule, work: list[Work], op: Op) -> list[Work]:
    return [one for one in work if one.node is not None and schedule.graph.nodes[one.node].op is op]


def test_a_network_goes_over_its_points_step_by_step() -> None:
    schedule, work = counted(graph_of(*RNN, "output h[t]"))
    points = 5 * 4
    (tanh,) = of(schedule, work, Op.TANH)
    assert (tanh.calls, tanh.numbers) == (4, {TANH: points * 8})
    inward, across = sorted((one for one in work if one.product), key=lambda one: one.calls)
    assert inward.product is not None
    assert across.product is not None
    assert (inward.product.calls, inward.product.operations) == (1, 2 * points * 8 * 4)
    assert (across.product.calls, across.product.operations) == (4, 2 * points * 8 * 8)
    assert across.numbers[MOVE] == 8 * 8, "the recurrent matrix is transposed once"
    assert sum(one.views for one in work if one.node is None) == STEP * 4


def test_twice_the_examples_are_twice_the_numbers_in_as_many_calls() -> None:
    graph = adjoint_of(*RNN, "loss sum(sum(h[t]) over t)")
    _, once = counted(graph)
    _, twice = counted(graph, replace(EQUAL, examples=10))
    assert [one.calls for one in once] == [one.calls for one in twice]
    assert sum(one.numbers.get(TANH, 0) for one in twice) == 2 * sum(one.numbers.get(TANH, 0) for one in once)
    for one, other in zip(once, twice, strict=True):
        if one.product and other.product:
            assert other.product.operations == 2 * one.product.operations


def test_arrays_that_are_repeated_go_row_by_row() -> None:
    lines = ("input x[t], a[t] : n", "y[t] : n = sum(a[t]) * x[t]", "z[t] : n = a[t] * x[t]", "output y[t], z[t]")
    schedule, work = counted(graph_of(*lines))
    repeated, alike = sorted(of(schedule, work, Op.MUL), key=lambda one: -one.rows)
    assert (repeated.rows, alike.rows) == (5 * 4, 0)
    assert repeated.calls == alike.calls + 1
    assert repeated.numbers == alike.numbers == {LIGHT: 5 * 4 * 4}


def test_leaves_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(*TREE, "input x[m] : n", "param W, U",
                     "h[m] : n = tanh(W @ sum(h[c] over c) + U @ x[m])", "output h[m]")  # fmt: skip
    schedule, work = counted(graph)
    inner = [one.product for one in work if one.product and one.node in schedule.inner]
    assert [product.calls for product in inner] == [4]
    assert inner[0].operations == pytest.approx(2 * 5 * 4 * 4 * 4)
    structure = sum(one.calls for one in work if one.node is None)
    monkeypatch.setattr(counting, "STRUCTURE", 0)
    _, without = counted(graph)
    assert structure - sum(one.calls for one in without if one.node is None) == 1500


def test_what_does_not_fit_into_the_cache_comes_from_afar(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = adjoint_of(*RNN, "loss sum(sum(h[t]) over t)")
    long = replace(EQUAL, points={"t": 400.0}, lengths={"t": 400})
    tape = 5 * 400 * 8 * 4  # numbers of 4 bytes
    assert sum(one.far for one in counted(graph, long)[1]) == 0
    monkeypatch.setattr(counting, "CACHE", tape - 1)
    kept = sum(one.far for one in counted(graph, long)[1])
    assert kept >= 2 * tape, "both loops meet h"
    assert kept % tape == 0, "steps are small, and so is x"
    monkeypatch.setattr(counting, "CACHE", 1000)
    assert sum(one.far for one in counted(graph, long)[1]) > 2 * kept, "steps are large, too"
