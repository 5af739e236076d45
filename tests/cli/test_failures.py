"""What failures become."""

import json
from hashlib import sha256

import click
import pytest

from rnndsl.cli.failures import report
from rnndsl.cli.output import Output
from rnndsl.diagnostics.diagnostic import DataError, Diagnostic, SpecError
from rnndsl.diagnostics.span import Span

FINDING = Diagnostic("RNN201", "unknown name `hiden`", Span("a.rnn", 2, 5, 2, 10), "not declared", help="try `hidden`")


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (SpecError([FINDING]), 1, "RNN201"),
        (DataError.of("RNN601", "no `x`", help="add it"), 2, "help: add it"),
        (FileNotFoundError(2, "No such file or directory", "a.rnn"), 2, "a.rnn: No such file or directory"),
        (click.ClickException("no"), 1, "Error: no"),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (click.Abort(), 130, "Interrupted."),
        (RuntimeError("lost"), 70, "RuntimeError: lost"),
        (RecursionError("deep"), 70, "command: rnndsl check a.rnn"),
    ],
)
def test_every_error_has_a_code_and_a_message(
    error: BaseException, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error, Output(sources={"a.rnn": "model M():\n    hiden\n"}), ["check", "a.rnn"]) == code
    seen = capsys.readouterr()
    assert message in seen.err
    assert "Traceback" not in seen.err
    assert report(error, Output(json=True), ["check", "a.rnn"]) == code
    assert json.loads(capsys.readouterr().out)["exit_code"] == code


def test_a_finding_is_shown_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    report(SpecError([FINDING]), Output(sources={"a.rnn": "model M():\n    hiden\n"}), [])
    text = capsys.readouterr().err
    assert "--> a.rnn:2:5" in text
    assert "^^^^^ not declared" in text


def test_a_traceback_comes_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(ValueError("x"), Output(traceback=True), []) == 70
    assert "ValueError: x" in capsys.readouterr().err


def test_the_json_of_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    report(SpecError([FINDING]), Output(json=True), [])
    assert json.loads(capsys.readouterr().out) == {
        "ok": False,
        "exit_code": 1,
        "error": "unknown name `hiden`",
        "diagnostics": [
            {
                "code": "RNN201",
                "severity": "error",
                "message": "unknown name `hiden`",
                "file": "a.rnn",
                "range": {"start": {"line": 2, "column": 5}, "end": {"line": 2, "column": 10}},
                "text": "not declared",
                "labels": [],
                "help": "try `hidden`",
            }
        ],
    }


def test_an_internal_error_names_the_spec_by_its_hash(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(sources={"a.rnn": "model M:\n"})
    assert report(ValueError("x"), output, ["check", "a.rnn"]) == 70
    digest = sha256(b"model M:\n").hexdigest()[:16]
    assert f"  spec: a.rnn, SHA-256 {digest}\n" in capsys.readouterr().err
