"""The entry point: quick, lazy, and without tracebacks."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module

import click
import pytest

from rnndsl.cli.main import COMMANDS, run
from tests.cli.command import ROOT, call


def test_help_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "rnndsl", "--help"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    imported = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "click" in imported
    assert not imported & {"numpy", "networkx", "lark", "cupy", "rich", "matplotlib", "safetensors"}
    assert all(name in done.stdout for name in COMMANDS)


def test_every_command_of_the_table_exists_and_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    for name, line in COMMANDS.items():
        command: click.Command = import_module(f"rnndsl.cli.{name}").command
        assert command.name == name
        assert command.short_help == line
        assert run([name, "--help"]) == 0
        text = capsys.readouterr().out
        assert re.search(rf"\nExamples:\n(.*\n)*?  .*rnndsl {name}", text), text
        assert "--json" in text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("rnndsl ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compil"], "No such command 'compil'. Did you mean 'compile'?"),
        (["zzzzzz"], "Commands: list, new, check"),
        (["doctor", "--jsno"], "No such option"),
        (["train", "char_lstm", "--data", "x", "--lerning-rate", "1"], "Did you mean '--learning-rate'?"),
        (["check"], "Missing argument 'SPEC...'"),
        (["train", "char_lstm"], "Missing option '--data'"),
        (["check", "missing.rnn"], "missing.rnn: no such file"),
        (["check", "."], ".: Is a directory"),
    ],
)
def test_usage_errors_exit_with_2_and_a_way_out(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    seen = capsys.readouterr()
    assert message in seen.err
    assert "Traceback" not in seen.err
    assert not seen.out


@pytest.mark.parametrize("seed", ["-1", "1.5", str(2**70), "abc", ""])
def test_seeds_that_are_none_are_refused(seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "char_lstm", "--data", "x.txt", "--seed", seed]) == 2
    assert "'--seed'" in capsys.readouterr().err


def test_a_usage_error_is_one_json_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compil", "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document == {
        "ok": False,
        "exit_code": 2,
        "error": "No such command 'compil'. Did you mean 'compile'?",
        "diagnostics": [],
    }


def test_a_closed_pipe_is_silent() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "rnndsl", "explain", "RNN601"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        cwd=ROOT,
    )
    os.close(writer)
    assert done.stderr == b""


def test_no_colour_reaches_a_pipe() -> None:
    done = call("check", "-", text="model M(:\n", env={"FORCE_COLOR": ""})
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    assert "\x1b[" in call("check", "-", "--color", "always", text="model M(:\n").stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_every_shell_gets_its_script_of_completions(shell: str) -> None:
    done = call(env={"_RNNDSL_COMPLETE": f"{shell}_source"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "rnndsl" in done.stdout


def test_a_module_that_is_piped_into_python_runs() -> None:
    done = call("compile", "-", "-o", "-", text="model M(n = 2):\n    input x : n\n    output z = 2 * x\n")
    assert done.returncode == 0
    ran = subprocess.run([sys.executable, "-"], input=done.stdout, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
