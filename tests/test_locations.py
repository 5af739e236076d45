"""Data folders in a checkout and in a wheel."""

from pathlib import Path

import pytest

from rnndsl import locations
from rnndsl.locations import data_folder


def test_the_grammar_is_found() -> None:
    assert (data_folder("grammar") / "rnn.lark").is_file()
    assert data_folder("specs").is_dir()


def test_the_installed_place_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "rnndsl"
    (package / "_data" / "grammar").mkdir(parents=True)
    (tmp_path / "grammar").mkdir()
    (tmp_path / "specs").mkdir()
    monkeypatch.setattr(locations, "PACKAGE", package)
    assert data_folder("grammar") == package / "_data" / "grammar"
    assert data_folder("specs") == tmp_path / "specs"
    with pytest.raises(FileNotFoundError, match="not installed completely"):
        data_folder("examples")
