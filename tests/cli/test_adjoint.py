"""`rnndsl adjoint`."""

import json
from pathlib import Path

import pytest

from rnndsl.cli.main import run


def test_prints_a_spec_that_verifies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "gru_adjoint.rnn"
    assert run(["adjoint", "gru", "-o", str(out)]) == 0
    assert f"wrote {out}: " in capsys.readouterr().err
    assert run(["check", str(out)]) == 0
    assert run(["verify", str(out)]) == 0


def test_stdout_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["adjoint", "models/elman.rnn"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# Elman and its adjoint")
    assert run(["adjoint", "models/elman.rnn", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["text"] == text
    assert found["model"] == "ElmanAdjoint"
    assert found["cotangents"]["d_a_h"] == "a_h"
    assert found["ok"]


def test_latex_has_bars(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["adjoint", "models/elman.rnn", "--latex", "--plain"]) == 0
    text = capsys.readouterr().out
    assert r"  \bar{h}_{t} &= V^\top \bar{o}_{t} + W^\top \bar{a}_{h, t + 1} \\" in text
    assert r"  \bar{W} &= \sum_{t} \bar{a}_{h, t} h_{t - 1}^\top \\" in text
    assert r"\frac{\operatorname{softmax}\left( o_{t} \right) - y_{t}}{T}" in text
    assert text.startswith(r"$\bar{v}$ is the derivative of the loss")
    assert run(["adjoint", "models/elman.rnn", "--latex", "--document"]) == 0
    assert capsys.readouterr().out.startswith(r"\documentclass")


def test_sizes_can_be_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["adjoint", "char_lstm", "--set", "layers=1", "--set", "hidden=7"]) == 0
    text = capsys.readouterr().out
    assert "model CharLSTMAdjoint(vocab, hidden = 7):" in text
    assert "h_2" not in text


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["no_such_spec"], 2, "no such file"),
        (["elman", "--document"], 2, "--document and --plain go with --latex"),
        (["elman", "-o", "."], 2, "is a folder"),
        (["elman", "--model", "Nothing"], 1, "no model of the name"),
    ],
)
def test_bad_input(arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["adjoint", *arguments]) == code
    captured = capsys.readouterr()
    assert message in captured.err
    assert not captured.out


def test_mistakes_and_what_cannot_be_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.rnn"
    bad.write_text("model A(n = 2):\n    param W : n, n\n    loss sum(W * V)\n")
    assert run(["adjoint", str(bad)]) == 1
    assert "RNN2" in capsys.readouterr().err
    head = "model A(n = 2):\n    index i : 1..n\n    param v : scalar\n"
    bad.write_text(f"{head}    b[i] = tanh(v)\n    init b[i] = i * v\n    a[i] = b[i-1]\n    loss sum(a[i] over i)\n")
    assert run(["adjoint", str(bad)]) == 1
    assert "cannot be printed as an equation yet" in capsys.readouterr().err
