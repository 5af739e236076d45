"""`rnndsl unfold`."""

import json
from pathlib import Path

import pytest

from rnndsl.cli.main import run


def test_steps_follow_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["unfold", "elman", "--steps", "3", "--format", "text"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for edge in ("x@1 -> h@1", "h@1 -> h@2", "h@2 -> h@3", "h@3 -> o@3", "o@3 -> y.nll@3", "y.nll@3 -> loss"):
        assert edge in lines
    assert "h@2 -> h@1" not in lines
    assert len(lines) == len(set(lines))
    assert lines.index("h@1 -> h@2") < lines.index("h@2 -> h@3") < lines.index("y.nll@3 -> loss")


def test_both_directions_of_a_tagger(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["unfold", "tagger", "--steps", "2", "--format", "text"]) == 0
    assert {"h@1 -> h@2", "g@2 -> g@1"} <= set(capsys.readouterr().out.splitlines())


def test_dot_is_a_digraph(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["unfold", "elman", "--steps", "2", "--format", "dot"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("digraph Elman {\n")
    assert '  "h@1" -> "h@2" [' in text
    assert text.endswith("}\n")


def test_everything_is_more(capsys: pytest.CaptureFixture[str]) -> None:
    run(["unfold", "elman", "--steps", "2", "--json"])
    few = json.loads(capsys.readouterr().out)["edges"]
    run(["unfold", "elman", "--steps", "2", "--json", "--all"])
    assert len(json.loads(capsys.readouterr().out)["edges"]) > 2 * len(few)


def test_a_model_without_data_unfolds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["unfold", "no_input", "--steps", "2", "--format", "text"]) == 0
    assert "@1 -> " in capsys.readouterr().out


def test_trees_grids_and_attention(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["unfold", "tree_lstm", "--structure", "n=[[1,2],[],[]]", "--format", "text"]) == 0
    assert {"h@2 -> f@(1,1)", "f@(1,2) -> c@1", "c@3 -> c@1"} <= set(capsys.readouterr().out.splitlines())
    assert run(["unfold", "four_way", "--steps", "i=2,j=3", "--format", "text"]) == 0
    assert {"p@(1,3) -> p@(2,3)", "s@(2,3) -> s@(2,2)"} <= set(capsys.readouterr().out.splitlines())
    assert run(["unfold", "translate", "--steps", "s=3,t=2", "--format", "text"]) == 0
    assert {"alpha@(2,3) -> context@2", "d@1 -> e@(2,1)"} <= set(capsys.readouterr().out.splitlines())


def test_the_document_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["unfold", "tree_lstm", "--json", "--structure", "n=[[1],[]]", "--only", "h", "--only", "f"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["model"] == "TreeLSTM"
    assert document["steps"] == {}
    assert document["structure"] == {"n": [[1], []]}
    assert document["edges"] == [["h@2", "f@(1,1)"], ["f@(1,1)", "h@1"], ["h@2", "h@1"]]
    nodes = {node["label"]: node for node in document["nodes"]}
    assert set(nodes) == {"h@1", "h@2", "f@(1,1)"}
    assert nodes["f@(1,1)"] == {
        "label": "f@(1,1)", "name": "f", "kind": "equation", "indices": ["n", "k"], "point": [1, 1],
    }  # fmt: skip


def test_svg_is_what_comes_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["unfold", "elman", "--steps", "2"]) == 0
    assert capsys.readouterr().out.startswith("<svg ")
    assert run(["unfold", "elman", "--steps", "2", "-o", str(tmp_path / "a.mmd")]) == 0
    assert (tmp_path / "a.mmd").read_text().startswith("flowchart LR\n")


def test_titles_are_equations_with_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    run(["unfold", "elman", "--steps", "2"])
    assert "<title>h[2]\nh[t] = tanh(W @ h[t-1] + U @ x[t] + b)\nstate, shape hidden\nelman.rnn:8</title>" in (
        capsys.readouterr().out
    )


def test_too_many_operations_are_for_graphviz(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["unfold", "char_lstm", "--steps", "20", "--all"]) == 2
    assert "--format dot" in capsys.readouterr().err
