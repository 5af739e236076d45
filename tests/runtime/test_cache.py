"""Where the sources of kernels are kept."""

import sys
from pathlib import Path

import pytest

from rnndsl.runtime.cache import VARIABLE, cache_folder, stored_source


def test_the_environment_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert cache_folder() == tmp_path


@pytest.mark.parametrize(
    ("platform", "variable", "inside"),
    [("linux", "XDG_CACHE_HOME", "rnndsl"), ("win32", "LOCALAPPDATA", "rnndsl")],
)
def test_otherwise_where_the_system_keeps_such_things(
    platform: str, variable: str, inside: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert cache_folder() == tmp_path / inside


def test_a_home_has_a_folder_of_its_own_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in (VARIABLE, "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for platform, inside in (("linux", ".cache"), ("darwin", "Library/Caches"), ("win32", "AppData/Local")):
        monkeypatch.setattr(sys, "platform", platform)
        assert cache_folder() == tmp_path / inside / "rnndsl"


def test_a_source_is_written_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    path = Path(stored_source("x = 1\n", "abc"))
    written = path.stat()
    assert stored_source("x = 1\n", "abc") == str(path)
    assert path.stat().st_mtime_ns == written.st_mtime_ns
    assert path.read_text(encoding="utf-8") == "x = 1\n"
    assert [file.name for file in path.parent.iterdir()] == ["rnndsl_abc.py"]


def test_what_was_never_finished_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    kept = Path(stored_source("x = 1\n", "abc")).parent / "__pycache__"
    kept.mkdir()
    contents = {"rnndsl_abc.f-1.py311.nbi": b"", "rnndsl_abc.f-1.py311.1.nbc": b"1", "rnndsl_def.f-1.py311.nbi": b""}
    for name, content in contents.items():
        (kept / name).write_bytes(content)
    stored_source("x = 1\n", "abc")
    assert {file.name for file in kept.iterdir()} == set(contents) - {"rnndsl_abc.f-1.py311.nbi"}


def test_nobody_else_may_write_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "new"))
    path = Path(stored_source("x = 1\n", "abc"))
    assert path.parent.stat().st_mode & 0o077 == 0 or sys.platform == "win32"


def test_where_nothing_can_be_written_a_process_has_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    path = Path(stored_source("x = 1\n", "abc"))
    assert path.read_text(encoding="utf-8") == "x = 1\n"
    assert not path.is_relative_to(tmp_path / "file")
