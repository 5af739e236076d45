"""`rnndsl bench`."""

import json
from pathlib import Path

import pytest

from rnndsl.cli.main import run
from rnndsl.runtime import gpu
from rnndsl.schedule.machine import Machine
from tests.codegen.strict_cupy import StrictCupy

SMALL = ["--batch", "2", "--steps", "3", "--rounds", "1", "--set", "hidden=4"]


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Know nothing of this machine."""
    monkeypatch.setenv("RNNDSL_CACHE", str(tmp_path))


def test_a_table_says_where_the_time_goes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "char_lstm", *SMALL, "--set", "vocab=5"]) == 0
    text = capsys.readouterr()
    assert not text.err
    head, _, *lines = text.out.splitlines()
    assert head.startswith("CharLSTM: 2 examples, 3 points each, vocab 5, hidden 4")
    assert "float32" in head
    assert [line.split("  ")[0] for line in lines[:7]] == [
        "forward", "forward and gradient", "its products alone", "expected", "", "points per second", "buffers",
    ]  # fmt: skip
    assert lines[3].endswith("by the cost model (its constants: built in)")
    assert "calls of NumPy" in lines[4]
    shares = [float(line.split("%")[0]) for line in lines[7:] if "%" in line]
    assert sum(shares) == pytest.approx(100, abs=1.5)
    assert any("lstm.rnn:8  h_1.f, h_1.i, h_1.o, h_1.g" in line for line in lines)


def test_the_machine_is_measured_if_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("rnndsl.bench.calibrate.calibrate", lambda: Machine(call=1.0))
    options = ["bench", "elman", *SMALL, "--set", "vocab=5", "--json"]
    found = []
    for more in ([], ["--calibrate"], []):
        assert run([*options, *more]) == 0
        found.append(json.loads(capsys.readouterr().out)["expected"]["seconds"])
    usual, measured, known = found
    assert usual < 1 < measured == known


def test_dimensions_that_are_not_set_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "char_lstm", *SMALL]) == 0
    assert "vocab has no value: taken as 64" in capsys.readouterr().err


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "tree_lstm", "--leaves", "3", "--batch", "2", "--rounds", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert (found["batch"], found["points"]) == (2, 2 * 5)
    assert found["training"]["low"] <= found["training"]["median"] <= found["training"]["high"]
    assert all(set(row) >= {"place", "text", "forward", "gradient", "products"} for row in found["equations"])
    assert sum(found["expected"]["shares"].values()) == pytest.approx(1)
    assert 0 < sum(row["expected"] or 0 for row in found["equations"]) <= found["expected"]["seconds"]


def test_what_is_no_size_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "char_lstm", "--batch", "0"]) == 2
    assert "--batch" in capsys.readouterr().err


@pytest.fixture(params=["stand-in", pytest.param("gpu", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of what stands in for a GPU, or of one."""
    if request.param == "stand-in":
        monkeypatch.setattr("rnndsl.runtime.gpu.why_no_gpu", lambda: "")
        monkeypatch.setattr("rnndsl.runtime.gpu.gpus", lambda: ("a stand-in",))
        monkeypatch.setattr("rnndsl.runtime.load.array_library", StrictCupy)
        monkeypatch.setattr("rnndsl.bench.profile.synchronise", lambda: None)
    elif reason := gpu.why_no_gpu():
        pytest.skip(reason)
    return gpu.gpus()[0].partition(" (")[0]


def test_a_gpu_is_measured_too(device: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "char_lstm", *SMALL, "--set", "vocab=5", "--backend", "cupy"]) == 0
    head, _, *lines = capsys.readouterr().out.splitlines()
    assert f"; float32, {device}" in head
    assert [line.split("  ")[0] for line in lines[:5]] == [
        "forward", "forward and gradient", "its products alone", "points per second", "buffers",
    ]  # fmt: skip
    assert any("lstm.rnn:8  h_1.f, h_1.i, h_1.o, h_1.g" in line for line in lines)


@pytest.mark.usefixtures("device")
def test_a_gpu_has_no_cost_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "elman", *SMALL, "--backend", "cupy", "--calibrate"]) == 2
    assert "nothing to calibrate for a GPU" in capsys.readouterr().err
