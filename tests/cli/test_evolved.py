"""The results of a search, shown."""

import csv
import json
import math
from pathlib import Path

import pytest

from rnndsl.cli.evolved import table
from rnndsl.cli.main import run
from rnndsl.evolve.results import FILE, Results
from tests.evolve.test_results import individual


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    with Results.new(tmp_path / "run" / FILE, "run", 0, {"measure": "bits per character"}) as results:
        results.add(individual(0, math.nan, reason="diverged: the loss is nan at step 3"))
        results.add(individual(1, -math.inf, name="gru", reason="took longer than 70 s", parameters=None))
        results.add(individual(2, -2.25, name="gru-2", parent=1, mutation="removal in h[t]: tanh(a) becomes a"))
        results.add(individual(3, -2.5, name="=gru-3", parent=2, mutation="a" * 300))
    return tmp_path


def test_a_table_shows_the_best_first(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "130")
    assert run(["evolve", "--show", "run"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert " ".join(head.split()) == "bits per character parameters s name parent mutation, or why it has no fitness"
    shown = ["2.2500", "2.5000", "failed", "diverged"]
    assert [line.split()[:2] for line in lines] == [[str(k + 1), one] for k, one in enumerate(shown)]
    assert lines[0].endswith("gru-2   gru     removal in h[t]: tanh(a) becomes a")
    assert lines[2].endswith("took longer than 70 s")
    assert max(map(len, lines)) == 130


def test_the_best_spec_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evolve", "--show", "run", "--best"]) == 0
    assert capsys.readouterr().out == "spec 2"


def test_csv_is_a_table_for_a_spreadsheet(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evolve", "--show", "run", "--csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [row["name"] for row in rows] == ["gru-2", "'=gru-3", "gru", "lstm"]
    assert [row["fitness"] for row in rows] == ["-2.25", "-2.5", "-inf", "nan"]


def test_json_is_json_whatever_failed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evolve", "--show", "run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["individuals"]
    assert [(one["fitness"], one["failed"]) for one in found] == [
        (-2.25, ""), (-2.5, ""), (None, "failed"), (None, "diverged"),
    ]  # fmt: skip


def test_where_nothing_is_fit_there_is_no_best(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "new").mkdir()
    with Results.new(folder / "new" / FILE, "new", 0, {"measure": "loss"}) as results:
        results.add(individual(0, math.nan))
    assert run(["evolve", "--show", "new", "--best"]) == 2
    assert "none of 1 individuals has a fitness yet" in capsys.readouterr().err
    assert run(["evolve", "--show", "nowhere"]) == 2
    assert "RNN753" in capsys.readouterr().err


def test_a_table_of_nothing_is_its_head() -> None:
    assert len(table([], "loss")) == 1
