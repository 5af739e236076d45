"""The loop: it learns, it resumes bit for bit, it stops when asked or when numbers are lost."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnndsl.data import ExampleBatches
from rnndsl.train import CheckpointError, Diverged, Interrupted, RunFolder, Silent, Trainer
from rnndsl.train.checkpoint import Checkpoint, read
from rnndsl.train.metrics import Measurement
from rnndsl.train.metrics import read as read_metrics
from tests.train.elman import Elman, OfTrees, examples_of_trees
from tests.train.runs import SYMBOLS, job, run

ROOT = Path(__file__).resolve().parents[2]


def _state(folder: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return all that two equal runs agree in: everything but the time that they took."""
    newest = read(RunFolder(folder).checkpoints()[-1])
    arrays = {name: array.tobytes() for name, array in newest.arrays.items()}
    state = {key: value for key, value in newest.about["state"].items() if key != "seconds"}
    return arrays, {**newest.about, "state": state}


def test_it_learns_a_short_text(tmp_path: Path) -> None:
    finished = run(tmp_path, steps=150, eval_every=50)
    measurements = read_metrics(tmp_path / "metrics.jsonl")
    assert [m.step for m in measurements] == [50, 100, 150]
    assert measurements[-1].held_out is not None
    assert finished.best == min(m.held_out for m in measurements if m.held_out is not None) < 2.6
    assert measurements[0].train > measurements[-1].train


def test_trees_go_with_their_examples(tmp_path: Path) -> None:
    program, examples = OfTrees(), examples_of_trees(10)
    batches = ExampleBatches(examples, 4, seed=0)
    whole = replace(job(program=program, epochs=2), batches=batches, held_out=ExampleBatches(examples, 4))
    Trainer(whole, RunFolder(tmp_path), Silent()).run()
    sizes = [len(tree) for tree in examples.structure["n"]]
    assert sorted(program.heard) == sorted(sizes * 3)  # two epochs and one score


@pytest.mark.parametrize("options", [{}, {"optimiser": "sgd", "rate": 0.5, "schedule": "linear"}, {"held_out": 0.0}])
@pytest.mark.parametrize("cut", [1, 10, 17, 59])
def test_a_resumed_run_is_the_same_run(tmp_path: Path, options: dict[str, Any], cut: int) -> None:
    run(tmp_path / "whole", steps=60, **options)
    trainer = Trainer(job(steps=60, **options), RunFolder(tmp_path / "parts"), _StopAt(cut))
    with pytest.raises(Interrupted) as stopped:
        trainer.run()
    assert stopped.value.step == cut
    run(tmp_path / "parts", resume=True, steps=60, **options)
    assert _state(tmp_path / "parts") == _state(tmp_path / "whole")
    measured = [[(m.step, m.train, m.held_out, m.rate, m.norm) for m in read_metrics(tmp_path / name / "metrics.jsonl")]
                for name in ("whole", "parts")]  # fmt: skip
    assert measured[0] == measured[1]


class _StopAt(Silent):
    """Sends the process a signal after a step."""

    def __init__(self, step: int) -> None:
        self._step = step

    def stepped(self, moment: Any) -> None:
        if moment.step == self._step:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)


def test_every_step_has_its_share_of_scheduled_sampling(tmp_path: Path) -> None:
    heard: list[float] = []

    class Listening(Elman):
        def loss_and_grad(self, *arguments: Any, mix: float = 0.0, **options: Any) -> Any:
            heard.append(mix)
            return super().loss_and_grad(*arguments, **options)

    program = Listening(len(SYMBOLS.entries))
    run(tmp_path / "mixed", program=program, steps=4, held_out=0.0, scheduled_sampling="linear:0:0.6:3")
    assert heard == pytest.approx([0, 0.2, 0.4, 0.6])
    heard.clear()
    run(tmp_path / "plain", program=program, steps=2, held_out=0.0)
    assert heard == [0, 0]


def test_frozen_parameters_stay(tmp_path: Path) -> None:
    run(tmp_path, steps=5)
    before = Elman(len(SYMBOLS.entries)).init(0)
    after = read(RunFolder(tmp_path).checkpoints()[-1]).params
    assert (after["F"] == before["F"]).all()
    assert (after["W"] != before["W"]).any()


def test_runs_of_other_settings_data_or_specs_are_not_resumed(tmp_path: Path) -> None:
    run(tmp_path, steps=5)
    with pytest.raises(CheckpointError, match=r"RNN709.*rate was 0.01, now 0.5"):
        run(tmp_path, resume=True, steps=9, rate=0.5)
    for key in ("spec", "data"):
        other = job(steps=9)
        changed = type(other)(**{**other.__dict__, "about": {**other.about, key: "changed"}})
        with pytest.raises(CheckpointError, match=f"RNN709.*another {key}"):
            Trainer(changed, RunFolder(tmp_path), Silent()).run(resume=True)
    with pytest.raises(CheckpointError, match=r"RNN704.*`W` is float32 \[6, 6\]"):
        run(tmp_path, resume=True, steps=9, program=Elman(len(SYMBOLS.entries), hidden=7))
    with pytest.raises(CheckpointError, match="RNN708"):
        run(tmp_path, steps=9)


