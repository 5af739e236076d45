"""`rnndsl check`."""

import json
from pathlib import Path

import pytest

from rnndsl.cli.main import run
from rnndsl.diagnostics.codes import CODES
from tests.cli.command import call

GOOD = """model M(n = 3):
    index t : sequence
    input x[t] : n
    param W
    h[t] : n = tanh(W @ h[t-1] + x[t])
    output h[t]
"""
BAD = GOOD.replace("tanh(W", "tahn(W").replace("x[t])", "z[t])")
UNUSED = GOOD.replace("param W", "param W, V : n, n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("good.rnn", GOOD), ("bad.rnn", BAD), ("unused.rnn", UNUSED)):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_good_spec_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "good.rnn"]) == 0
    assert capsys.readouterr() == ("1 spec: no mistakes\n", "")


@pytest.mark.usefixtures("folder")
def test_mistakes_of_all_specs_are_shown_with_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "good.rnn", "bad.rnn"]) == 1
    seen = capsys.readouterr()
    assert "--> bad.rnn:5:16" in seen.err
    assert "h[t] : n = tahn(W @ h[t-1] + z[t])" in seen.err
    assert "did you mean `tanh`" in seen.err
    assert "2 specs: 2 errors" in seen.out


@pytest.mark.usefixtures("folder")
def test_warnings_fail_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "unused.rnn"]) == 0
    assert "warning[" in capsys.readouterr().err
    assert run(["check", "--error-on-warning", "unused.rnn"]) == 1


@pytest.mark.usefixtures("folder")
def test_json_is_one_document_with_places(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--json", "bad.rnn"]) == 1
    seen = capsys.readouterr()
    document = json.loads(seen.out)
    assert seen.err == ""
    assert (document["ok"], document["exit_code"]) == (False, 1)
    first = document["diagnostics"][0]
    assert set(first) == {"code", "severity", "message", "file", "range", "text", "labels", "help"}
    assert (first["file"], first["range"]["start"]) == ("bad.rnn", {"line": 5, "column": 16})


def test_stdin_is_shown_too() -> None:
    done = call("check", "-", text=BAD)
    assert done.returncode == 1
    assert "<text>:5:16" in done.stderr
    assert "tahn(W @ h[t-1]" in done.stderr


@pytest.mark.parametrize("code", ["RNN305", "RNN220"])
def test_what_only_the_graph_shows_is_found_too(code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.rnn"
    spec.write_text(CODES[code].bad)
    assert run(["check", str(spec)]) == 1
    assert code in capsys.readouterr().err


def test_a_dimension_that_only_the_graph_needs_may_come_later(tmp_path: Path) -> None:
    spec = tmp_path / "net.rnn"
    spec.write_text("model M(k):\n    index t : sequence\n    input x[t] : 2\n    output z[t] = x[t-k]\n")
    assert run(["check", str(spec), "--set", "k=3"]) == 0


def test_all_models_of_a_file_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.rnn"
    spec.write_text(GOOD + "\n" + BAD.replace("model M", "model N") + "\n" + GOOD.replace("model M", "model O"))
    assert run(["check", str(spec)]) == 1
    assert "1 spec: 2 errors" in capsys.readouterr().out
    assert run(["check", str(spec), "--model", "O"]) == 0
    spec.write_text(GOOD + "\n" + GOOD)
    assert run(["check", str(spec)]) == 1
    assert "RNN203" in capsys.readouterr().err


def test_a_mistake_in_a_shared_cell_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = "cell C(n):\n    index t : sequence\n    input x[t]\n    h[t] : n = tahn(x[t])\n    output h[t]\n\n"
    use = "model {}(n):\n    index t : sequence\n    input x[t] : n\n    h[t] = C(n)(x[t])\n    output h[t]\n\n"
    spec = tmp_path / "net.rnn"
    spec.write_text(cell + use.format("A") + use.format("B"))
    assert run(["check", str(spec)]) == 1
    assert "1 spec: 1 error\n" in capsys.readouterr().out


def test_cells_that_no_model_uses_are_checked_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = "cell C(n):\n    index t : sequence\n    input x[t]\n    for l in 1..n:\n        a_{l}[t] = x[t]\n"
    spec = tmp_path / "net.rnn"
    spec.write_text(cell + "    output a_1[t]\n\n" + GOOD)
    assert run(["check", str(spec)]) == 0
    assert capsys.readouterr().err == ""
    spec.write_text(cell.replace("1..n", "1..2") + "    b[t] = tahn(x[t])\n    output b[t]\n\n" + GOOD)
    assert run(["check", str(spec)]) == 1
    assert "net.rnn:6:12" in capsys.readouterr().err
