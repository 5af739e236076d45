"""What every pass has to keep: the meaning of a graph, and its own result."""

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.ops import Op
from rnndsl.passes import Pass
from rnndsl.passes.loops import find_loops
from tests.graph.examples import DIMS, LENGTHS, sample

Array = NDArray[Any]
TOLERANCE = 1e-12


def meaning(graph: RecurrenceGraph) -> dict[str, Array]:
    """Return all outputs by the reference interpreter, flat; those of several examples one after the other."""
    params, data = sample(graph)
    results = interpret(graph, params, data, dims=DIMS, lengths=LENGTHS)
    return {
        name: np.concatenate([np.ravel(part) for part in value]) if isinstance(value, list) else np.ravel(value)
        for name, value in results.items()
    }


def assert_same(before: dict[str, Array], after: dict[str, Array]) -> None:
    """Assert that all outputs agree to 1e-12 of the largest number in each."""
    assert before.keys() == after.keys()
    for name, expected in before.items():
        np.testing.assert_allclose(
            after[name], expected, rtol=0, atol=TOLERANCE * max(1, np.abs(expected).max(initial=0))
        )


def assert_pure(graph: RecurrenceGraph, one: Pass) -> RecurrenceGraph:
    """Apply a pass: twice is the same as once, and the graph that was given has not changed."""
    nodes = dict(graph.nodes)
    result = one(graph)
    again = one(result)
    assert dict(graph.nodes) == nodes
    assert again.nodes == result.nodes
    assert again.outputs == result.outputs
    return result


def inside(graph: RecurrenceGraph) -> Counter[Op]:
    """Count the operators inside loops."""
    return Counter(graph.nodes[number].op for number in find_loops(graph.nodes))


def outside(graph: RecurrenceGraph) -> Counter[Op]:
    """Count the operators outside of loops."""
    loops = find_loops(graph.nodes)
    return Counter(node.op for number, node in graph.nodes.items() if number not in loops)
