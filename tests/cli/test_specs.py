"""Reading specs."""

import io
import sys
from pathlib import Path

import pytest

from rnndsl.cli.output import Output
from rnndsl.cli.specs import FileProblem, read_spec


def test_a_file_is_read_and_remembered(tmp_path: Path) -> None:
    path = tmp_path / "a.rnn"
    path.write_text("model M():\n", encoding="utf-8")
    output = Output()
    spec = read_spec(str(path), output)
    assert (spec.text, spec.source) == ("model M():\n", path)
    assert output.sources == {str(path): "model M():\n"}


def test_stdin_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"model M():\n")))
    spec = read_spec("-", Output())
    assert (spec.name, spec.source) == ("<text>", "model M():\n")


def test_the_bundled_library_is_known_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("char_lstm", "models/char_lstm.rnn", "specs/models/char_lstm.rnn"):
        assert "model CharLSTM" in read_spec(name, Output()).text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.rnn", None, "no such file.$"),
        ("qqqqqqq", None, "qqqqqqq: no such file. `rnndsl list` shows the specs"),
        ("char_lsmt", None, "Did you mean char_lstm"),
        ("b.rnn", b"\xff", "UTF-8"),
    ],
)
def test_files_that_cannot_be_used_are_refused(
    name: str, content: bytes | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(FileProblem, match=message) as caught:
        read_spec(name, Output())
    assert caught.value.exit_code == 2
