"""Models out of checkpoints."""

from pathlib import Path

import pytest

from rnndsl.cli.main import run
from rnndsl.cli.trained import load_trained, saved_spec, saved_symbols
from rnndsl.data import Symbols
from tests.cli.test_train import SMALL, TEXT


def test_a_checkpoint_becomes_a_program_in_other_modes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text(TEXT)
    assert run(["train", "char_lstm", "--data", "a.txt", *SMALL, "--steps", "1", "--out", "run"]) == 0
    found = load_trained(Path("run/best.safetensors"), ("observe", "sample"))
    assert found.program.modes == ("observe", "sample")
    assert found.symbols == Symbols.of(TEXT)
    assert set(found.params) == set(found.program.params)


def test_a_spec_is_its_file_while_that_is_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.rnn").write_text("model A:\n")
    about = {"spec_name": "a.rnn", "spec": "model A:\n"}
    assert saved_spec(about).path == Path("a.rnn")
    assert saved_spec({**about, "spec": "model B:\n"}).path is None
    assert saved_spec({"spec": "model B:\n"}).source == "model B:\n"
    assert saved_symbols(about) is None
