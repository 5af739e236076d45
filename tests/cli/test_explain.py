"""`rnndsl explain`."""

import json
from pathlib import Path

import pytest

from rnndsl.cli.main import run


def test_a_code_has_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "rnn605"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("RNN605: a token lies outside its vocabulary\n\n")
    assert "n - 1" in text


def test_an_unknown_code_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "RNN699"]) == 2
    assert "there is no code RNN699. Did you mean RNN6" in capsys.readouterr().err


def test_a_spec_needs_to_be_told_what_to_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "char_lstm"]) == 2
    assert "--shapes" in capsys.readouterr().err


def test_shapes_are_a_table_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "char_lstm", "--shapes"]) == 0
    assert "hidden" in capsys.readouterr().out
    assert run(["explain", "char_lstm", "--shapes", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    table = {row["name"]: row for row in document["quantities"]}
    assert table["V"]["shape"] == "vocab, hidden"
    assert table["y"]["shape"] == "token(vocab)"
    assert all(row["reason"] for row in document["quantities"])


def test_points_are_shown_with_their_index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.rnn"
    spec.write_text("model Net:\n    index s : sequence\n    input y : point(s)\n    z = 2 * y\n    output z\n")
    assert run(["explain", str(spec), "--shapes"]) == 0
    lines = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert lines == [["y", "point(s)"], ["z", "scalar"]]
