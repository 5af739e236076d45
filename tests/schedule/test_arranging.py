"""Contractions whose axes stand in any order are stacks of matrix products, with as little copying as can be."""

from math import prod

import numpy as np
import pytest

from rnndsl.schedule.arranging import Arrangement, arrange, is_plain

SIZES = {"rows": 5, "a": 2, "b": 3, "c": 4, "d": 6}


def split(labels: str) -> tuple[list[str], list[str], list[str]]:
    """Return the axes of two operands and a result, `r` for rows."""
    first, second, result = ([{"r": "rows"}.get(x, x) for x in own] for own in labels.replace("->", ",").split(","))
    return first, second, result


@pytest.mark.parametrize(
    ("labels", "once", "expected"),
    [
        ("rb,cbd->rcd", [1], Arrangement((), ("rows",), ("b",), ("c", "d"))),
        ("abc,rac->rb", [0], Arrangement((), ("b",), ("a", "c"), ("rows",))),
        ("rb,rcd->cbd", [], Arrangement(("c",), ("b",), ("rows",), ("d",))),
        ("ab,rbd->rad", [0], Arrangement(("rows",), ("a",), ("b",), ("d",))),
        ("abc,rac->rab", [0], Arrangement(("a",), ("b",), ("c",), ("rows",))),
        ("rab,rdb->ad", [], Arrangement((), ("a",), ("rows", "b"), ("d",))),
    ],
)
def test_groups_of_axes(labels: str, once: list[int], expected: Arrangement) -> None:
    assert arrange(*split(labels), once) == expected


@pytest.mark.parametrize("labels", ["ra,ra->a", "rab,rb->ra", "ra,bc->rab", "ra,cab->rb", "ra,bc->rabc"])
def test_what_uses_every_number_once_is_none(labels: str) -> None:
    assert arrange(*split(labels)) is None


@pytest.mark.parametrize(
    "labels",
    ["rb,cbd->rcd", "abc,rac->rb", "rb,rcd->cbd", "ab,rbd->rad", "abc,rac->rab", "rab,rdb->ad", "rab,rcbd->cad"],
)
def test_a_stack_of_products_is_the_contraction(labels: str) -> None:
    left, right, out = split(labels)
    found = arrange(left, right, out)
    assert found is not None
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=[SIZES[axis] for axis in axes]) for axes in (left, right)]
    stacked = []
    pairs = ((left, found.rows, found.summed), (right, found.summed, found.columns))
    for array, (axes, one, other) in zip(arrays, pairs, strict=True):
        own = tuple(axis for axis in found.stack if axis in axes)
        turned = array.transpose([axes.index(axis) for axis in own + one + other])
        lead = [SIZES[axis] if axis in axes else 1 for axis in found.stack]
        stacked.append(turned.reshape(*lead, *(prod(SIZES[axis] for axis in group) for group in (one, other))))
    order = found.stack + found.rows + found.columns
    result = np.matmul(*stacked).reshape([SIZES[axis] for axis in order])
    letters = labels.replace("r", "z")
    assert np.allclose(result.transpose([order.index(axis) for axis in out]), np.einsum(letters, *arrays))


def test_matrices_in_place_have_neighbours_in_a_group_and_the_last_axis() -> None:
    assert is_plain(["rows", "a", "b"], ("rows",), ("a", "b"))
    assert is_plain(["a", "b", "rows"], ("rows",), ("a", "b"))
    assert is_plain(["rows", "a", "b"], ("rows",), ("b",))  # one matrix for every place of `a`
    assert not is_plain(["a", "rows", "b"], ("rows",), ("a", "b"))
    assert not is_plain(["rows", "a", "b"], ("rows",), ("b", "a"))
    assert not is_plain(["rows", "b", "a"], ("rows",), ("b",))  # BLAS wants numbers side by side
