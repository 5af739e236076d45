"""`rnndsl graph`."""

import json
from pathlib import Path

import pytest

from rnndsl.cli.main import run


def test_svg_is_what_comes_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "elman"]) == 0
    assert capsys.readouterr().out.startswith("<svg ")


def test_a_file_says_by_its_name_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, start in (("a.svg", "<svg"), ("a.dot", "digraph"), ("a.mmd", "flowchart"), ("a.txt", "h [t-1] -> h")):
        assert run(["graph", "elman", "-o", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_text().startswith(start)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "wrote" in captured.err


def test_parameters_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    run(["graph", "elman", "--format", "text"])
    assert "W -> h" not in capsys.readouterr().out
    run(["graph", "elman", "--format", "text", "--params"])
    assert "W -> h" in capsys.readouterr().out


def test_the_document_has_equations_shapes_and_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "char_lstm", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["cells"] == {"h_1": "LSTM", "h_2": "LSTM"}
    node = next(node for node in document["nodes"] if node["name"] == "h_1.c")
    assert (node["kind"], node["cell"], node["shape"], node["line"]) == ("state", "h_1", "hidden", 12)
    assert {"source": "h_1", "target": "h_1.f", "delay": "t-1", "place": "", "init": False} in document["edges"]


def test_mistakes_are_one_diagnostic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "bad.rnn"
    spec.write_text("model Bad(n = 2):\n    index t : sequence\n    h[t] : n = tanh(g[t-1])\n    output h[t]\n")
    out = tmp_path / "bad.svg"
    assert run(["graph", str(spec), "-o", str(out)]) == 1
    captured = capsys.readouterr()
    assert captured.err.count("error[") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["graph", "elman", "--format", "pdf"], "pdf"),
        (["graph", "elmann"], "elman"),
        (["graph", "char_lstm", "--set", "layers=100"], "--format dot"),
        (["graph", "elman", "-o", "."], "folder"),
        (["graph", "elman", "-o", "no/such/folder/a.svg"], "no/such/folder"),
    ],
)
def test_wrong_use_is_told_in_a_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_a_page_for_a_browser(tmp_path: Path) -> None:
    for arguments in (["graph", "char_lstm", "--html"], ["unfold", "char_lstm", "--steps", "2", "--format", "html"]):
        out = tmp_path / "page.html"
        assert run([*arguments, "-o", str(out)]) == 0
        text = out.read_text()
        assert text.startswith("<!doctype html>")
        assert f'data-view="{"folded" if arguments[0] == "graph" else "unfolded"}"' in text
    assert run(["graph", "four_way", "-o", str(tmp_path / "grid.html")]) == 0
    assert "p[4, 4]" in (tmp_path / "grid.html").read_text()
