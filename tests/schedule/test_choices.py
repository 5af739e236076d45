"""Choices of the schedule: other programs, the same results."""

from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.bench.workload import Sizes, draw_workload
from rnndsl.compiler import build, check, optimise
from rnndsl.locations import data_folder
from rnndsl.schedule.choices import USUAL, Choices
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.verify import verify_schedule

#: By choice a model whose program it changes.
CHANGED = {
    "hoisted": "char_lstm",
    "sunk": "tree_lstm",
    "grown": "translate",
    "repeated": "translate",
    "shared": "tree_lstm",
}
DIMS = {
    "char_lstm": {"vocab": 4, "hidden": 3},
    "tree_lstm": {"vocab": 4, "size": 3},
    "translate": {"source_vocab": 4, "target_vocab": 5, "hidden": 3, "embed": 2, "align": 2},
}


@cache
def usual(name: str) -> tuple[rnndsl.Program, Any, dict[str, Any]]:
    program = rnndsl.compile(path_of(name), dims=DIMS[name], dtype="float64")
    case = draw_workload(program, Sizes(4, 5, 4, ragged=True), seed=1)
    return program, case, {"lengths": case.lengths or None, "structure": case.structure or None}


def path_of(name: str) -> Any:
    return data_folder("specs") / "models" / f"{name}.rnn"


def test_every_choice_is_named() -> None:
    assert CHANGED.keys() == {field.name for field in fields(Choices)}
    assert [str(choices) for choices in USUAL.others()] == [f"not {name}" for name in CHANGED]
    assert str(USUAL) == "as usual"


@pytest.mark.parametrize(("choice", "name"), CHANGED.items(), ids=CHANGED)
def test_other_choices_change_the_program_and_not_its_results(choice: str, name: str) -> None:
    program, case, points = usual(name)
    other = rnndsl.compile(path_of(name), dims=DIMS[name], dtype="float64", choices=Choices(**{choice: False}))
    assert other.source != program.source
    loss, grads = program.loss_and_grad(case.params, case.data, wrt="all", **points)
    ours, found = other.loss_and_grad(case.params, case.data, wrt="all", **points)
    assert ours == pytest.approx(loss, rel=1e-12)
    for key, grad in found.items():
        np.testing.assert_allclose(grad, grads[key], rtol=1e-9, atol=1e-13, err_msg=key)
    for key, array in other.run(case.params, case.data, **points).items():
        np.testing.assert_allclose(array, program.run(case.params, case.data, **points)[key], rtol=1e-12)


@pytest.mark.parametrize("choices", tuple(USUAL.others()), ids=str)
def test_schedules_of_other_choices_are_sound(choices: Choices) -> None:
    for name, dims in DIMS.items():
        _, gradient = optimise(build(check(path_of(name), dims=dims)), choices)
        verify_schedule(make_schedule(gradient, choices=choices))
