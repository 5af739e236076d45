"""Diagnostics as the user sees them."""

from pathlib import Path

import pytest

from rnndsl.cli.findings import as_json, show
from rnndsl.diagnostics.diagnostic import Diagnostic, Label
from rnndsl.diagnostics.span import NOWHERE, Span


def test_lines_come_from_what_was_read_and_from_imported_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.rnn").write_text("second file\n")
    label = Label(Span("other.rnn", 1, 1, 1, 7), "here")
    library = Label(Span("cells/lstm.rnn", 1, 1, 1, 2), "and here")
    finding = Diagnostic("RNN201", "lost", Span("<text>", 1, 1, 1, 6), labels=(label, library))
    text = show([finding], {"<text>": "first file\n"}, color=False)
    assert "1 | first file" in text
    assert "1 | second file" in text
    assert "cells/lstm.rnn:1:1" in text
    assert not text.endswith("\n")


def test_only_specs_are_read_for_excerpts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text("precious\n")
    finding = Diagnostic("RNN201", "lost", Span("secret.txt", 1, 1, 1, 2))
    assert "precious" not in show([finding], {}, color=True)


def test_data_errors_have_no_place() -> None:
    finding = Diagnostic("RNN601", "no `x`", NOWHERE, help="add it")
    assert show([finding], {}, color=False) == "error[RNN601]: no `x`\nhelp: add it"
    assert as_json([finding])[0]["code"] == "RNN601"
