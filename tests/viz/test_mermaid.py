"""Unfolded pictures as Mermaid."""

from rnndsl.viz.mermaid import look_lines, mermaid_text, write_mermaid
from tests.cli.pictures import GRID, picture_of


def test_every_vertex_and_edge_is_there_once() -> None:
    picture = picture_of(GRID)
    lines = write_mermaid(picture).splitlines()
    assert lines[0] == "flowchart LR"
    assert sum('["' in line for line in lines) == len(picture.vertices)
    assert sum(" --> " in line for line in lines) == len(picture.edges)
    assert '  n0["x@(1,1)"]' in lines


def test_words_cannot_break_out() -> None:
    assert mermaid_text('a"]<b>&') == '"a#quot;]#lt;b#gt;#amp;"'


def test_kinds_become_classes() -> None:
    lines = list(look_lines({"target": ["n1", "n2"]}))
    assert lines[0].startswith("  classDef target fill:#")
    assert lines[1] == "  class n1,n2 target"
