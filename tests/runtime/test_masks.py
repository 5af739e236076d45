"""Masks that are drawn before a call are those that the generated code draws."""

from typing import Any

import numpy as np
import pytest

from rnndsl.codegen.prelude import Points, dropout
from rnndsl.graph.graph import InputInfo
from rnndsl.graph.masks import Mask
from rnndsl.graph.ways import WHOLE, Way
from rnndsl.indices import Index, Kind
from rnndsl.runtime.binding import Bound
from rnndsl.runtime.masks import draw_mask, draw_masks
from rnndsl.runtime.stretches import Stretch, stretches
from rnndsl.sizes import Size

T, S = Index("t", Kind.SEQUENCE, 0), Index("s", Kind.SEQUENCE, 1)
K = Index("k", Kind.RANGE, 2, high=Size.of(2))
LENGTHS = {"t": np.array([5, 1, 3]), "s": np.array([2, 3, 1])}
BOUND = Bound({}, {}, LENGTHS, {}, {})
MASK = Mask(3, 0.4)


def info(*domain: Index) -> InputInfo:
    return InputInfo("mask", domain, (Size.of(4),), None, "input")


def parts(way: Way, *domain: Index, seed: int | None = 7) -> list[tuple[Stretch, list[Any]]]:
    cut = stretches(way, LENGTHS, 2)
    return [(one, draw_mask(MASK, info(*domain), seed, BOUND, one)) for one in cut]


def test_they_are_those_of_the_prelude() -> None:
    points = Points(LENGTHS["t"], 0)
    drawn = points.unpack(dropout(points, 7, 3, 0.4, (9, 2, 4)))
    ((_, found),) = parts(WHOLE, T, K)
    for example, length in enumerate(LENGTHS["t"]):
        np.testing.assert_array_equal(found[example], drawn[example, :length])
    ((_, held),) = parts(WHOLE)
    np.testing.assert_array_equal(np.array(held), dropout(None, 7, 3, 0.4, (3, 4)))


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("domain", [(T,), (T, K), (T, S), (S, T)])
def test_every_stretch_has_its_part(domain: tuple[Index, ...], forward: bool) -> None:  # noqa: FBT001
    ((_, whole),) = parts(WHOLE, *domain)
    axis = domain.index(T)
    for stretch, own in parts(Way(T, forward), *domain):
        for example, mask in enumerate(own):
            part = whole[example].take(range(*stretch.range(example)), axis)
            np.testing.assert_array_equal(mask, part if forward else np.flip(part, axis))


def test_a_mask_that_is_held_is_the_same_in_all_stretches() -> None:
    first, *others = [np.array(own) for _, own in parts(Way(T))]
    for other in others:
        np.testing.assert_array_equal(other, first)
    assert set(np.unique(first)) == {0.0, 1 / 0.6}


def test_without_a_seed_nothing_is_dropped() -> None:
    assert all((mask == 1).all() for _, own in parts(Way(T), T, seed=None) for mask in own)


def test_they_are_arrays_where_no_axis_is_ragged() -> None:
    ((stretch, _),) = parts(WHOLE)
    named = {"held": info(), "ragged": info(T)}
    found = draw_masks(dict.fromkeys(named, MASK), named, 7, BOUND, stretch)
    assert isinstance(found["held"], np.ndarray)
    assert isinstance(found["ragged"], list)
