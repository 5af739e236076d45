"""Small random cases: dimensions, lengths, parameters and data for a model, drawn from a seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.graph import InputInfo, RecurrenceGraph

Array = NDArray[Any]

#: Lengths of the examples' sequences; the second sequence of a model takes the second row, and so on.
LENGTHS = ((4, 1, 3), (2, 5, 1), (3, 2, 4))
ABSENT = 0.15


@dataclass(frozen=True)
class Case:
    """Arguments of a call: data as one array per example, lengths by sequence."""

    dims: Mapping[str, int]
    params: dict[str, Array]
    data: dict[str, list[Array]]
    lengths: dict[str, list[int]]

    @property
    def examples(self) -> int:
        """The number of examples; a model without data or sequences has one."""
        counts = [len(arrays) for arrays in self.data.values()] + [len(sizes) for sizes in self.lengths.values()]
        return counts[0] if counts else 1

    def example(self, number: int) -> "Case":
        """Return one example alone."""
        data = {name: [arrays[number]] for name, arrays in self.data.items()}
        return Case(self.dims, self.params, data, {name: [n[number]] for name, n in self.lengths.items()})


def small_dims(graph: RecurrenceGraph, given: Mapping[str, int | float]) -> dict[str, int]:
    """Return small, different, even sizes for all dimensions that neither the structure nor the user has fixed."""
    free = [name for name in graph.dims if name not in graph.fixed_dims and name not in given]
    return {name: 4 + 2 * (k % 5) for k, name in enumerate(free)}


def draw_case(graph: RecurrenceGraph, seed: int, *, positive: bool = False) -> Case:
    """Draw parameters and data; some tokens and real targets are absent. `positive` keeps numbers away from 0."""
    rng = np.random.default_rng(seed)
    dims = {name: value for name, value in graph.dims.items() if value is not None}
    sequences = [index.name for index in graph.indices if index.ragged]
    lengths = {name: list(LENGTHS[k % len(LENGTHS)]) for k, name in enumerate(sequences)}
    params = {}
    for name, info in graph.params.items():
        shape = [i.extent.evaluate(dims) for i in info.domain] + [size.evaluate(dims) for size in info.shape]
        params[name] = _numbers(rng, shape, positive=positive) * 0.5
    data = {
        name: [_example(rng, info, dims, {k: n[e] for k, n in lengths.items()}, positive=positive) for e in range(3)]
        for name, info in graph.inputs.items()
    }
    return Case(dims, params, data, lengths)


def _numbers(rng: np.random.Generator, shape: list[int], *, positive: bool) -> Array:
    return rng.uniform(0.2, 1.5, shape) if positive else rng.normal(0.0, 1.0, shape)


def _example(
    rng: np.random.Generator,
    info: InputInfo,
    dims: Mapping[str, int],
    lengths: Mapping[str, int],
    *,
    positive: bool,
) -> Array:
    points = [lengths[i.name] if i.ragged else i.extent.evaluate(dims) for i in info.domain]
    absent = rng.random(points) < ABSENT
    if info.token is not None:
        return np.where(absent, -1, rng.integers(0, info.token.evaluate(dims), points)).astype(np.int64)
    values = _numbers(rng, points + [size.evaluate(dims) for size in info.shape], positive=positive)
    if info.role == "target" and points:
        values[absent] = np.nan
    return np.asarray(values)
