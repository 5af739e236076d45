"""Every spec of the library passes `verify`, and reads as the library's specs do: one idea, its paper named on top."""

import re
from pathlib import Path

import pytest

from rnndsl.locations import data_folder
from rnndsl.verify import verify

CELLS = sorted((data_folder("specs") / "cells").glob("*.rnn"))
MODELS = sorted((data_folder("specs") / "models").glob("*.rnn"))

HEADER = re.compile(r"^cell (\w+)\(([^)]*)\):$", re.MULTILINE)

# A cell by itself has no data: a model around it gives it an input and reads its output.
AROUND = """
from cells import {cell}

model Around{cell}({dims}):
    index  t : sequence
    input  x[t] : n
    target y[t] : 2
    param  V, c

    h[t] = {cell}({dims})(x[t])
    y[t] ~ normal(V @ h[t] + c)
"""


def around(path: Path) -> str:
    """Write a model around the one cell of a file; dimensions with a default keep it."""
    ((cell, arguments),) = HEADER.findall(path.read_text(encoding="utf-8"))
    dims = ", ".join(argument.strip() for argument in arguments.split(",") if "=" not in argument)
    return AROUND.format(cell=cell, dims=dims)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_model_verifies(path: Path) -> None:
    report = verify(path, seed=0)
    assert report.ok, "\n".join(str(line) for line in report.lines)
    assert report.lines


@pytest.mark.parametrize("path", CELLS, ids=lambda path: path.stem)
def test_cell_verifies(path: Path, tmp_path: Path) -> None:
    spec = tmp_path / path.name
    spec.write_text(around(path), encoding="utf-8")
    report = verify(spec, seed=0)
    assert report.ok, "\n".join(str(line) for line in report.lines)
    assert report.lines


@pytest.mark.parametrize("path", CELLS + MODELS, ids=lambda path: path.stem)
def test_source_stands_on_top(path: Path) -> None:
    first, *_ = path.read_text(encoding="utf-8").splitlines()
    assert first.startswith("# ")
    assert max(len(line) for line in path.read_text(encoding="utf-8").splitlines()) <= 120


def test_file_holds_one_cell_of_its_name() -> None:
    names = [cell for path in CELLS for cell, _ in HEADER.findall(path.read_text(encoding="utf-8"))]
    assert [name.lower().replace("_", "") for name in names] == [path.stem.replace("_", "") for path in CELLS]
