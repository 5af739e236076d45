"""Stretches of sequences: every point is in one of them, as the way goes."""

import numpy as np
import pytest

from rnndsl.graph.ways import WHOLE, Way
from rnndsl.indices import Index, Kind
from rnndsl.runtime.stretches import Stretch, stretches
from rnndsl.sizes import Size

T = Index("t", Kind.SEQUENCE, 0)
S = Index("s", Kind.SEQUENCE, 1)
K = Index("k", Kind.RANGE, 2, high=Size.of(2))
LENGTHS = np.array([5, 0, 3])
WAYS = (Way(T), Way(T, forward=False))


def cut(way: Way, points: int) -> list[Stretch]:
    return list(stretches(way, {"t": LENGTHS}, points))


def test_they_have_about_the_root_of_the_points() -> None:
    assert [(one.start, one.stop) for one in cut(WAYS[0], 0)] == [(0, 3), (3, 6)]
    assert [one.counts.tolist() for one in cut(WAYS[0], 0)] == [[3, 0, 3], [2, 0, 0]]
    assert [(one.start, one.stop) for one in cut(WAYS[0], 4)] == [(0, 4), (4, 8)]
    assert [one.before.tolist() for one in cut(WAYS[0], 4)] == [[0, 0, 0], [4, 0, 3]]
    assert len(list(stretches(Way(T), {"t": np.array([0])}, 0))) == 1, "of nothing there is one"


def test_from_the_end_all_examples_begin_together() -> None:
    first, second = cut(WAYS[1], 3)
    assert [first.range(example) for example in range(3)] == [(2, 5), (0, 0), (0, 3)]
    assert [second.range(example) for example in range(3)] == [(0, 2), (0, 0), (0, 0)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("domain", [(T,), (S, T), (T, K)])
@pytest.mark.parametrize("points", [1, 2, 9])
def test_arrays_and_lists_are_cut_alike_and_put_together_again(
    way: Way, domain: tuple[Index, ...], points: int
) -> None:
    rng = np.random.default_rng(0)
    shapes = [[length if index is T else 2 for index in domain] for length in LENGTHS]
    ragged = [rng.normal(size=shape) for shape in shapes]
    padded = np.zeros((3, *(7 if index is T else 2 for index in domain)))
    for row, one in zip(padded, ragged, strict=True):
        row[tuple(map(slice, one.shape))] = one
    axis, whole = domain.index(T), None
    for stretch in cut(way, points):
        array, listed = stretch.part(padded, domain), stretch.part(ragged, domain)
        assert isinstance(array, np.ndarray)
        for example, count in enumerate(stretch.counts):
            own = array[example].take(range(count), axis)
            np.testing.assert_array_equal(own, listed[example])
            first, last = stretch.range(example)
            points_of = ragged[example].take(range(first, last), axis)
            np.testing.assert_array_equal(own, points_of if way.forward else np.flip(points_of, axis))
        part = np.stack([_cleared(row, count, axis) for row, count in zip(array, stretch.counts, strict=True)])
        whole = stretch.whole_like(part, domain) if whole is None else whole
        stretch.add(whole, part.take(range(stretch.counts.max()), axis + 1), domain)
    assert whole is not None
    np.testing.assert_array_equal(whole, padded.take(range(5), axis + 1))


def _cleared(row: np.ndarray, count: int, axis: int) -> np.ndarray:
    """Return an example's array without what stands behind its points."""
    found = row.copy()
    np.moveaxis(found, axis, 0)[count:] = 0
    return found


def test_what_has_nothing_to_do_with_the_sequence_is_given_whole_and_summed() -> None:
    first, second = cut(WAYS[1], 3)
    value = np.ones((3, 2))
    assert first.part(value, (K,)) is value
    whole = first.whole_like(value, (K,))
    for stretch in (first, second):
        stretch.add(whole, value, (K,))
    np.testing.assert_array_equal(whole, np.full((3, 2), 2.0))
    (all_points,) = stretches(WHOLE, {"t": LENGTHS}, 1)
    assert all_points.part(value, (T, K)) is value