def test_a_run_can_go_on_beyond_its_end(tmp_path: Path) -> None:
    run(tmp_path, steps=5, schedule="constant")
    assert run(tmp_path, resume=True, steps=8, schedule="constant").step == 8
    assert run(tmp_path, resume=True, steps=8, schedule="constant").step == 8


class _Poisoned(Elman):
    """Loses its numbers at one call."""

    def __init__(self, at: int, *, gradient: bool) -> None:
        super().__init__(len(SYMBOLS.entries))
        self._left, self._gradient = at, gradient

    def loss_and_grad(self, *arguments: Any, **options: Any) -> Any:
        self._left -= options.get("noise") is not None
        loss, grads, carry = super().loss_and_grad(*arguments, **{"carry": {}, **options})
        if self._left == 0 and options.get("noise") is not None:
            if self._gradient:
                grads["W"][0, 0] = np.inf
            else:
                loss = type(loss)(np.nan, loss.terms)
        return loss, grads, carry


@pytest.mark.parametrize("gradient", [False, True])
def test_numbers_that_are_not_finite_end_the_run_and_the_last_good_checkpoint_stays(
    tmp_path: Path, *, gradient: bool
) -> None:
    poisoned = _Poisoned(14, gradient=gradient)
    with pytest.raises(Diverged) as caught:
        run(tmp_path, steps=60, program=poisoned)
    assert caught.value.step == 14
    assert [step for step, _ in caught.value.norms] == [10, 11, 12, 13, 14]
    assert caught.value.kept == RunFolder(tmp_path).checkpoints()[-1]
    assert read(caught.value.kept).about["step"] == 10


def test_a_damaged_checkpoint_is_said_and_the_one_before_resumed(tmp_path: Path) -> None:
    run(tmp_path, steps=30)
    newest = RunFolder(tmp_path).checkpoints()[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    notes: list[str] = []

    class Listener(Silent):
        def note(self, text: str) -> None:
            notes.append(text)

        def measured(self, measurement: Measurement, *, best: bool) -> None:
            notes.append(f"{measurement.step}")

    Trainer(job(steps=30), RunFolder(tmp_path), Listener()).run(resume=True)
    assert "RNN701" in notes[0]
    assert notes[0].endswith("going on from step-00000020.safetensors")
    assert notes[1:] == ["30"]


def _start(folder: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.train.runs", str(folder), *words]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _wait_for_checkpoints(folder: Path, count: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if any(int(path.stem.split("-")[1]) >= count for path in RunFolder(folder).checkpoints()):
            return
        time.sleep(0.01)
    raise AssertionError("no checkpoint was written")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_ends_with_130(tmp_path: Path, number: int) -> None:
    process = _start(tmp_path, "100000", "slow")
    _wait_for_checkpoints(tmp_path, 3)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert read(RunFolder(tmp_path).checkpoints()[-1]).about["step"] == int(out)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.slow
def test_killing_it_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    """It saves at every step, so a kill often falls into a save."""
    run(tmp_path / "whole", steps=400, eval_every=1)
    random, reached = np.random.default_rng(0), 0
    for _ in range(8):
        resume = ["resume"] if RunFolder(tmp_path / "killed").checkpoints() else []
        process = _start(tmp_path / "killed", "400", *resume)
        _wait_for_checkpoints(tmp_path / "killed", reached + 1)
        time.sleep(float(random.uniform(0.0, 0.1)))
        process.kill()
        process.communicate(timeout=30)
        newest: Checkpoint = RunFolder(tmp_path / "killed").latest(Elman(len(SYMBOLS.entries)).init())[1]
        assert newest.about["step"] > reached
        reached = newest.about["step"]
    run(tmp_path / "killed", resume=True, steps=400, eval_every=1)
    assert _state(tmp_path / "killed") == _state(tmp_path / "whole")
    assert not list((tmp_path / "killed").glob(".*.tmp"))


def test_parameters_that_overflow_end_the_run_too(tmp_path: Path) -> None:
    """The gradient of the last step is finite, the parameters after it are not: they must not be saved."""
    with pytest.raises(Diverged) as caught:
        run(tmp_path, steps=1, optimiser="sgd", rate=1e39, clip=0.0, warm_up=0)
    assert caught.value.step == 1
    assert RunFolder(tmp_path).checkpoints() == []
