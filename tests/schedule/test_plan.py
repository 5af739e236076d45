"""Layouts and loops say of themselves what follows from what they hold."""

import pytest

from rnndsl.indices import Domain, Index, Kind
from rnndsl.schedule.plan import (
    Evaluate,
    Inner,
    Layout,
    Loop,
    Spot,
    Walk,
    members,
    mirror,
    mirror_spot,
    spot_of,
    spots_in,
    with_spot,
)
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


# Walks inside the steps of others -------------------------------------------------------------------------------------

INSIDE = (Inner(((S, 1),)), Inner(((N, 1),), forward=False, inside=(Inner(((S, 1),)),)))


def nested(*, forward: bool) -> Loop:
    """Return a loop along t, with a walk along s and then one along n in every step, in which there is one along s."""
    spots: tuple[Spot, ...] = ((0,), (0, 0), (1,), (1, 0), (1, 0, 0), (1, 1), (2,))
    body = tuple(Evaluate(number, spot) for number, spot in enumerate(spots))
    return Loop(0, ((T, 1),), forward, body, sliced=False, inside=INSIDE)


@pytest.mark.parametrize(
    ("spot", "walked", "when"),
    [
        ((0,), (T,), ("before",)), ((0, 0), (T, S), ()), ((1,), (T,), ("between",)), ((1, 0), (T, N), ("before",)),
        ((1, 0, 0), (T, N, S), ()), ((1, 1), (T, N), ("behind",)), ((2,), (T,), ("behind",)),
    ],
)  # fmt: skip
def test_a_spot_is_in_some_of_the_walks(spot: Spot, walked: Domain, when: tuple[str, ...]) -> None:
    layout = nested(forward=True).layout((T, S, N), spot)
    assert (layout.walked, layout.when) == (walked, when)
    assert layout.of((T,)) == nested(forward=True).layout((T,), spot)


def test_a_loop_knows_all_that_it_walks_and_where_its_nodes_are() -> None:
    loop = nested(forward=True)
    assert (loop.indices, loop.stepped) == ((T,), (T, S, N))
    assert spots_in(loop)[4] == (1, 0, 0)
    moved = with_spot(Loop(1, ((R, 1),), forward=True, body=(Evaluate(1), Evaluate(2))), (1, 1))
    assert isinstance(moved, Loop)
    assert {spot_of(moved), *(spot_of(step) for step in moved.body)} == {(1, 1)}


def test_what_is_walked_from_behind_is_mirrored() -> None:
    assert mirror(mirror(INSIDE)) == INSIDE
    assert [(inner.walk, inner.forward) for inner in mirror(INSIDE)] == [(((N, 1),), True), (((S, 1),), False)]
    for step in nested(forward=True).body:
        mirrored = mirror_spot(INSIDE, spot_of(step))
        assert mirror_spot(mirror(INSIDE), mirrored) == spot_of(step)
    layout = nested(forward=False).layout((T, S), (0, 0))
    assert (layout.inside, layout.spot) == (mirror(INSIDE), (1, 0))


def test_a_walk_and_its_adjoint_meet_points_in_one_order() -> None:
    up, down = ((Inner(((S, 1),), forward=way),) for way in (True, False))
    forward = Loop(0, ((T, 1),), forward=True, body=(Evaluate(1, (0, 0)),), sliced=False, inside=up)
    backward = Loop(1, ((T, 1),), forward=False, body=(Evaluate(2, (0, 0)),), sliced=False, inside=down)
    assert forward.layout((T, S), (0, 0)) == backward.layout((T, S), (0, 0))
    assert forward.layout((T,), (0,)) == backward.layout((T,), (1,))  # the first is the last


def test_points_that_wait_for_a_walk_are_no_chain() -> None:
    assert Layout((T,), ((T, 1),), sliced=False, inside=(Inner(((S, 1),)),), spot=(1,)).chain is None
