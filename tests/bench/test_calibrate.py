"""Constants of this machine: measured, kept, and not believed where a file is broken."""

from dataclasses import asdict
from pathlib import Path

import pytest

from rnndsl.bench import calibrate as module
from rnndsl.bench.calibrate import REFERENCE, calibrate, calibrated, known_machine
from rnndsl.schedule.machine import Machine

#: What is measured with numbers, and with products of matrices.
FIRST = ("light", "tanh", "exp", "power", "move", "row", "far")
SECOND = ("operation", "streamed", "packed", "small")


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Measure in no time, and keep what is found in a folder of its own."""
    monkeypatch.setenv("RNNDSL_CACHE", str(tmp_path))
    for name, value in {"SECONDS": 0.001, "TURNS": 3, "NEAR": 1 << 12, "FAR": 1 << 14, "CALLS": 50}.items():
        monkeypatch.setattr(module, name, value)
    return tmp_path


def test_constants_are_measured() -> None:
    found = asdict(calibrate())
    assert found.keys() == asdict(Machine()).keys()
    certain = ("call", "view", "light", "tanh", "exp", "power", "move", "operation")
    assert all(0 < found[name] < 1e-3 for name in certain)
    assert all(value >= 0 for value in found.values())
    assert found["tanh"] > found["light"]


def test_the_machine_of_the_constants_measures_them(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = asdict(REFERENCE)
    monkeypatch.setattr(module, "_of_calls", lambda _: {"call": reference["call"], "view": 2 * reference["view"]})
    monkeypatch.setattr(module, "_of_numbers", lambda *_: {name: reference[name] for name in FIRST})
    monkeypatch.setattr(module, "_of_products", lambda *_: {name: reference[name] for name in SECOND})
    monkeypatch.setattr(module, "_of_lock", lambda _: reference["lock"])
    usual = asdict(Machine())
    assert asdict(calibrate()) == pytest.approx({**usual, "view": 2 * usual["view"]})


def test_what_is_measured_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "calibrate", lambda: Machine(call=1.0))
    assert known_machine() is None
    assert calibrated() == Machine(call=1.0)
    assert known_machine() == Machine(call=1.0)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"call": "x"}'])
def test_a_broken_file_is_none(text: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "calibrate", Machine)
    calibrated()
    (file,) = (cache / "machine").iterdir()
    file.write_text(text)
    assert known_machine() is None
    file.write_text(file.read_text() or "null")
    assert known_machine() is None


def test_numbers_that_cannot_be_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "calibrate", lambda: Machine(tanh=float("nan")))
    calibrated()
    assert known_machine() is None


def test_no_cache_is_no_error(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    (cache / "file").write_text("")
    monkeypatch.setenv("RNNDSL_CACHE", str(cache / "file"))
    monkeypatch.setattr(module, "calibrate", Machine)
    assert calibrated() == Machine()
    assert known_machine() is None
