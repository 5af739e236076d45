"""`--tune` and `--threads`: what was measured is used, told, and kept by the run that it was measured for."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rnndsl.bench import records
from rnndsl.bench.tune import Make, Plan, Trial, Tuned, Variant
from rnndsl.cli.main import run
from rnndsl.schedule.choices import Choices
from rnndsl.schedule.machine import Machine
from rnndsl.train import read_about
from rnndsl.verify.cases import Case

TEXT = "the cat sat on the mat and the dog sat on the log " * 20
SIZES = ["--batch", "2", "--steps", "3", "--set", "hidden=3", "--set", "vocab=5", "--set", "layers=1"]
FOUND = Tuned(Variant(Choices(sunk=False)), 0.8, (Trial("not hoisted", 1.1), Trial("not sunk", 0.8)))


@pytest.fixture(autouse=True)
def plans(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Plan, int]]:
    """Return what is measured, with the number of examples, in a folder of its own; always found is the same."""
    found: list[tuple[Plan, int]] = []

    def tune(make: Make, case: Case, plan: Plan) -> Tuned:
        found.append((plan, case.examples))
        make(FOUND.best).loss_and_grad(case.params, case.data, **case.points)  # the batch fits the program
        return replace(FOUND, best=replace(FOUND.best, threads=plan.start.threads))

    monkeypatch.setenv("RNNDSL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(records, "tune", tune)
    monkeypatch.setattr(records, "usable_cores", lambda: 4)
    monkeypatch.chdir(tmp_path)
    return found


def test_bench_tells_what_was_measured_once(plans: list[tuple[Plan, int]], capsys: pytest.CaptureFixture[str]) -> None:
    for word in ("measured", "known from before"):
        assert run(["bench", "char_lstm", *SIZES, "--rounds", "1", "--tune", "--threads", "auto"]) == 0
        told = capsys.readouterr().err.splitlines()
        assert told[-2] == f"{word}, time over the best so far: not hoisted 1.10, not sunk 0.80"
        assert told[-1] == "tuned: not sunk; 0.80 times the time it takes as usual"
    assert plans == [(Plan(threads=(2, 4)), 2)]


def test_json_holds_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "char_lstm", *SIZES, "--rounds", "1", "--tune", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["tuned"]["best"]["choices"]["sunk"] is False
    assert document["tuned"]["trials"][1] == {"step": "not sunk", "ratio": 0.8}


def test_nothing_is_measured_unasked(plans: list[tuple[Plan, int]], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "char_lstm", *SIZES, "--rounds", "1", "--threads", "2"]) == 0
    assert "in 2 threads" in capsys.readouterr().out
    assert plans == []


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (4, 4)])
def test_the_cost_model_chooses_threads(
    cores: int, threads: int, plans: list[tuple[Plan, int]], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(records, "usable_cores", lambda: cores)
    monkeypatch.setattr(Machine, "waiting", lambda *_: 0.0)
    monkeypatch.setattr(Machine, "interpreting", lambda *_: 0.0)
    assert run(["bench", "char_lstm", *SIZES, "--batch", "8", "--rounds", "1", "--threads", "auto", "--json"]) == 0
    text = capsys.readouterr()
    document = json.loads(text.out)
    assert document["threads"] == document["predicted"]["threads"] == threads
    assert f"threads: {threads} thread" in text.err
    assert "says the cost model (its constants: built in)" in text.err
    assert plans == [], "nothing is measured"


def test_compile_writes_the_module_that_is_fastest(plans: list[tuple[Plan, int]], tmp_path: Path) -> None:
    assert run(["compile", "char_lstm", *SIZES[4:], "-o", "usual.py"]) == 0
    assert run(["compile", "char_lstm", *SIZES, "--tune", "-o", "tuned.py"]) == 0
    usual, tuned = ((tmp_path / name).read_text() for name in ("usual.py", "tuned.py"))
    assert usual != tuned
    assert "part.join" not in tuned
    assert plans == [(Plan(), 2)]


def test_a_resumed_run_keeps_what_was_measured(plans: list[tuple[Plan, int]], tmp_path: Path) -> None:
    (tmp_path / "text").write_text(TEXT)
    options = ["train", "char_lstm", "--data", "text", "--out", "run", "--set", "hidden=3", "--set", "layers=1"]
    assert run([*options, "--steps", "1", "--batch", "3", "--chunk", "8", "--tune", "--threads", "2"]) == 0
    assert run([*options, "--steps", "2", "--resume"]) == 0
    about = read_about(tmp_path / "run" / "best.safetensors")
    assert (about["choices"]["sunk"], about["threads"]) == (False, 2)
    assert plans == [(Plan(Variant(threads=2)), 3)]
    assert "part.join" in (tmp_path / "run" / "CharLSTM.py").read_text()


@pytest.mark.parametrize("number", ["0", "-1", "two", "1.5", "99999"])
def test_a_wrong_number_of_threads_is_a_line(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "char_lstm", "--threads", number]) == 2
    assert "neither auto nor a number from 1 to 1024" in capsys.readouterr().err


def test_nothing_is_tuned_for_a_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", "char_lstm", "--tune", "--backend", "cupy"]) == 2
    assert "for a CPU" in capsys.readouterr().err
