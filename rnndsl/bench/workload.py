"""A batch of random data of any size, for calls that are timed."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Index, Kind
from rnndsl.runtime.program import Program
from rnndsl.runtime.structure import trees
from rnndsl.verify.cases import Case, draw_data

Array = NDArray[Any]

#: What a dimension is that has no value and was not set.
USUAL: Final = 64


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much data: examples, points of every sequence (`ragged`: 1 to that), leaves of every tree."""

    batch: int = 32
    steps: int = 100
    leaves: int = 25
    ragged: bool = False


def unset(graph: RecurrenceGraph) -> dict[str, int]:
    """Return a value for every dimension that has none."""
    return {name: USUAL for name, value in graph.dims.items() if value is None}


def draw_workload(program: Program, sizes: Sizes, seed: int = 0) -> Case:
    """Draw initial parameters and a batch of data for a program all of whose dimensions are known."""
    graph, rng = program.graph, np.random.default_rng(seed)
    lengths = {index.name: _lengths(rng, sizes) for index in graph.indices if index.kind is Kind.SEQUENCE}
    structure = {
        tree.name: [_draw(rng, tree, sizes.leaves) for _ in range(sizes.batch)] for tree in trees(graph)
    }  # fmt: skip
    if not lengths and not structure:
        lengths = {"": [0] * sizes.batch}  # says how many examples there are
    case = draw_data(graph, rng, Case(program.dims, program.init(seed), {}, lengths, structure), absent=0.0)
    return Case(case.dims, case.params, case.data, {k: v for k, v in lengths.items() if k}, structure)


def _lengths(rng: np.random.Generator, sizes: Sizes) -> list[int]:
    if not sizes.ragged:
        return [sizes.steps] * sizes.batch
    return [int(length) for length in rng.integers(1, sizes.steps + 1, sizes.batch)]


def _draw(rng: np.random.Generator, index: Index, leaves: int) -> list[list[int]]:
    """Join two random neighbours until one is left: a binary tree, in which children come before their parents."""
    children: list[list[int]] = [[] for _ in range(leaves)]
    roots = list(range(leaves))
    while len(roots) > 1:
        place = int(rng.integers(len(roots) - 1))
        children.append(roots[place : place + 2])
        roots[place : place + 2] = [len(children) - 1]
    return children
