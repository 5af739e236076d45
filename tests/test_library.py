"""Every spec of the library passes `verify`, and reads as the library's specs do: one idea, its paper named on top."""

import re
from pathlib import Path

import pytest

from rnndsl.cli.library import paper_of
from rnndsl.cli.list import equations
from rnndsl.cli.main import run
from rnndsl.locations import data_folder
from rnndsl.syntax.parse import parse
from rnndsl.verify import verify

ROOT = Path(__file__).resolve().parent.parent
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
def test_paper_stands_on_top(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert paper_of(text) is not None
    assert max(len(line) for line in text.splitlines()) <= 120


@pytest.mark.parametrize("path", CELLS + MODELS, ids=lambda path: path.stem)
def test_has_no_more_equations_than_a_page(path: Path) -> None:
    blocks = parse(path.read_text(encoding="utf-8"), path.name).blocks
    assert 1 <= sum(map(equations, blocks)) <= 25


def test_file_holds_one_cell_of_its_name() -> None:
    names = [cell for path in CELLS for cell in HEADER.findall(path.read_text(encoding="utf-8"))]
    assert [name.lower().replace("_", "") for name in names] == [path.stem.replace("_", "") for path in CELLS]


def test_is_compared_with_torch() -> None:
    peers = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "peers").glob("test_*.py")))
    cells = [cell for path in CELLS for cell in HEADER.findall(path.read_text(encoding="utf-8"))]
    assert [name for name in (*cells, *(path.stem for path in MODELS)) if f'"{name}"' not in peers] == []


def test_readme_counts_the_library() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{len(CELLS)} in `specs/cells/` and {len(MODELS)} models in `specs/models/`" in readme
