"""Frames."""

from rnndsl.syntax.tree import Equation, IndexDeclaration
from tests.semantics.specs import CELL, net, opened


def test_a_frame_knows_its_statements_and_its_place() -> None:
    frame, _ = opened(net("h[t] = Cell(n)(x[t])\ng[t] = h[t]\noutput g[t]", cells=CELL))
    assert frame.root
    assert [statement.target.name.parts for _, statement in frame.items_of(Equation)] == [("h",), ("g",)]
    assert len(list(frame.items_of(IndexDeclaration))) == 1
    child = frame.children["h"]
    assert not child.root
    assert child.place.prefix == "h."
    assert child.cell.block.name == "Cell"
    assert [block.name for block in child.place.around] == ["Net"]
