"""`rnndsl fmt`."""

import json
from pathlib import Path

import pytest

from rnndsl.cli.main import run
from tests.cli.command import call

UGLY = "model M(n=3):\n  index t:sequence\n  input x[t]:n  # data\n  output z[t]=tanh( x[t] )\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "a.rnn").write_text(UGLY)
    return tmp_path / "a.rnn"


def test_a_file_is_formatted_in_place_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt", str(path)]) == 0
    assert "formatted" in capsys.readouterr().err
    text = path.read_text()
    assert "output z[t] = tanh(x[t])" in text
    assert "# data" in text
    assert run(["fmt", str(path)]) == 0
    assert capsys.readouterr().err == ""
    assert path.read_text() == text


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_nothing_is_written_with_check_or_diff(path: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt", option, str(path)]) == 1
    assert path.read_text() == UGLY
    if option == "--diff":
        assert "+    output z[t] = tanh(x[t])" in capsys.readouterr().out
    run(["fmt", str(path)])
    assert run(["fmt", option, str(path)]) == 0


def test_stdin_goes_to_stdout() -> None:
    done = call("fmt", "-", text=UGLY)
    assert done.returncode == 0
    assert "output z[t] = tanh(x[t])\n" in done.stdout


def test_json_lists_what_changed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt", "--check", "--json", str(path)]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "ok": False,
        "exit_code": 1,
        "changed": [str(path)],
        "diagnostics": [],
    }


def test_no_file_is_written_when_one_has_mistakes(path: Path) -> None:
    bad = path.with_name("b.rnn")
    bad.write_text("model M(:\n")
    assert run(["fmt", str(path), str(bad)]) == 1
    assert path.read_text() == UGLY


def test_links_stay_links_and_files_keep_their_mode(path: Path) -> None:
    path.chmod(0o640)
    link = path.with_name("link.rnn")
    link.symlink_to(path.name)
    assert run(["fmt", str(link)]) == 0
    assert link.is_symlink()
    assert "tanh(x[t])" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640
