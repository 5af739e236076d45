"""Dropout masks drawn before a call: of every stretch of a sequence the part that the whole has there."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.graph import InputInfo
from rnndsl.graph.masks import Mask
from rnndsl.runtime.axes import axes
from rnndsl.runtime.binding import Bound
from rnndsl.runtime.stretches import Stretch

Array = NDArray[Any]


def draw_mask(mask: Mask, info: InputInfo, seed: int | None, bound: Bound, stretch: Stretch) -> list[Array]:
    """Return a mask by example: 0 and 1 / (1 - rate), [points, ..., size]; 1 without a seed.

    They are those of `dropout` in the prelude, which draws them for all points of an example in one stream.
    """
    return [_of_example(mask, info, seed, _extents(info, bound, example), stretch, example) for example in _all(bound)]


def _all(bound: Bound) -> range:
    values = [*bound.lengths.values(), *bound.data.values()]
    return range(len(values[0]) if values else 1)


def _extents(info: InputInfo, bound: Bound, example: int) -> list[int]:
    """Return how many points a mask has along every axis of its domain, and its shape."""
    own = [
        int(bound.lengths[index.name][example]) if index.ragged else index.extent.evaluate(bound.dims)
        for index in axes(info.domain)
    ]
    return [*own, *(size.evaluate(bound.dims) for size in info.shape)]


def _of_example(
    mask: Mask, info: InputInfo, seed: int | None, extents: list[int], stretch: Stretch, example: int
) -> Array:
    axis = stretch.axis(info.domain)
    first, last = (0, extents[0] if extents else 1) if axis is None else stretch.range(example)
    part = extents if axis is None else [*extents[:axis], last - first, *extents[axis + 1 :]]
    if seed is None:
        return np.ones(part)
    rng = np.random.default_rng((seed, mask.place, example))
    if axis == 0:
        bits: Any = rng.bit_generator
        bits.advance(first * prod(extents[1:]))  # one number is one step
        found = rng.random(part)
    else:
        whole = rng.random(extents)
        found = whole if axis is None else whole[(slice(None),) * axis + (slice(first, last),)]
    kept = (found >= mask.rate) / (1.0 - mask.rate)
    return kept if axis is None or stretch.way.forward else np.flip(kept, axis)


def draw_masks(
    masks: Mapping[str, Mask], inputs: Mapping[str, InputInfo], seed: int | None, bound: Bound, stretch: Stretch
) -> dict[str, Array | list[Array]]:
    """Return the masks that a function reads, by the names of its inputs."""
    found: dict[str, Array | list[Array]] = {}
    for name, mask in masks.items():
        drawn = draw_mask(mask, inputs[name], seed, bound, stretch)
        ragged = any(index.ragged for index in inputs[name].domain)
        found[name] = drawn if ragged else np.array(drawn)
    return found
