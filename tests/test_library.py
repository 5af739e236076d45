"""Every spec of the library passes `verify`, and reads as the library's specs do: one idea, its paper named on top."""

import re
from pathlib import Path

import pytest

from rnndsl.cli.main import run
from rnndsl.locations import data_folder
from rnndsl.verify import verify

CELLS = sorted((data_folder("specs") / "cells").glob("*.rnn"))
MODELS = sorted((data_folder("specs") / "models").glob("*.rnn"))

HEADER = re.compile(r"^cell (\w+)\([^)]*\):$", re.MULTILINE)

PROPERTIES = {"optimised = interpreter", "adjoint = complex step", "folded adjoint = unfolded adjoint"}


@pytest.mark.parametrize("path", CELLS + MODELS, ids=lambda path: path.stem)
def test_verifies(path: Path) -> None:
    report = verify(path, seed=0)
    assert report.ok, "\n".join(str(line) for line in report.lines)
    assert {line.property for line in report.lines} >= PROPERTIES


def test_check_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--error-on-warning", *map(str, CELLS + MODELS)]) == 0
    assert f"{len(CELLS + MODELS)} specs: no mistakes" in capsys.readouterr().out


@pytest.mark.parametrize("path", CELLS + MODELS, ids=lambda path: path.stem)
def test_source_stands_on_top(path: Path) -> None:
    first, *_ = path.read_text(encoding="utf-8").splitlines()
    assert first.startswith("# ")
    assert max(len(line) for line in path.read_text(encoding="utf-8").splitlines()) <= 120


def test_file_holds_one_cell_of_its_name() -> None:
    names = [cell for path in CELLS for cell in HEADER.findall(path.read_text(encoding="utf-8"))]
    assert [name.lower().replace("_", "") for name in names] == [path.stem.replace("_", "") for path in CELLS]
