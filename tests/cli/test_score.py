"""`rnndsl score`."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from rnndsl.cli.main import run
from tests.cli.test_train import SMALL, TEXT


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(TEXT)
    assert run(["train", "char_lstm", "--data", "a.txt", *SMALL, "--steps", "30", "--lr", "0.02", "--out", "run"]) == 0
    capsys.readouterr()
    return tmp_path


def _scored(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["score", *arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_checkpoint_is_all_that_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    y = _scored(capsys, "run/best.safetensors", "--data", "a.txt", "--batch", "1")["targets"]["y"]
    assert y["count"] == len(TEXT)
    assert y["bits"] == pytest.approx(y["nll"] / math.log(2))
    assert y["perplexity"] == pytest.approx(math.exp(y["nll"]))
    again = _scored(capsys, "char_lstm", "--params", "run/best.safetensors", "--data", "a.txt", "--batch", "1")
    assert again["targets"]["y"] == y


def test_the_score_does_not_depend_on_the_chunk(capsys: pytest.CaptureFixture[str]) -> None:
    scores = [
        _scored(capsys, "run/best.safetensors", "--data", "a.txt", "--batch", "1", "--chunk", chunk)["loss"]
        for chunk in ("7", "100", "100000")
    ]
    assert scores == pytest.approx([scores[0]] * 3, rel=1e-5)


def test_people_get_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", "run/best.safetensors", "--data", "a.txt", "--held-out", "0.1"]) == 0
    text = capsys.readouterr().out
    assert "bits per character" in text
    assert "perplexity" in text


def test_what_does_not_belong_together_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b.txt").write_text("a zebra")
    (folder / "torn.safetensors").write_bytes((folder / "run" / "best.safetensors").read_bytes()[:-9])
    for arguments, message in (
        (["run/best.safetensors", "--data", "b.txt"], "RNN611: 'z'"),
        (["torn.safetensors", "--data", "a.txt"], "RNN701"),
        (["missing.safetensors", "--data", "a.txt"], "RNN701"),
        (["run/best.safetensors", "--data", "a.txt", "--set", "hidden=9"], "RNN704"),
        (["elman", "--params", "run/best.safetensors", "--data", "a.txt"], "RNN704"),
    ):
        assert run(["score", *arguments]) == 2, arguments
        err = capsys.readouterr().err
        assert message.replace(": ", "]: ").replace("RNN", "error[RNN") in err or message.split(":")[0] in err


def test_a_spec_that_imports_files_is_found_again_while_it_is_unchanged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "parts.rnn").write_text(
        "cell Step(n):\n    index t : sequence\n    input x[t]\n    param W, U\n"
        "    h[t] : n = tanh(W @ x[t] + U @ h[t-1])\n    output h[t]\n"
    )
    spec = folder / "net.rnn"
    spec.write_text(
        'from "parts.rnn" import Step\n\nmodel Net(vocab):\n    index t : sequence\n    target y[t] : token(vocab)\n'
        "    param V\n    h[t] = Step(4)(y[t-1])\n    y[t] ~ categorical(V @ h[t])\n"
    )
    assert run(["train", "net.rnn", "--data", "a.txt", "--steps", "2", "--batch", "4", "--out", "net"]) == 0
    assert run(["score", "net/best.safetensors", "--data", "a.txt"]) == 0
    spec.write_text(spec.read_text() + "\n")
    assert run(["score", "net/best.safetensors", "--data", "a.txt"]) == 1
    assert "cannot import files" in capsys.readouterr().err
    assert run(["score", "net.rnn", "--params", "net/best.safetensors", "--data", "a.txt"]) == 0


def test_every_point_is_told_in_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = _scored(capsys, "run/best.safetensors", "--data", "a.txt", "--batch", "1", "--per-point", "points.jsonl")
    lines = [json.loads(line) for line in (folder / "points.jsonl").read_text().splitlines()]
    y = found["targets"]["y"]
    assert found["per_point"] == "points.jsonl"
    assert "".join(line["value"] for line in lines) == TEXT
    assert [line["point"] for line in lines] == [[k] for k in range(len(TEXT))]
    assert sum(line["log_prob"] for line in lines) == pytest.approx(y["log_likelihood"], rel=1e-5)
    assert y["log_likelihood"] == pytest.approx(-y["nll"] * len(TEXT))
    assert sum(line["correct"] for line in lines) / len(TEXT) == pytest.approx(y["accuracy"])
    assert y["accuracy"] > 0.1
