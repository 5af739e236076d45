"""Chunks of points of several indices read what the chunk before has left, against the whole, point by point."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnndsl.codegen.prelude import Points
from rnndsl.codegen.prelude_border import Border
from rnndsl.codegen.prelude_rows import Rows
from tests.codegen.enumerated import LAYOUTS, Enumerated, Factor, Place, enumerated, sequence

Array = NDArray[Any]

RNG = np.random.default_rng(0)

#: Layouts of several indices, and the place of a sequence among their factors.
CASES = [
    (name, k)
    for name, (factors, _) in LAYOUTS.items()
    for k, factor in enumerate(factors)
    if len(factors) > 1 and isinstance(factor.points, Points)
]
every_case = pytest.mark.parametrize(("name", "k"), CASES, ids=[f"{name}-{k}" for name, k in CASES])


def chunks(lengths: Sequence[int]) -> list[list[int]]:
    """Cut sequences into three chunks, of which some have no point of an example."""
    first = [n * (e % 3) // 2 for e, n in enumerate(lengths)]
    second = [(n - own) // 2 for n, own in zip(lengths, first, strict=True)]
    return [first, second, [n - a - b for n, a, b in zip(lengths, first, second, strict=True)]]


def depth_of(name: str, k: int) -> int:
    """Return how far reads go back: what walks the sequence in slices says so."""
    factors, halo = LAYOUTS[name]
    return halo if halo is not None and factors[k].weight else 2


def laid(name: str, k: int) -> Iterator[tuple[Rows, Enumerated, Array]]:
    """Return the chunks' layouts, their points, and how many points of the sequence come before."""
    factors, halo = LAYOUTS[name]
    stream, before = factors[k], np.zeros(len(factors[k].steps), dtype=np.intp)
    for part in chunks(np.asarray(stream.points.lengths).tolist()):
        own = sequence(stream.names[0], part, stream.weight)
        own = replace(own, points=Points(part, 0, before.copy()))
        parts: list[Factor] = [*factors[:k], own, *factors[k + 1 :]]
        yield Rows([factor.given for factor in parts], halo), enumerated(parts), before.copy()
        before += part


def moved(place: Place, at: int, by: int) -> Place:
    return (*place[:at], place[at] + by, *place[at + 1 :])


def numbered(name: str) -> dict[tuple[int, Place], Array]:
    """Return a value for every point of the whole."""
    return {(row.example, row.place): RNG.normal(size=2) for row in enumerated(LAYOUTS[name][0]).rows}


@every_case
def test_earlier_points_are_those_of_the_chunk_before(name: str, k: int) -> None:
    values, depth = numbered(name), depth_of(name, k)
    stream = LAYOUTS[name][0][k].names[0]
    carried: Array | None = None
    init = RNG.normal(size=(len(LAYOUTS[name][0][k].steps), 2))
    for rows, wanted, before in laid(name, k):
        border, at = Border(rows, stream, depth), wanted.names.index(stream)
        buffer = np.full((rows.margin + rows.size, 2), np.nan)
        true = [(row.example, moved(row.place, at, int(before[row.example]))) for row in wanted.rows]
        for row, point in enumerate(true):
            buffer[rows.margin + row] = values[point]
        border.enter(buffer, init, carried)
        assert not np.isnan(buffer).any()
        for back in range(depth + 1):
            places = [rows.place[own] - (back if own == stream else 0) for own in wanted.names]
            expected = [values.get((e, moved(place, at, -back)), init[e]) for e, place in true]
            found = buffer[border.find(rows.example, *places)]
            np.testing.assert_array_equal(found, np.array(expected).reshape(-1, 2))
            if back and rows.halo is not None and LAYOUTS[name][0][k].weight:  # slices of lanes
                np.testing.assert_array_equal(rows.earlier(buffer, back), found)
        carried = border.leave(buffer)
        assert carried.shape[:2] == (rows.batch, depth)


@every_case
def test_what_is_outside_in_another_direction_is_the_init(name: str, k: int) -> None:
    stream = LAYOUTS[name][0][k].names[0]
    rows, wanted, _ = list(laid(name, k))[-1]
    border = Border(rows, stream, depth_of(name, k))
    buffer, init = np.full((rows.margin + rows.size, 2), np.nan), RNG.normal(size=(rows.batch, 2))
    border.enter(buffer, init, border.leave(buffer))
    for factor in (factor for factor in rows.factors if isinstance(factor[1], Points) and factor[0] != (stream,)):
        places = [rows.place[own] - (1000 if own == factor[0][0] else 0) for own in wanted.names]
        np.testing.assert_array_equal(buffer[border.find(rows.example, *places)], init[rows.example])


def test_the_margin_in_front_is_filled_as_without_a_border() -> None:
    for factors, halo in LAYOUTS.values():
        names = [factor.names[0] for factor in factors if isinstance(factor.points, Points)]
        if not names or len(factors) == 1 or halo == 0:
            continue
        rows, plain = (Rows([factor.given for factor in factors], halo) for _ in range(2))
        border, init = Border(rows, names[0], halo or 1), RNG.normal(size=(plain.batch, 2))
        one, other = np.zeros((rows.margin + rows.size, 2)), np.zeros((plain.margin + plain.size, 2))
        border.enter(one, init)
        plain.enter(other, init if halo is None else init[plain.example[: plain.width]])
        np.testing.assert_array_equal(one[: plain.margin], other[: plain.margin])
        border.enter(one, None)
        assert not one[: rows.margin].any()
        border.enter(one[:, 0], 3.0)
        assert (one[: rows.margin, 0] == 3).all()


@every_case
def test_random_numbers_go_on_where_the_chunk_before_ended(name: str, k: int) -> None:
    factors, halo = LAYOUTS[name]
    stream = factors[k].names[0]
    whole = Rows([factor.given for factor in factors], halo)
    drawn = [RNG.normal(size=int(n)) for n in whole.lengths]
    packed = Border(whole, stream, 1).pack(drawn, np.float64)
    names = enumerated(factors).names
    points = zip(whole.example.tolist(), *(whole.place[own].tolist() for own in names), strict=True)
    value = dict(zip(points, packed.tolist(), strict=True))
    for rows, wanted, before in laid(name, k):
        border, at = Border(rows, stream, 1), names.index(stream)
        parts = [own[start : start + n] for own, start, n in zip(drawn, border.start, border.lengths, strict=True)]
        found = border.pack(parts, np.float64)
        places = [(row.example, *moved(row.place, at, int(before[row.example]))) for row in wanted.rows]
        assert found.tolist() == [value[place] for place in places]
