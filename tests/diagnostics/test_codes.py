"""The registry of codes, and every code's page: the bad spec gives just that code on the line that it marks."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import rnndsl
from rnndsl.cli.main import run
from rnndsl.compiler import build
from rnndsl.diagnostics.codes import CALLS, CODES, FAMILIES, Code, Commands
from rnndsl.diagnostics.diagnostic import DataError, Diagnostic, SpecError

FILES = frozenset({"RNN521", "RNN522", "RNN523"})


def test_codes_are_unique_and_sorted_into_families() -> None:
    everything = [entry for family in FAMILIES for entry in family]
    assert len(everything) == len(CODES)
    for family in FAMILIES:
        assert len({entry.code[:4] for entry in family}) <= 1
    assert all(key == entry.code for key, entry in CODES.items())


def test_entries_are_complete() -> None:
    for entry in CODES.values():
        assert re.fullmatch(r"RNN[1-79][0-9]{2}", entry.code)
        assert entry.title
        assert not entry.title.endswith(".")
        assert entry.cause.endswith(".")
        assert bool(entry.bad) == bool(entry.good)
        assert entry.bad.endswith("\n") or not entry.bad


def findings(text: str, path: Path | None = None) -> tuple[Diagnostic, ...]:
    """Check a spec, as text or as a file, up to its graph."""
    spec: str | Path = text
    if path is not None:
        path.write_text(text, encoding="utf-8")
        spec = path
    try:
        checked = rnndsl.check(spec)
        build(checked)
    except SpecError as error:
        return error.diagnostics
    return checked.warnings


def marked(text: str) -> list[tuple[int, str]]:
    lines = enumerate(text.split("\n"), 1)
    return [(number, code) for number, line in lines for code in re.findall(r"# (RNN[0-9]{3})$", line)]


def test_every_code_is_shown_by_a_spec_or_else_by_calls() -> None:
    assert {code for code, entry in CODES.items() if not entry.bad and code < "RNN9"} == set(CALLS)
    assert all(marked(entry.bad) for entry in CODES.values() if entry.bad)


@pytest.mark.parametrize("entry", [one for one in CODES.values() if one.bad], ids=lambda entry: entry.code)
def test_the_bad_spec_gives_its_code_on_its_line_and_the_good_one_is_clean(entry: Code, tmp_path: Path) -> None:
    path = tmp_path / "net.rnn" if entry.code in FILES else None
    found = [(one.span.line, one.code) for one in findings(entry.bad, path)]
    assert found == marked(entry.bad)
    assert findings(entry.good, path) == ()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("code", [code for code in CALLS if not isinstance(CALLS[code], Commands)])
def test_the_bad_call_gives_its_code_and_the_good_one_runs(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    calls, names, found = CALLS[code], dict[str, object](), set[str]()
    exec(calls.setting, names)  # noqa: S102 (as a reader would type it)
    try:
        exec(calls.bad, names)  # noqa: S102
    except SpecError as error:
        found = {one.code for one in error.diagnostics}
    except DataError as error:
        found = {error.diagnostic.code}
    assert found == {code}
    exec(calls.good, names)  # noqa: S102


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("code", [code for code in CALLS if isinstance(CALLS[code], Commands)])
def test_the_bad_command_gives_its_code_and_the_good_one_runs(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = CALLS[code]
    with typed(commands.setting, tmp_path):
        capsys.readouterr()
        assert rnndsl_does(commands.bad) != 0
        assert f"error[{code}]: " in capsys.readouterr().err
        assert rnndsl_does(commands.good) == 0


@contextmanager
def typed(lines: str, folder: Path) -> Iterator[None]:
    """Do what stands before a command: ours in this process, which is quick, unless it is put in the background."""
    for block in re.split(r"(?m)^(rnndsl [^&\n]*)$", lines):
        if block.startswith("rnndsl ") and "&" not in block:
            assert rnndsl_does(block) == 0
        elif "&" not in block:
            subprocess.run(["/bin/sh", "-ec", block], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    behind = lines if "&" in lines else ":"
    script = f'rnndsl() {{ exec "{sys.executable}" -m rnndsl "$@"; }}\n{behind}\necho ready\nwait'
    with subprocess.Popen(
        ["/bin/sh", "-c", script], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as shell:
        try:
            assert shell.stdout is not None
            shell.stdout.readline()
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)


def rnndsl_does(line: str) -> int:
    return run(shlex.split(line)[1:])
