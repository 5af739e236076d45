"""Small random cases: dimensions, lengths, structure, parameters and data for a model, drawn from a seed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.graph import InputInfo, RecurrenceGraph
from rnndsl.graph.interpret import Points
from rnndsl.indices import Index, Kind
from rnndsl.runtime.axes import axes
from rnndsl.runtime.structure import trees
from rnndsl.verify.structures import Forest, draw_structure

Array = NDArray[Any]

#: Lengths of the examples' sequences; the second sequence of a model takes the second row, and so on.
LENGTHS = ((4, 1, 3), (2, 5, 1), (3, 2, 4))
ABSENT = 0.15


@dataclass(frozen=True)
class Case:
    """Arguments of a call: data as one array per example, lengths by sequence, structure by tree or dag."""

    dims: Mapping[str, int]
    params: dict[str, Array]
    data: dict[str, list[Array]]
    lengths: dict[str, list[int]]
    structure: dict[str, Forest]

    @property
    def points(self) -> Points:
        """What the interpreter and a program are told of the examples' points."""
        return {"lengths": self.lengths, "structure": self.structure}

    @property
    def examples(self) -> int:
        """The number of examples; a model without data, sequences or trees has one."""
        counts = [len(arrays) for arrays in self.data.values()] + [len(sizes) for sizes in self.lengths.values()]
        counts += [len(trees) for trees in self.structure.values()]
        return counts[0] if counts else 1

    def example(self, number: int) -> "Case":
        """Return one example alone."""
        data = {name: [arrays[number]] for name, arrays in self.data.items()}
        lengths = {name: [values[number]] for name, values in self.lengths.items()}
        structure = {name: [trees[number]] for name, trees in self.structure.items()}
        return Case(self.dims, self.params, data, lengths, structure)


def small_dims(graph: RecurrenceGraph, given: Mapping[str, int | float]) -> dict[str, int]:
    """Return small, different, even sizes for all dimensions that neither the structure nor the user has fixed."""
    free = [name for name in graph.dims if name not in graph.fixed_dims and name not in given]
    return {name: 4 + 2 * (k % 5) for k, name in enumerate(free)}


def draw_case(graph: RecurrenceGraph, seed: int, *, positive: bool = False, times: int = 1) -> Case:
    """Draw parameters and data; some tokens and real targets are absent. `positive` keeps numbers away from 0.

    There are `times` as many examples as usual, with the same points and other data.
    """
    rng = np.random.default_rng(seed)
    dims = {name: value for name, value in graph.dims.items() if value is not None}
    sequences = [index.name for index in graph.indices if index.kind is Kind.SEQUENCE]
    lengths = {name: list(LENGTHS[k % len(LENGTHS)]) * times for k, name in enumerate(sequences)}
    known = enumerate(trees(graph).items())
    structure = {tree.name: draw_structure(tree, k, seed, rooted=rooted) * times for k, (tree, rooted) in known}
    params = {}
    for name, info in graph.params.items():
        shape = [i.extent.evaluate(dims) for i in info.domain] + [size.evaluate(dims) for size in info.shape]
        params[name] = _numbers(rng, shape, positive=positive) * 0.5
    return draw_data(graph, rng, Case(dims, params, {}, lengths, structure), positive=positive)


def draw_data(
    graph: RecurrenceGraph, rng: np.random.Generator, case: Case, *, positive: bool = False, absent: float = ABSENT
) -> Case:
    """Draw the data of a case's examples; a share of the tokens and real targets is absent."""
    counts = [_counts(graph, case.lengths, case.structure, example) for example in range(_examples(case))]
    way = _Way(case.dims, absent, positive)
    data = {name: [_example(rng, info, own, way) for own in counts] for name, info in graph.inputs.items()}
    return replace(case, data=data)


def _examples(case: Case) -> int:
    """Return how many examples there are points for; 3 of a model without any."""
    counts = [len(own) for own in case.lengths.values()] + [len(own) for own in case.structure.values()]
    return counts[0] if counts else len(LENGTHS[0])


def _counts(
    graph: RecurrenceGraph, lengths: Mapping[str, list[int]], structure: Mapping[str, Forest], example: int
) -> dict[Index, int]:
    """Return how many points, nodes and edges an example has."""
    found: dict[Index, int] = {}
    for index in graph.indices:
        if index.structured:
            found[index] = len(structure[index.name][example])
        elif index.of is not None:
            found[index] = sum(map(len, structure[index.of.name][example]))
        elif index.ragged:
            found[index] = lengths[index.name][example]
    return found


def _numbers(rng: np.random.Generator, shape: list[int], *, positive: bool) -> Array:
    return rng.uniform(0.2, 1.5, shape) if positive else rng.normal(0.0, 1.0, shape)


@dataclass(frozen=True, slots=True)
class _Way:
    dims: Mapping[str, int]
    absent: float
    positive: bool


def _example(rng: np.random.Generator, info: InputInfo, counts: Mapping[Index, int], way: _Way) -> Array:
    dims = way.dims
    points = [_count(index, dims, counts) for index in axes(info.domain)]
    absent = rng.random(points) < way.absent
    if info.whole:
        limit = _count(info.point, dims, counts) if info.point else info.token.evaluate(dims) if info.token else 0
        return np.where(absent, -1, rng.integers(0, limit, points)).astype(np.int64)
    values = _numbers(rng, points + [size.evaluate(dims) for size in info.shape], positive=way.positive)
    if info.role == "target" and points:
        values[absent] = np.nan
    return np.asarray(values)


def _count(index: Index, dims: Mapping[str, int], counts: Mapping[Index, int]) -> int:
    return counts[index] if index.ragged else index.extent.evaluate(dims)
