"""README.md and ARCHITECTURE.md are true: their code runs, the paths that they name exist."""

import re
import shlex
import shutil
from pathlib import Path

import click
import pytest

import rnndsl
from rnndsl.cli.main import group, run

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
# What stands in backquotes and looks like a path: a folder with its slash, or a file of this tree by its ending.
PATH = re.compile(r"^[\w.-]+(/[\w.-]+)*(/|\.(py|rnn|lark|md|toml|gz|typed))$|^\.ci/run$")
QUICK = frozenset({"check", "compile", "explain", "unfold", "verify"})


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks of a document in one language."""
    return [body for name, body in BLOCK.findall(text) if name == language]


def commands() -> list[list[str]]:
    """Return the arguments of every `rnndsl` command in README.md."""
    parts = [part.strip() for body in blocks(README, "sh") for line in body.splitlines() for part in line.split("&&")]
    return [shlex.split(part)[1:] for part in parts if part.startswith("rnndsl ")]


def test_every_block_has_a_test() -> None:
    languages = [name for name, _ in BLOCK.findall(README)]
    assert set(languages) == {"sh", "rnn", "python"}
    assert len(languages) >= 5


def test_shell_lines_are_known() -> None:
    lines = [line for body in blocks(README, "sh") for line in body.splitlines()]
    assert "pip install . && rnndsl demo" in lines
    assert 'pip install ".[dev]" && pytest' in lines
    assert 'pip install --quiet ".[dev]"' in CI
    assert all(line.startswith(("pip install ", "rnndsl ")) for line in lines)


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_command_is_accepted(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with click.Context(group) as context:
        command = group.get_command(context, arguments[0])
        assert command is not None
        command.make_context(arguments[0], arguments[1:], parent=context).close()


@pytest.mark.parametrize("arguments", [one for one in commands() if one[0] in QUICK], ids=" ".join)
def test_command_runs(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 0
    if "-o" in arguments:
        assert (tmp_path / arguments[-1]).is_file()


@pytest.mark.parametrize("text", blocks(README, "rnn"))
def test_spec_compiles(text: str) -> None:
    program = rnndsl.compile(text, dims={"vocab": 5, "hidden": 3})
    assert set(program.params) == {"W", "U", "V", "b", "c"}


@pytest.mark.parametrize("code", blocks(README, "python"))
def test_python_runs(code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102 - the README's own code is what is tested
    assert "import numpy" in capsys.readouterr().out
    assert names["carry"]


@pytest.mark.parametrize("text", [README, ARCHITECTURE], ids=["README.md", "ARCHITECTURE.md"])
def test_paths_exist(text: str) -> None:
    prose = BLOCK.sub("", text)
    named = {path for path in QUOTED.findall(prose) if PATH.match(path)} | set(LINK.findall(prose))
    assert named
    assert sorted(path for path in named if not ((ROOT / path).exists() or (ROOT / "rnndsl" / path).exists())) == []


def test_every_package_is_explained() -> None:
    folders = [path.parent.name for path in sorted((ROOT / "rnndsl").glob("*/__init__.py"))]
    assert [name for name in folders if f"`{name}/`" not in ARCHITECTURE] == []
