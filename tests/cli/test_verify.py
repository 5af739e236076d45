"""`rnndsl verify`."""

import json

import pytest

import rnndsl.cli.verify
from rnndsl.cli.main import run
from rnndsl.verify import Line, Report


def test_every_property_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "elman"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 4
    assert all(line.startswith("ok") and "largest error" in line for line in lines)


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
