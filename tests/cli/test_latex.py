"""`rnndsl latex`."""

import json
from pathlib import Path

import pytest

from rnndsl.cli.main import run

TWO = (
    "# A cell.\ncell C(n):\n    index t : sequence\n    input x[t] : n\n    h[t] = tanh(h[t-1] + x[t])\n"
    "    output h[t]\n\n"
    "# A model.\nmodel A(n = 2):\n    index t : sequence\n    input x[t] : n\n    c[t] = C(n)(x[t])  # applied\n"
    "    loss sum(c[t] @ c[t] over t)\n"
)


def test_blocks_and_comments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "two.rnn"
    spec.write_text(TWO)
    assert run(["latex", str(spec)]) == 0
    text = capsys.readouterr().out
    for piece in ("A cell.", "A model.", "applied", r"\paragraph{C}", r"\paragraph{A}", r"\mathrm{C}_{n}"):
        assert piece in text
    assert run(["latex", str(spec), "--model", "A", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["blocks"] == ["A"]
    assert "A cell." not in found["text"]
    assert "A model." in found["text"]


def test_several_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "three.rnn"
    spec.write_text(f"{TWO}model B(n = 2):\n    input x : n\n    loss x @ x\n")
    assert run(["latex", str(spec), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["blocks"] == ["C", "A", "B"]
    assert run(["latex", str(spec), "--model", "D"]) == 1
    assert "no model of the name" in capsys.readouterr().err


def test_document_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "lstm.tex"
    assert run(["latex", "lstm", "--document", "--plain", "-o", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert text.startswith(r"\documentclass")
    assert r"  c_{t} &= f_{t} \odot c_{t - 1} + i_{t} \odot g_{t} \\" in text
    assert "wrote" in capsys.readouterr().err


def test_a_cell_that_needs_its_caller_is_set_by_its_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "layers.rnn"
    spec.write_text(
        "cell D(k):\n    index t : sequence\n    input x[t] : 2\n    h[t] : 2 = tanh(h[t-k] + x[t])\n    output h[t]\n"
        "model A(n = 2):\n    index t : sequence\n    input x[t] : 2\n    c[t] = D(2)(x[t])\n"
        "    loss sum(c[t] @ c[t] over t)\n"
    )
    assert run(["latex", str(spec)]) == 0
    assert r"\boldsymbol{h}_{t - k}" in capsys.readouterr().out


def test_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "bad.rnn"
    spec.write_text("model A(n = 2):\n    param W : n, n\n    loss sum(W * V)\n")
    assert run(["latex", str(spec)]) == 1
    assert "RNN2" in capsys.readouterr().err
    spec.write_text("model A(n = 2:\n")
    assert run(["latex", str(spec)]) == 1
    assert "RNN1" in capsys.readouterr().err
    assert run(["latex", str(tmp_path)]) == 2
