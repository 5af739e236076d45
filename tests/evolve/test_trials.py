"""Trials in processes of their own: a crash, an overrun, a wish to stop (budgets: tests/hostile/test_evolution.py)."""

import json
import math
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from rnndsl.evolve import trials
from rnndsl.evolve.tasks import HeldOut
from rnndsl.evolve.trials import StoppedError, Trials
from rnndsl.evolve.verdict import Budget, Verdict
from tests.evolve.cells import WHOLE


def about(folder: Path, text: str = "abcab" * 60, **settings: int) -> dict[str, object]:
    """Describe a task whose data are a text."""
    (folder / "a.txt").write_text(text)
    small = {"batch": 2, "chunk": 8, "rate": 0.03, **settings}
    return asdict(HeldOut(str(folder / "a.txt"), settings=small, steps=4))


def test_a_trial_says_what_the_task_says(tmp_path: Path) -> None:
    task = about(tmp_path)
    verdict = Trials("held_out", task, Budget()).judge(WHOLE)
    assert verdict.fitness == HeldOut(**task).judge(WHOLE, Budget()).fitness  # type: ignore[arg-type]
    assert verdict.reason == ""
    assert verdict.seconds > 0


@pytest.mark.parametrize("code", ["import os; os.abort()", "import sys; sys.exit(3)", "print('no verdict')"])
def test_a_process_that_dies_is_a_verdict(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dying.py").write_text(code)
    monkeypatch.setattr(trials, "WORKER", "dying")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    verdict = Trials("held_out", {}, Budget()).judge("x" * 1_000_000)
    assert verdict.fitness == -math.inf
    expected = {"abort": "was killed by SIGABRT", "exit": "ended with 3", "print": "ended with 0"}
    assert next(told for word, told in expected.items() if word in code) in verdict.reason


def sleeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sleeping.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(trials, "WORKER", "sleeping")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_a_process_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeping(tmp_path, monkeypatch)
    began = time.monotonic()
    verdict = Trials("held_out", {}, Budget(seconds=0.1, grace=0.2)).judge(WHOLE)
    assert (verdict.fitness, verdict.reason) == (-math.inf, "took longer than 0.4 s")
    assert time.monotonic() - began < 60


def test_a_wish_to_stop_ends_a_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeping(tmp_path, monkeypatch)
    with pytest.raises(StoppedError):
        Trials("held_out", {}, Budget()).judge(WHOLE, lambda: True)


def test_a_verdict_that_is_not_finite_comes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.dumps(asdict(Verdict(math.nan, "diverged")))
    (tmp_path / "telling.py").write_text(f"print({told!r})\n")
    monkeypatch.setattr(trials, "WORKER", "telling")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    verdict = Trials("held_out", {}, Budget()).judge(WHOLE)
    assert math.isnan(verdict.fitness)
    assert verdict.reason == "diverged"
