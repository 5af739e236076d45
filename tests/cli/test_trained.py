"""Models out of checkpoints."""

from pathlib import Path

import pytest

from rnndsl.cli.main import run
from rnndsl.cli.trained import load_trained, saved_spec, saved_symbols
from rnndsl.data import Symbols
from rnndsl.diagnostics.diagnostic import DataError
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


def test_an_input_that_read_the_text_is_fed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text(TEXT)
    lines = (
        "input  x[t] : token(k)",
        "target y[t] : token(k)",
        "param  W, U, V",
        "h[t] : 4 = tanh(W @ h[t-1] + U @ x[t])",
    )
    text = "".join(f"    {line}\n" for line in ("index  t : sequence", *lines, "y[t] ~ categorical(V @ h[t])"))
    Path("net.rnn").write_text(f"model Net(k):\n{text}")
    assert run(["train", "net.rnn", "--data", "a.txt", "--steps", "1", "--out", "run"]) == 0
    found = load_trained(Path("run/best.safetensors"), ("observe", "sample"))
    assert dict(found.program.feed) == {"x": "y"}
    Path("net.rnn").write_text(
        f"model Net(k):\n{text.replace('x[t]', 'x[t+1]', 2).replace('input  x[t+1]', 'input  x[t]')}"
    )
    assert run(["train", "net.rnn", "--data", "a.txt", "--steps", "1", "--out", "ahead"]) == 0
    with pytest.raises(DataError, match="RNN613: Net cannot feed `x` with `y`: it looks ahead along `t`"):
        load_trained(Path("ahead/best.safetensors"), ("observe", "sample"))
