"""Findings for machines."""

import json
from pathlib import Path
from typing import Any

import pytest

from rnndsl.cli.formats import as_github, as_sarif
from rnndsl.cli.main import run
from rnndsl.diagnostics.codes import CODES
from rnndsl.diagnostics.diagnostic import Diagnostic, Label, Severity
from rnndsl.diagnostics.span import NOWHERE, Span

BAD = """model M(n):
    index t : sequence
    input x[t] : n
    param W, V : n, n
    h[t] = tahn(W @ x[t])
    h[t] = W @ x[t]
    output h[t]
"""
#: What SARIF 2.1.0 requires of the objects that are written, and of what kind it is (sections 3.13 to 3.30).
SARIF: dict[str, dict[str, type]] = {
    "log": {"version": str, "runs": list},
    "run": {"tool": dict, "results": list},
    "driver": {"name": str, "rules": list},
    "rule": {"id": str, "shortDescription": dict, "fullDescription": dict, "help": dict},
    "result": {"ruleId": str, "ruleIndex": int, "level": str, "message": dict, "locations": list},
    "region": {"startLine": int, "startColumn": int, "endLine": int, "endColumn": int},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b.rnn").write_text(BAD)
    (tmp_path / "good.rnn").write_text("model M(n):\n    input x : n\n    output x\n")
    return tmp_path


def require(kind: str, thing: dict[str, Any]) -> None:
    for name, wanted in SARIF[kind].items():
        assert isinstance(thing[name], wanted), (kind, name)


@pytest.mark.usefixtures("folder")
def test_sarif_has_the_structure_of_the_standard(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "a b.rnn", "good.rnn", "--output-format", "sarif"]) == 1
    seen = capsys.readouterr()
    log = json.loads(seen.out)
    assert seen.err == ""
    require("log", log)
    assert (log["version"], "sarif-2.1.0" in log["$schema"], len(log["runs"])) == ("2.1.0", True, 1)
    (found,) = log["runs"]
    require("run", found)
    driver = found["tool"]["driver"]
    require("driver", driver)
    for rule in driver["rules"]:
        require("rule", rule)
        assert rule["shortDescription"]["text"] == CODES[rule["id"]].title
    assert [one["ruleId"] for one in found["results"]] == ["RNN202", "RNN203"]
    for result in found["results"]:
        require("result", result)
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning"}
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "a%20b.rnn"
        require("region", place["region"])
    assert found["results"][0]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 5, "startColumn": 12, "endLine": 5, "endColumn": 16,
    }  # fmt: skip
    assert "did you mean `tanh`?" in found["results"][0]["message"]["text"]
    related = found["results"][1]["relatedLocations"]
    assert [one["message"]["text"] for one in related] == ["first declared here"]
    assert found["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]


@pytest.mark.usefixtures("folder")
def test_sarif_without_findings_is_a_run_without_results(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "good.rnn", "--output-format=sarif"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["runs"]
    assert (found["results"], found["tool"]["driver"]["rules"]) == ([], [])


@pytest.mark.usefixtures("folder")
def test_annotations_stand_at_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "a b.rnn", "--output-format", "github"]) == 1
    seen = capsys.readouterr()
    first, second = seen.out.splitlines()
    assert first == (
        "::error title=rnndsl RNN202,file=a b.rnn,line=5,col=12,endLine=5,endColumn=16::"
        "there is no function `tahn`; help: did you mean `tanh`?"
    )
    assert second.startswith("::error title=rnndsl RNN203,file=a b.rnn,line=6,")
    assert run(["check", "good.rnn", "--output-format", "github"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("folder")
def test_json_has_two_names_and_formats_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", "a b.rnn", "--json"])
    plain = capsys.readouterr()
    run(["check", "a b.rnn", "--output-format=json"])
    assert capsys.readouterr() == plain
    assert run(["check", "a b.rnn", "--json", "--output-format", "sarif"]) == 2
    assert "choose one" in json.loads(capsys.readouterr().out)["error"]
    assert run(["check", "a b.rnn", "--output-format", "xml"]) == 2
    assert "'text', 'json', 'github', 'sarif'" in capsys.readouterr().err
    assert run(["check", "none.rnn", "--output-format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["exit_code"] == 2


def test_what_would_end_an_annotation_is_escaped() -> None:
    here = Span("a,b:c.rnn", 1, 2, 1, 3)
    finding = Diagnostic("RNN227", "100%\nmore", here, severity=Severity.WARNING)
    assert as_github([finding]).startswith("::warning title=rnndsl RNN227,file=a%2Cb%3Ac.rnn,line=1,col=2,")
    assert as_github([finding]).endswith("::100%25%0Amore")


def test_findings_without_a_place_have_no_region() -> None:
    finding = Diagnostic("RNN601", "no `x`", NOWHERE, labels=(Label(NOWHERE, "lost"),))
    (result,) = as_sarif([finding], 2)["runs"][0]["results"]
    assert {"locations", "relatedLocations"} & set(result) == set()
    assert as_github([finding]) == "::error title=rnndsl RNN601::no `x`"
    whole = as_sarif([Diagnostic("RNN510", "no", Span("/a/b.rnn"))], 2)["runs"][0]["results"][0]["locations"][0]
    assert whole == {"physicalLocation": {"artifactLocation": {"uri": "file:///a/b.rnn"}}}
