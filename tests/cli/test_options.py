"""Options that commands share."""

from pathlib import Path

import click
import pytest

from rnndsl.choice import Choice
from rnndsl.cli.main import run
from rnndsl.cli.options import SpecPath, choosing
from rnndsl.compiler import MISSING
from rnndsl.runtime.gpu import why_no_gpu


def _choice(*arguments: str) -> Choice:
    found: list[Choice] = []

    @click.command()
    @choosing
    def command(choice: Choice) -> None:
        found.append(choice)

    command.main(list(arguments), standalone_mode=False)
    return found[0]


def test_settings_are_whole_or_real_numbers() -> None:
    choice = _choice("--set", "hidden=512", "--set", "rate=0.5", "--set", "low=-1", "--set", "eps=1e-5", "--model", "M")
    assert choice == Choice({"hidden": 512, "rate": 0.5, "low": -1, "eps": 1e-5}, "M")
    assert [type(value) for value in choice.dims.values()] == [int, float, int, float]


@pytest.mark.parametrize(
    "setting",
    ["hidden", "hidden=", "=3", "hidden=abc", "hidden=1_000", "hidden=\u0663", "1a=2", "_a=2", "a=nan", "a=1;b"],
)
def test_other_settings_are_refused(setting: str) -> None:
    with pytest.raises(click.BadParameter, match="NAME=NUMBER"):
        _choice("--set", setting)


def test_setting_a_name_twice_is_refused() -> None:
    with pytest.raises(click.BadParameter, match="hidden is set twice"):
        _choice("--set", "hidden=1", "--set", "hidden=2")


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        ("cuppy", "'cuppy' is not a backend; choose from: numpy, numba, cupy"),
        ("jax", "'jax' is not a backend; choose from: numpy, numba, cupy"),
    ],
)
def test_backends_that_are_not_there_are_refused_in_one_line(
    backend: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compile", "char_lstm", "--backend", backend]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "score", "bench"])
def test_without_a_gpu_one_line_says_what_is_missing(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rnndsl.runtime.gpu.find_spec", lambda _: None)
    assert run([command, "char_lstm", "--backend", "cupy"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"error[RNN613]: {why_no_gpu()}"
    assert 'CuPy, which is not installed: pip install "rnndsl[cuda13]"' in line


def test_without_numba_one_line_says_so_and_the_module_is_numpys(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["compile", "char_lstm", "--set", "vocab=3"]) == 0
    plain = capsys.readouterr().out
    monkeypatch.setattr("rnndsl.compiler.find_spec", lambda _: None)
    assert run(["compile", "char_lstm", "--set", "vocab=3", "--backend", "numba"]) == 0
    out, err = capsys.readouterr()
    assert out == plain
    assert err.splitlines() == [MISSING]


def test_the_shell_is_offered_specs_and_folders(tmp_path: Path) -> None:
    for name in ("net.rnn", "net.txt"):
        (tmp_path / name).touch()
    (tmp_path / "nets").mkdir()
    context = click.Context(click.Command("x"))
    parameter = click.Argument(["spec"])
    items = SpecPath().shell_complete(context, parameter, f"{tmp_path}/ne")
    assert [item.value for item in items] == [f"{tmp_path}/net.rnn", f"{tmp_path}/nets/"]
    named = SpecPath().shell_complete(context, parameter, "char_")
    assert [item.value for item in named] == ["char_lstm"]
