"""Gradients by complex steps through the interpreter: exact to rounding, and independent of the adjoint rules.

The derivative of f along v is Im f(x + i h v) / h with h = 1e-30: nothing is subtracted (Squire & Trapp 1998).
"""

from collections.abc import Mapping
from typing import Any, Unpack, cast

import numpy as np
from numpy.typing import NDArray

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import Points, interpret
from rnndsl.graph.verify import verify_graph
from tests.graph.examples import DIMS, LENGTHS, STRUCTURE, sample

Array = NDArray[Any]
Params = dict[str, Array]
Data = dict[str, list[Array]]
STEP = 1e-30


def real_names(graph: RecurrenceGraph) -> list[str]:
    """Return the names of parameters and real inputs."""
    return [*graph.params, *(name for name, info in graph.inputs.items() if not info.whole)]


def slope(
    graph: RecurrenceGraph,
    output: str,
    feed: tuple[Params, Data],
    along: tuple[str, list[Array]],
    dims: Mapping[str, int],
    **points: Unpack[Points],
) -> float:
    """Return the derivative of a scalar output along a direction of one parameter (one array) or input (several)."""
    params, data = feed
    name, direction = along
    if name in params:
        params = {**params, name: params[name] + 1j * STEP * direction[0]}
    else:
        data = {**data, name: [x + 1j * STEP * v for x, v in zip(data[name], direction, strict=True)]}
    found = interpret(graph, params, data, dims=dims, outputs=[output], **points)[output]
    return float(np.imag(cast("Array", found))) / STEP


def check_gradients(
    graph: RecurrenceGraph,
    output: str = "loss",
    *,
    dims: Mapping[str, int] = DIMS,
    feed: tuple[Params, Data] | None = None,
    seed: int = 0,
    **points: Unpack[Points],
) -> RecurrenceGraph:
    """Assert that all gradients of a scalar output agree with complex steps; return the differentiated graph."""
    verify_graph(graph)
    lengths, structure = points.get("lengths") or LENGTHS, points.get("structure") or STRUCTURE
    points = {"lengths": lengths, "structure": structure}
    params, data = feed if feed is not None else sample(graph, dims, lengths, seed, structure)
    names = real_names(graph)
    adjoint = differentiate(graph, output, wrt=names)
    verify_graph(adjoint)
    wanted = [f"d {output}/d {name}" for name in names]
    found = interpret(adjoint, params, data, dims=dims, outputs=wanted, **points)
    rng = np.random.default_rng(seed + 1)
    for name in names:
        gradient = found[f"d {output}/d {name}"]
        have = gradient if isinstance(gradient, list) else [gradient]
        primal = [params[name]] if name in params else data[name]
        assert [g.shape for g in have] == [p.shape for p in primal], name
        direction = [rng.normal(size=array.shape) for array in primal]
        expected = slope(graph, output, (params, data), (name, direction), dims, **points)
        actual = sum(float(np.sum(g * v)) for g, v in zip(have, direction, strict=True))
        scale = sum(float(np.sum(np.abs(g * v))) for g, v in zip(have, direction, strict=True))
        assert np.isfinite(actual), name
        assert abs(actual - expected) <= 1e-10 * max(scale, abs(expected), 1e-2), (name, actual, expected)
    return adjoint
