"""`rnndsl completion`."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rnndsl.cli.completion import SHELLS
from rnndsl.cli.main import run


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_has_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["shell"] == shell
    assert f"{shell}_complete" in document["script"]


def test_the_shell_of_the_user_is_the_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/zsh")
    assert run(["completion"]) == 0
    assert capsys.readouterr().out.startswith("#compdef rnndsl")
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert run(["completion"]) == 2
    assert "say for which shell: bash, zsh, fish, powershell" in capsys.readouterr().err


BASH = shutil.which("bash") or ""


@pytest.mark.skipif(not BASH, reason="there is no bash here")
def test_bash_completes_commands_and_names_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "bash"]) == 0
    ours = tmp_path / "rnndsl"
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rnndsl "$@"\n')
    ours.chmod(0o755)
    script = capsys.readouterr().out + (
        'tab() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()\n'
        f'  _rnndsl_completion "{ours}"; echo "${{COMPREPLY[*]}}"; }}\n'
        "tab rnndsl comp\ntab rnndsl compile seq2\n"
    )
    done = subprocess.run([BASH, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["compile completion", "seq2seq"]
