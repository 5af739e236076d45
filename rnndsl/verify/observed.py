"""Parameters of a model's distributions at every point of its targets, in one form for all of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Domain
from rnndsl.runtime.axes import axes
from rnndsl.runtime.program import Program
from rnndsl.semantics.model import Random
from rnndsl.verify.cases import Case
from rnndsl.verify.distributions import leaf_of

Array = NDArray[Any]


def inside(extents: tuple[int, ...], domain: Domain, counts: Mapping[str, list[int]]) -> Array:
    """Return which points of a batch-first array of these extents the examples have."""
    extents = extents[: 1 + len(axes(domain))]
    found = np.ones(extents, bool)
    for place, index in enumerate(axes(domain)):
        if index.name in counts:
            own = np.asarray(counts[index.name]).reshape(-1, *[1] * (len(extents) - 1))
            number = np.arange(extents[place + 1]).reshape(-1, *[1] * (len(extents) - 2 - place))
            found &= number < own
    return found


def points_of(array: Array, domain: Domain, counts: Mapping[str, list[int]]) -> Array:
    """Return the points that examples have of a batch-first array, `[points, ...]`, example after example."""
    return np.asarray(array[inside(array.shape, domain, counts)])


def counts_of(case: Case, graph: RecurrenceGraph) -> dict[str, list[int]]:
    """Return how many points every example has, by sequence, tree, and index over children."""
    counts = {**case.lengths, **{name: [len(tree) for tree in trees] for name, trees in case.structure.items()}}
    for index in graph.indices:
        if index.of is not None:
            counts[index.name] = [sum(map(len, tree)) for tree in case.structure[index.of.name]]
    return counts


def parameters_of(random: Random, found: Mapping[str, Array], case: Case, program: Program) -> dict[str, Array]:
    """Return parameters `[points, component of a mixture, ...]`; what is no mixture has one component.

    What an example has no point for to be chosen has minus infinity as its score.
    """
    name, mixed = random.target, leaf_of(random.distribution) is not random.distribution
    counts, parameters = counts_of(case, program.graph), dict[str, Array]()
    before = len(axes(random.domain))
    for output, info in program.graph.outputs.items():
        if not output.startswith(f"{name}.") or output not in found:
            continue
        value = _masked(found[output], info.domain[len(random.domain) :], counts, before)
        parameters[output.removeprefix(f"{name}.")] = points_of(value, random.domain, counts)
    if mixed:
        return parameters
    single = {part: value[:, None] for part, value in parameters.items()}
    if "logits" in single:
        single["component_logits"] = single["logits"]
    single["logits"] = np.zeros((len(next(iter(single.values()))), 1))
    return single


def _masked(array: Array, over: Domain, counts: Mapping[str, list[int]], before: int) -> Array:
    """Set what is beyond an example's points to minus infinity."""
    for place, index in enumerate(over):
        if index.name in counts:
            axis = 1 + before + place
            own = np.asarray(counts[index.name]).reshape(-1, *[1] * (array.ndim - 1))
            number = np.arange(array.shape[axis]).reshape(-1, *[1] * (array.ndim - 1 - axis))
            array = np.where(number < own, array, -np.inf)
    return array
