"""Groups of rows, against plain Python that goes through them one by one."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnndsl.codegen import prelude_decode
from rnndsl.codegen.prelude_segments import Segments, sort_stably
from tests.codegen import enumerated
from tests.codegen.enumerated import members

Array = NDArray[Any]

RNG = np.random.default_rng(0)

every_grouping = pytest.mark.parametrize("name", enumerated.GROUPS)
every_shape = pytest.mark.parametrize("shape", [(), (2,)], ids=["numbers", "vectors"])


def grouped(name: str, shape: tuple[int, ...]) -> tuple[Segments, Array]:
    """Return groups, and a value for every row; some are equal."""
    group, count = enumerated.GROUPS[name]
    return Segments(np.array(group, dtype=np.intp), count), np.round(RNG.normal(size=(len(group), *shape)) * 2)


@every_grouping
@every_shape
def test_folds_of_groups(name: str, shape: tuple[int, ...]) -> None:
    segments, values = grouped(name, shape)
    for fold, naive in enumerated.VALUES.items():
        out = getattr(segments, fold)(values, np.full((segments.count, *shape), np.nan))
        for own, rows in enumerate(members(name)):
            np.testing.assert_allclose(out[own], naive(values[rows]), rtol=1e-12, err_msg=fold)
    for fold, naive in enumerated.ROWS.items():
        out = getattr(segments, fold)(values, np.full_like(values, np.nan))
        for rows in filter(None, members(name)):
            np.testing.assert_allclose(out[rows], naive(values[rows]), rtol=1e-12, err_msg=fold)


@every_grouping
def test_groups_as_an_axis(name: str) -> None:
    segments, values = grouped(name, (2,))
    out = np.full_like(values, np.nan)
    dense, room = segments.dense(values), segments.room(out)
    assert dense.shape == room.shape == (segments.count, max(map(len, members(name)), default=0), 2)
    for own, rows in enumerate(members(name)):
        np.testing.assert_array_equal(dense[own, : len(rows)], values[rows])
        assert not dense[own, len(rows) :].any()
    room[...] = dense
    segments.sparse(room, out)
    np.testing.assert_array_equal(out, values)
    assert (
        np.shares_memory(room, out) == np.shares_memory(dense, values) == (name in {"even", "one group", "a row each"})
    )


def test_few_long_groups_are_reduced_one_by_one() -> None:
    segments, _ = grouped("a long one in between", ())
    assert [(group, rows.tolist()) for group, rows in segments.long] == [(1, [1, 2, 4, 5, 7, 8, 10])]
    assert segments.live == [4, 1]  # groups with a first row, with a second one
    assert segments.rows.tolist() == [9, 6, 0, 3, 11]


@every_grouping
@every_shape
def test_places_of_the_largest(name: str, shape: tuple[int, ...]) -> None:
    segments, values = grouped(name, shape)
    wanted = [values[rows].argmax(axis=0).tolist() if rows else np.full(shape, -1).tolist() for rows in members(name)]
    assert segments.top(values, np.empty((segments.count, *shape), dtype=np.intp)).tolist() == wanted


@every_grouping
@every_shape
def test_temperature_and_choice_by_group(name: str, shape: tuple[int, ...]) -> None:
    segments, values = grouped(name, shape)
    values += np.arange(values.size).reshape(values.shape) / 100  # no two alike
    given = values.copy()
    for top_k, top_p in ((0, 1.0), (2, 1.0), (0, 0.7), (2, 0.7)):
        out = segments.temper(values, 0.5, top_k, top_p, np.empty_like(values))
        np.testing.assert_array_equal(values, given)
        for rows in filter(None, members(name)):
            alone = prelude_decode.temper(values[rows].T, 0.5, top_k, top_p, np.empty((*shape, len(rows))))
            np.testing.assert_array_equal(out[rows], alone.T)


@pytest.mark.parametrize("group", [[0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1], [0, 0, 0, 0, 0]])
def test_places_in_a_group_are_those_of_the_points(group: list[int]) -> None:
    """Nodes of a tree stand by height, and are counted in the order of the data."""
    natural, values = np.array([4, 0, 1, 2, 3, 5][: len(group)]), np.array([5.0, 2, 5, 2, 1, 2][: len(group)])
    segments = Segments(np.array(group), max(group) + 1, natural)
    assert segments.top(values, np.empty(segments.count)).tolist() == ([1] if max(group) == 0 else [0, 0])
    dense, rows = segments.dense(values, -np.inf), np.array(group)
    for own in range(segments.count):
        wanted = values[rows == own][np.argsort(natural[rows == own])]
        assert dense[own].tolist() == [*wanted, *[-np.inf] * (segments.width - len(wanted))]


def test_a_maximum_of_nothing_is_refused() -> None:
    segments, values = grouped("some empty", ())
    with pytest.raises(ValueError, match="no point to take the maximum of"):
        segments.maximum(values, np.empty(8))
    segments, values = grouped("uneven", ())
    np.testing.assert_array_equal(segments.maximum(values, np.empty(3)), segments.largest(values, np.empty(3)))


@pytest.mark.parametrize("group", [[0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1], [0, 0, 0, 0, 0]])
def test_the_first_largest_is_first_in_the_order_of_points(group: list[int]) -> None:
    natural, values = np.array([4, 0, 1, 2, 3, 5][: len(group)]), np.array([5.0, 2, 5, 2, 1, 2][: len(group)])
    out = Segments(np.array(group), max(group) + 1, natural).first_max(values, np.empty(len(group)))
    assert np.flatnonzero(out).tolist() == ([2] if max(group) == 0 else [1, 2])


@pytest.mark.parametrize("group", [[0, 0, 1, 1], [2, 0, 2, 2, 2, 1, 0, 2], [0, 1, 2]])
def test_rows_among_others_are_reduced_alike(group: list[int]) -> None:
    rows = np.sort(RNG.permutation(11)[: len(group)])
    values = RNG.normal(size=(11, 2))
    segments = Segments(np.array(group), 4).among(rows)
    wanted = [values[rows[np.array(group) == g]].sum(0) for g in range(4)]
    np.testing.assert_allclose(segments.total(values, np.empty((4, 2))), wanted)


def test_groups_of_numbers_that_are_large_or_infinite() -> None:
    segments = Segments(np.array([0, 0, 0, 1, 1]), 2)
    values = np.array([1e4, -1e4, 0, -np.inf, -np.inf])
    assert segments.softmax(values, np.empty(5)).tolist() == [1, 0, 0, 0, 0]
    assert segments.logsumexp(values, np.empty(2)).tolist() == [1e4, -np.inf]


@pytest.mark.parametrize("bound", [5, 2**16, 2**16 + 1])
def test_equal_numbers_stay_in_order(bound: int) -> None:
    numbers = np.random.default_rng(0).integers(bound - 5, bound, size=50)
    assert sort_stably(numbers, bound).tolist() == sorted(range(50), key=lambda k: numbers[k])
