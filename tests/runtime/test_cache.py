"""Where the sources of kernels are kept."""

import os
import sys
from pathlib import Path

import pytest

from rnndsl.runtime.cache import VARIABLE, cache_folder, prune, stored_source


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


# Pruning --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the folder with three modules, each with 1000 bytes of machine code, written one after the other."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    kept = tmp_path / "kernels"
    for age, digest in enumerate(("abc", "def", "ghi")):
        path = Path(stored_source("x = 1\n", digest))
        (kept / "__pycache__").mkdir(exist_ok=True)
        for name in ("1.nbc", "nbi"):
            code = kept / "__pycache__" / f"{path.stem}.f-1.py311.{name}"
            code.write_bytes(b"1" * 500)
            os.utime(code, (1000 + age, 1000 + age))
        os.utime(path, (1000 + age, 1000 + age))
    return kept


def left(folder: Path) -> set[str]:
    """Return the modules of which anything is left, and check that it is all of it."""
    files = [file.name for file in folder.rglob("rnndsl_*")]
    found = {name.split(".")[0].removeprefix("rnndsl_") for name in files}
    assert len(files) == 3 * len(found)
    return found


def test_nothing_goes_below_the_limit(folder: Path) -> None:
    prune(folder, folder / "rnndsl_ghi.py", limit=3 * 1006)
    assert left(folder) == {"abc", "def", "ghi"}


def test_what_was_not_used_for_longest_goes_first(folder: Path) -> None:
    stored_source("x = 1\n", "abc")  # used again
    prune(folder, folder / "rnndsl_ghi.py", limit=2500)
    assert left(folder) == {"abc", "ghi"}


def test_a_new_module_stays(folder: Path) -> None:
    prune(folder, folder / "rnndsl_abc.py", limit=0)
    assert left(folder) == {"abc"}


def test_a_source_that_is_used_keeps_its_time(folder: Path) -> None:
    stored_source("x = 1\n", "def")
    assert (folder / "rnndsl_def.py").stat().st_mtime == 1001, "numba would compile it again"


def test_writing_prunes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnndsl.runtime.cache.LIMIT", 2500)
    stored_source("x = 1\n", "jkl")
    assert {file.stem for file in folder.glob("*.py")} == {"rnndsl_def", "rnndsl_ghi", "rnndsl_jkl"}
