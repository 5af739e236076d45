"""The axes of an example's data, and the part of a padded array that is the example's own."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, SupportsInt

from numpy.typing import NDArray

from rnndsl.graph.instances import axes as grouped
from rnndsl.indices import Domain, Index, Kind

Array = NDArray[Any]


@cache
def axes(domain: Domain) -> Domain:
    """Return the index of every axis of data on a domain; the edges `[n, k]`, `k : children(n)`, are one axis, `k`."""
    return tuple(group[-1] for group in grouped(domain))


def own_points(array: Array, domain: Domain, counts: Mapping[str, Array], example: int) -> Array:
    """Cut the padding off the array of one example; an index without a count is not padded."""
    ends = [int(counts[i.name][example]) if i.ragged and i.name in counts else None for i in axes(domain)]
    return array[tuple(slice(end) for end in ends)]


def place(domain: Domain, numbers: Sequence[SupportsInt]) -> str:
    """Say which entry of an example's data is meant: nodes and edges as in the data from 0, other points from 1."""
    words = [_word(index, int(number)) for index, number in zip(axes(domain), numbers, strict=False)]
    return "".join(f", {word}" for word in words)


def noun(index: Index) -> str:
    """Return what the points of an index are called."""
    return "edges" if index.of is not None else "nodes" if index.structured else "points"


def _word(index: Index, number: int) -> str:
    match index.kind:
        case Kind.TREE | Kind.DAG:
            return f"node {number}"
        case Kind.CHILDREN:
            return f"edge {number}"
        case _:
            return f"point {number + 1}"
