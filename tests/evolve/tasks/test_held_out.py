"""The task of a user's data."""

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest

from rnndsl.diagnostics.diagnostic import DataError, SpecError
from rnndsl.evolve.tasks import TASKS
from rnndsl.evolve.tasks.held_out import HeldOut, parameters
from rnndsl.evolve.verdict import Budget, OverBudgetError
from tests.evolve.cells import LANGUAGE, WHOLE

SMALL = {"batch": 2, "chunk": 8, "rate": 0.03, "warm_up": 0}


@pytest.fixture
def task(tmp_path: Path) -> HeldOut:
    path = tmp_path / "a.txt"
    path.write_text("abcab" * 60)
    return HeldOut(str(path), settings=SMALL, steps=6)


def test_fitness_is_minus_the_measure_of_train(task: HeldOut) -> None:
    verdict = task.judge(WHOLE, Budget())
    assert verdict.measure == "bits per character"
    assert -2.5 < verdict.fitness < -0.1
    assert verdict.fitness == task.judge(WHOLE, Budget()).fitness, "the same seed, the same batches"
    assert verdict.parameters == parameters(task.prepared(WHOLE)) == 6 * 6 + 6 * 3 + 6 + 3 * 6 + 3


def test_training_helps(task: HeldOut) -> None:
    longer = HeldOut(task.data, settings=SMALL, steps=40)
    assert longer.judge(WHOLE, Budget()).fitness > task.judge(WHOLE, Budget()).fitness + 0.3


def test_a_divergence_is_no_fitness(task: HeldOut) -> None:
    text = WHOLE.replace("tanh(W @ h[t-1] + U @ x[t] + b)", "1e30 * exp(1e3 * (W @ h[t-1]) + U @ x[t] + b)")
    verdict = task.judge(text, Budget())
    assert math.isnan(verdict.fitness)
    assert verdict.reason.startswith("diverged: the loss is ")


def test_parameters_are_counted_before_they_are_made(task: HeldOut) -> None:
    with pytest.raises(OverBudgetError, match=r"160,000,000,000,000 parameters|parameters, more than 1,000"):
        task.judge(WHOLE.replace("hidden = 6", "hidden = 10000000"), Budget(parameters=1000))


def test_mistakes_are_told_as_anywhere(task: HeldOut) -> None:
    with pytest.raises(SpecError):
        task.judge(LANGUAGE, Budget())
    with pytest.raises(DataError, match="RNN607"):
        HeldOut("nowhere.txt").judge(WHOLE, Budget())


def test_a_task_is_json(task: HeldOut) -> None:
    assert TASKS["held_out"](**json.loads(json.dumps(asdict(task)))) == task
