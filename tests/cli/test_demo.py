"""`rnndsl demo`."""

from pathlib import Path

import pytest

from rnndsl.cli.main import run


def test_it_trains_shows_and_says_what_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["demo", "--minutes", "0.05"]) == 0
    seen = capsys.readouterr()
    assert "bits per character: training" in seen.err
    assert "model CharLSTM" in seen.out
    assert "    for n" in seen.out or "    for " in seen.out
    module = tmp_path / "rnndsl-demo" / "CharLSTM.py"
    assert str(module.relative_to(tmp_path)) in seen.out
    compile(module.read_text(), "CharLSTM.py", "exec")
    following = [line.split("#")[0].split() for line in seen.out.splitlines() if line.startswith("  rnndsl ")]
    assert [words[1] for words in following] == ["score", "train", "verify", "compile"]
    assert run(following[0][1:]) == 0
    assert run(following[2][1:]) == 0
    assert run(following[3][1:]) == 0


def test_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rnndsl-demo").mkdir()
    assert run(["demo", "--minutes", "0.01"]) == 0
    assert (tmp_path / "rnndsl-demo-2" / "best.safetensors").is_file()
    assert not list((tmp_path / "rnndsl-demo").iterdir())
