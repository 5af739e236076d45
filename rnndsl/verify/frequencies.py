"""Draws in large numbers, counted: a hundred thousand of a target that has many points."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Domain, Index, Kind
from rnndsl.runtime.axes import axes
from rnndsl.runtime.program import Program
from rnndsl.semantics.model import Random
from rnndsl.verify.cases import Case
from rnndsl.verify.distributions import ratios
from rnndsl.verify.observed import counts_of, parameters_of, points_of

Array = NDArray[Any]

#: How many draws are counted of every target, in how many examples at most: a target of the whole has one in each.
DRAWS: Final = 100_000
EXAMPLES: Final = 5_000
#: Points of an example, along all the sequences of a target together.
POINTS: Final = 100


def frequencies(program: Program, case: Case, randoms: Sequence[Random], draws: int = DRAWS) -> float:
    """Return the largest chi-square statistic of so many draws over its limit.

    What was drawn is given as data; the model's own parameters at every point then say how often it is expected.
    """
    many = _many(program.graph, case, [random.domain for random in randoms], draws)
    given = {name: arrays for name, arrays in many.data.items() if program.inputs[name].role != "target"}
    drawn = program.sample(many.params, given, seed=5, **many.points)
    values = {random.target: drawn[random.target] for random in randoms}
    found = program.run(many.params, {**given, **values}, **many.points)
    largest = [0.0]
    for random in randoms:
        own = points_of(values[random.target], random.domain, counts_of(many, program.graph))
        largest += ratios(random.distribution, parameters_of(random, found, many, program), own)
    return max(largest)


def _many(graph: RecurrenceGraph, case: Case, domains: Sequence[Domain], draws: int) -> Case:
    """Return a case of many examples, the given ones round and round, with long sequences where targets lie on them."""
    walked = {index for domain in domains for index in domain if index.kind is Kind.SEQUENCE}
    extent = round(POINTS ** (1 / max(1, *(sum(i in walked for i in domain) for domain in domains))))
    points = min(int(np.prod([extent for i in domain if i in walked])) for domain in domains)
    rows = [k % case.examples for k in range(min(EXAMPLES, -(-draws // points)))]
    lengths = {name: [own[row] for row in rows] for name, own in case.lengths.items()}
    lengths |= {index.name: [extent] * len(rows) for index in walked}
    turned = {name: [_round(graph, name, own, walked, extent) for own in arrays] for name, arrays in case.data.items()}
    data = {name: [arrays[row] for row in rows] for name, arrays in turned.items()}
    structure = {name: [own[row] for row in rows] for name, own in case.structure.items()}
    return Case(case.dims, case.params, data, lengths, structure)


def _round(graph: RecurrenceGraph, name: str, array: Array, walked: set[Index], extent: int) -> Array:
    """Return an example's points, repeated round and round along sequences."""
    for axis, index in enumerate(axes(graph.inputs[name].domain)):
        if index in walked:
            array = np.take(array, np.arange(extent) % array.shape[axis], axis=axis)
    return array
