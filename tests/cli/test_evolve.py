"""`rnndsl evolve`: two searches with real trials, and what is refused before any trial."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rnndsl.cli import evolve
from rnndsl.cli.main import run
from rnndsl.evolve.results import FILE, Individual, Results
from rnndsl.evolve.trials import Trials
from rnndsl.evolve.verdict import Verdict
from tests.cli.command import ROOT
from tests.evolve.cells import ELMAN, WHOLE

SMALL = ["--set", "hidden=4", "--batch", "2", "--chunk", "8", "--lr", "0.03", "--trial-steps", "3"]
BEGIN = ["evolve", "net.rnn", "--data", "a.txt", *SMALL, "-o", "run"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("abcab" * 60)
    (tmp_path / "net.rnn").write_text(WHOLE)
    (tmp_path / "elman.rnn").write_text(f"# Elman (1990).\n{ELMAN}")
    return tmp_path


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Judge by length, without a process; return the texts that are judged."""
    judged: list[str] = []

    def judge(self: Trials, text: str, stopped: object = None) -> Verdict:
        judged.append(text)
        return Verdict(-float(len(text.partition("cell")[2])), "", 7, 0.25, "bits per character")

    monkeypatch.setattr(Trials, "judge", judge)
    return judged


def stored(folder: Path) -> list[Individual]:
    with Results.open(folder / "run" / FILE) as results:
        return sorted(results.ranked(), key=lambda one: one.number)


def test_a_search_with_real_trials(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*BEGIN, "--individuals", "2", "--json"]) == 0
    seen = capsys.readouterr()
    document: dict[str, Any] = json.loads(seen.out)
    first, second = stored(folder)
    assert first.name == "net"
    assert first.finite
    assert -2.5 < first.fitness < -0.1
    assert second.name == "net-1"
    assert second.parent == 0
    assert document["individuals"] == 2
    assert document["best"]["name"] in {"net", "net-1"}
    assert (
        seen.err.splitlines()[0] == f"fitness is minus bits per character on the held-out part; results in run/{FILE}"
    )
    assert seen.err.splitlines()[1].startswith("    0  net: -")
    assert "BEST" in seen.err.splitlines()[1]


def test_cells_are_tried_in_a_model(at_once: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b").mkdir()
    (folder / "b" / "elman.rnn").write_text(ELMAN.replace("tanh", "relu"))
    cells = ["elman.rnn", "gru", "b/elman.rnn"]
    command = ["evolve", *cells, "--in", "net.rnn", "--data", "a.txt", *SMALL, "-o", "run", "--individuals", "5"]
    assert run(command) == 0
    assert [one.name for one in stored(folder)[:3]] == ["elman", "gru", "elman#2"]
    assert at_once[0].startswith("# Elman (1990).\ncell Elman(n):")
    assert "h[t] = GRU(hidden)(y[t-1])" in at_once[1]
    assert "5 individuals; the best is" in capsys.readouterr().out


def test_a_run_goes_on_as_it_began(at_once: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*BEGIN, "--individuals", "3", "--seed", str(2**64 - 1)]) == 0
    assert run([*BEGIN, "--individuals", "6"]) == 2
    assert "RNN708" in capsys.readouterr().err
    (folder / "net.rnn").unlink()  # all is in the results
    assert run(["evolve", "--resume", "-o", "run", "--individuals", "6"]) == 0
    parts = stored(folder)
    (folder / "run").rename("parts")
    (folder / "net.rnn").write_text(WHOLE)
    assert run([*BEGIN, "--individuals", "6", "--seed", str(2**64 - 1)]) == 0
    assert stored(folder) == parts
    assert len(at_once) == 12


def test_another_text_is_refused(at_once: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*BEGIN, "--individuals", "1"]) == 0
    (folder / "a.txt").write_text("abcba" * 60)
    assert run(["evolve", "--resume", "-o", "run"]) == 2
    assert "RNN709" in capsys.readouterr().err
    assert len(at_once) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_an_interrupted_search_loses_nothing(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "rnndsl", *BEGIN, "--trial-seconds", "300", "--trial-steps", "100000000"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline().startswith("fitness is minus")  # now it listens to signals
    process.send_signal(signal.SIGINT)
    out, told = process.communicate(timeout=120)
    assert process.returncode == 130, told
    assert "0 individuals; none has a fitness" in out
    assert "Stopped; nothing is lost. Go on with:\n  rnndsl evolve --resume -o run" in told
    assert stored(folder) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["evolve"], 2, "give at least one SPEC and --data"),
        (["evolve", "net.rnn"], 2, "give at least one SPEC and --data"),
        (["evolve", "--csv"], 2, "say what --show shows"),
        (["evolve", "net.rnn", "--show", "run"], 2, "--show takes no SPEC"),
        (["evolve", "net.rnn", "--resume"], 2, "leave SPEC out"),
        (["evolve", "--resume", "-o", "nowhere"], 2, "RNN753"),
        (["evolve", "net.rnn", "--data", "nowhere.txt"], 2, "RNN607"),
        (["evolve", "gru", "--in", "gru", "--data", "a.txt"], 2, "RNN752"),
        (["evolve", "bad.rnn", "--data", "a.txt"], 1, "bad.rnn:3:14"),
        (["evolve", "net.rnn", "--data", "a.txt", "--set", "hidden=0"], 1, "hidden"),
        (["evolve", "mut1", "--in", "net.rnn", "--data", "a.txt"], 1, "RNN3"),
        (["evolve", "clockwork", "--in", "net.rnn", "--data", "a.txt"], 2, "RNN751"),
        (["evolve", "elman.rnn", "--data", "a.txt"], 2, "RNN6"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_written(
    arguments: list[str], code: int, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.rnn").write_text("cell A(n):\n    input x : n\n    a = tanh(b)\n    output a\n")
    before = sorted(path.name for path in folder.iterdir())
    found = run(arguments)
    told = capsys.readouterr().err
    assert message in told
    assert found == code
    assert sorted(path.name for path in folder.iterdir()) == before


def test_what_is_judged_differently_cannot_compete(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.jsonl").write_text('{"x": [1.5, 2.0], "y": [0, 1]}\n{"x": [0.5], "y": [1]}\n' * 5)
    head = "    index t : sequence\n    input x[t] : scalar\n"
    chosen = "    target y[t] : token(2)\n    param w, c : 2\n    h[t] = tanh(w * x[t] + c)\n"
    (folder / "token.rnn").write_text(f"model Token(n = 1):\n{head}{chosen}    y[t] ~ categorical(h[t])\n")
    real = "    target y[t] : scalar\n    param a, b : scalar\n    h[t] = tanh(a * x[t] + b)\n    y[t] ~ normal(h[t])\n"
    (folder / "real.rnn").write_text(f"model Real(n = 1):\n{head}{real}")
    assert run(["evolve", "token.rnn", "real.rnn", "--data", "a.jsonl"]) == 2
    assert "RNN752]: token is judged by bits per token, real by loss" in capsys.readouterr().err


def test_a_line_says_what_became_of_an_individual() -> None:
    one = Individual(3, "gru-3", "", "", 1, "removal in h[t]: tanh(a) becomes a", -1.25, "", 1234, 2.0, "0")
    line = "    3  gru-3: -1.2500  1,234 parameters  2.0 s  BEST  removal in h[t]: tanh(a) becomes a"
    assert evolve.line_of(one, best=True) == line
