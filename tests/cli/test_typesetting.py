"""Where equations go."""

import json
from pathlib import Path

import pytest

from rnndsl.cli.output import Output
from rnndsl.cli.typesetting import Setting, to_file


def test_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    to_file(Output(), "-", "a\n", {"model": "A"})
    assert capsys.readouterr().out == "a\n"


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    to_file(Output(json=True), "-", "a\n", {"model": "A", "text": "a\n"})
    assert json.loads(capsys.readouterr().out) == {
        "ok": True,
        "exit_code": 0,
        "model": "A",
        "text": "a\n",
        "diagnostics": [],
    }


def test_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    setting = Setting(document=False, plain=False, out=str(tmp_path / "a.tex"))
    to_file(Output(json=True), setting.out, "a\nb\n", {"text": "a\nb\n"})
    captured = capsys.readouterr()
    assert (tmp_path / "a.tex").read_text(encoding="utf-8") == "a\nb\n"
    assert json.loads(captured.out)["out"] == setting.out
    assert captured.err == f"wrote {setting.out}: 2 lines\n"
