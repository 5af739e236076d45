"""Folded graphs as text."""

import re

import pytest

from rnndsl.viz.folded_text import write_folded_dot, write_folded_mermaid, write_needs
from tests.viz.models import PAIR, folded_of, library


def test_needs_say_where_they_are_read() -> None:
    lines = write_needs(folded_of(PAIR)).splitlines()
    assert {"h [t-1] -> a", "x -> a", "x [first] -> g (init)"} <= set(lines)


@pytest.mark.parametrize("name", ["char_lstm", "translate"])
def test_dot_has_clusters_and_squares(name: str) -> None:
    folded = library(f"models/{name}.rnn")
    text = write_folded_dot(folded)
    assert text.count("{") == text.count("}")
    assert len(re.findall("subgraph", text)) == len(folded.cells)
    for item in folded.items:
        assert len(re.findall(rf'^ +"{re.escape(item)}" \[', text, re.MULTILINE)) == 1
    assert "shape=square" in text
    assert "\\u25a0" not in text


def test_dot_says_what_an_init_begins_with() -> None:
    assert re.search(r'"x" -> "g" \[style=dashed, label="first"\]', write_folded_dot(folded_of(PAIR)))


@pytest.mark.parametrize("name", ["char_lstm", "ntm"])
def test_mermaid_has_subgraphs_and_squares(name: str) -> None:
    folded = library(f"models/{name}.rnn")
    lines = write_folded_mermaid(folded).splitlines()
    assert lines[0] == "flowchart BT"
    assert sum(line.strip().startswith("subgraph") for line in lines) == len(folded.cells)
    assert sum(line.strip() == "end" for line in lines) == len(folded.cells)
    defined = [line.strip().partition("[")[0] for line in lines if '["' in line and "subgraph" not in line]
    assert len(defined) == len(set(defined)) >= len(folded.items)
    arrows = [re.findall(r"\bn\d+\b", line) for line in lines if "--" in line and "class" not in line]
    assert {name for pair in arrows for name in pair} <= set(defined)
