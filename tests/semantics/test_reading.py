"""Surroundings of an expression."""

from rnndsl.indices import Index, Kind
from rnndsl.semantics.reading import Surroundings
from tests.semantics.specs import CELL, net, opened, static


def test_over_widens_the_scope_inside_only() -> None:
    frame, expansion = opened(net("h[t] = Cell(n)(x[t]) backward over t\noutput h[t]", cells=CELL))
    index = Index("m", Kind.RANGE, 1)
    around = Surroundings(frame, static(), frozenset(), None, expansion)
    inside = around.binding([index])
    assert index in inside.scope
    assert around.scope == frozenset()
    assert around.findings is expansion.findings


def test_mirrored_indices_are_those_of_the_frame() -> None:
    frame, expansion = opened(net("h[t] = Cell(n)(x[t]) backward over t\noutput h[t]", cells=CELL))
    t = expansion.indices["t"]
    assert not Surroundings(frame, static(), frozenset(), None, expansion).mirrors(t)
    assert Surroundings(frame.children["h"], static(), frozenset(), None, expansion).mirrors(t)
