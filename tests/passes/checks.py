"""What every pass has to keep: the meaning of a graph, and its own result."""

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.graph.node import Labels, ReadAt
from rnndsl.graph.verify import verify_graph
from rnndsl.ops import Op
from rnndsl.passes import Pass
from rnndsl.passes.loops import find_loops
from tests.graph.examples import DIMS, LENGTHS, STRUCTURE, Net, sample

Array = NDArray[Any]
TOLERANCE = 1e-12


def meaning(graph: RecurrenceGraph) -> dict[str, Array]:
    """Return all outputs by the reference interpreter, flat; those of several examples one after the other."""
    params, data = sample(graph)
    results = interpret(graph, params, data, dims=DIMS, lengths=LENGTHS, structure=STRUCTURE)
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
    verify_graph(result)
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


def describe(graph: RecurrenceGraph, name: str) -> str:
    """Print an output as an expression; for small graphs without cycles."""
    return _describe(graph, graph.outputs[name].node)


def _describe(graph: RecurrenceGraph, number: int) -> str:
    node = graph.nodes[number]
    if node.op in (Op.PARAM, Op.INPUT, Op.CONST, Op.SIZE):
        return str(node.attr)
    inner = ", ".join(_describe(graph, operand) for operand in node.operands)
    match node.op:
        case Op.CONTRACT if isinstance(node.attr, Labels):
            return f"contract({inner}; {','.join(node.attr.operands)}->{node.attr.out})"
        case Op.SLICE:
            return f"{inner}[{node.attr}:+{node.shape[0]}]"
        case Op.PLACE:
            return f"place({inner}, {node.attr})"
        case Op.BROADCAST:
            return f"broadcast({inner})"
        case Op.READ if isinstance(node.attr, ReadAt):
            return f"read({inner}; {', '.join(str(access) for _, access in node.attr.at)})"
        case _:
            return f"{node.op}({inner})"


def applied(one: Pass, net: Net, value: int) -> str:
    """Apply a pass to one value, check that it means what it meant, and print it."""
    net.output("out", value)
    graph = net.finish(net.total(value))
    changed = assert_pure(graph, one)
    assert_same(meaning(graph), meaning(changed))
    return describe(changed, "out")
