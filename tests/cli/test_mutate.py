"""`rnndsl mutate`."""

import json
from pathlib import Path

import pytest

from rnndsl.cli.main import run
from tests.cli.command import call


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_mutant_is_printed_and_checks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mutate", "gru", "--seed", "3"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# Mutant 1 of gru with seed 3:\n#   ")
    assert "cell GRU(n):" in text
    assert call("check", "-", text=text).returncode == 0


def test_mutants_are_written_in_the_layout_of_fmt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mutate", "char_lstm", "--seed", "2", "--count", "3", "--changes", "1", "-o", "new/mutants"]) == 0
    paths = sorted((folder / "new" / "mutants").iterdir())
    assert [path.name for path in paths] == [f"char_lstm-2-{k}.rnn" for k in (1, 2, 3)]
    assert len({path.read_text(encoding="utf-8") for path in paths}) == 3
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [f"new/mutants/{path.name}" for path in paths]
    assert run(["fmt", "--check", *map(str, paths)]) == 0
    assert run(["check", *map(str, paths)]) == 0


def test_nothing_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "gru-0-2.rnn").write_text("mine")
    assert run(["mutate", "gru", "--count", "2", "-o", "."]) == 2
    assert "gru-0-2.rnn exists, and is left as it is" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["gru-0-2.rnn"]


def test_json_holds_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mutate", "cells/elman", "--count", "2", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in document["mutants"]] == ["elman-0-1", "elman-0-2"]
    for one in document["mutants"]:
        assert all(f"#   {step}\n" in one["spec"] for step in one["mutation"].split("; "))


def test_mistakes_and_what_cannot_be_mutated_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.rnn").write_text("cell A(n):\n    input x : n\n    a = tanh(b)\n    output a\n")
    assert run(["mutate", "a.rnn"]) == 1
    assert "a.rnn:3:14" in capsys.readouterr().err
    assert run(["mutate", "clockwork"]) == 2
    told = capsys.readouterr().err
    assert "RNN751" in told
    assert "outside of `for` and `if`" in told
