"""`rnndsl verify`."""

import json

import pytest

import rnndsl.cli.options
import rnndsl.cli.verify
import rnndsl.runtime.gpu
from rnndsl.cli.main import run
from rnndsl.verify import Line, Report


def test_every_property_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "elman"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 4
    assert all(line.startswith("ok") and "largest error" in line for line in lines)


def test_the_module_that_is_used_is_verified(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "elman", "--threads", "2", "--set", "hidden=2", "--set", "vocab=3"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "note  all of this with backend numpy, threads 2"


def test_a_gpu_is_needed_for_its_backend(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(rnndsl.runtime.gpu, "find_spec", lambda _: None)
    assert run(["verify", "elman", "--backend", "cupy"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error[RNN613]: backend cupy needs CuPy, which is not installed: pip install")
    monkeypatch.setattr(rnndsl.cli.options, "_backend_here", lambda *_: "cupy")
    monkeypatch.setattr(rnndsl.runtime.gpu, "why_no_gpu", lambda: "")
    assert run(["verify", "elman", "--backend", "cupy", "--threads", "2"]) == 2
    assert "a GPU computes a batch whole" in capsys.readouterr().err


def test_a_property_that_fails_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report((Line("one", 0.0, passed=True), Line("other", float("inf"), passed=False)))
    monkeypatch.setattr(rnndsl.cli.verify, "verify", lambda *_, **__: report)
    assert run(["verify", "elman"]) == 1
    assert "FAIL  other" in capsys.readouterr().out
    assert run(["verify", "elman", "--json"]) == 1
    properties = json.loads(capsys.readouterr().out)["properties"]
    assert properties[1] == {"property": "other", "error": None, "passed": False}
