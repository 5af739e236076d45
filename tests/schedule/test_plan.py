"""Layouts and loops say of themselves what follows from what they hold."""

import pytest

from rnndsl.indices import Domain, Index, Kind
from rnndsl.schedule.plan import Evaluate, Layout, Loop, Walk, members
from rnndsl.sizes import Size

T, S = Index("t", Kind.SEQUENCE, 0), Index("s", Kind.SEQUENCE, 1)
N = Index("n", Kind.TREE, 2)
R = Index("r", Kind.RANGE, 3, high=Size.of("k"))


@pytest.mark.parametrize(
    ("indices", "walk", "chain"),
    [((T,), ((T, 1),), T), ((T, S), ((T, 1),), None), ((N,), ((N, 1),), None), ((T, S), ((T, 2), (S, 1)), None)],
    ids=["sequence", "lanes", "tree", "fronts"],
)
def test_points_of_one_sequence_alone_are_a_chain(indices: Domain, walk: Walk, chain: Index | None) -> None:
    assert Layout(indices, walk, sliced=len(walk) == 1).chain == chain


def test_loops() -> None:
    inner = Loop(1, ((R, 1),), forward=True, body=(Evaluate(3),))
    fronts = Loop(0, ((T, 2), (S, 1)), forward=True, body=(Evaluate(1), inner, Evaluate(2)), sliced=False)
    assert (fronts.index, fronts.indices, fronts.ragged) == (T, (T, S), True)
    assert (inner.index, inner.indices, inner.ragged) == (R, (R,), False)
    assert fronts.layout((T, S, N)) == Layout((T, S, N), ((T, 2), (S, 1)), sliced=False)
    assert members(fronts) == (1, 3, 2)


def test_layouts_of_one_walk_are_the_same_whichever_way_it_goes() -> None:
    forward = Loop(0, ((T, 1),), forward=True, body=())
    backward = Loop(1, ((T, 1),), forward=False, body=())
    assert forward.layout((T, S)) == backward.layout((T, S))
