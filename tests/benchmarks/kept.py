"""How much a training step has to keep: the bytes of the values that the adjoint reads.

Counted are the model's own values, without data and what is made of parameters alone, that live in a buffer with all
their points and that a node of the adjoint has among its operands, themselves or a part of them.
"""

from math import prod

import numpy as np

from rnndsl.compiler import optimise
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Kind
from rnndsl.ops import DType, Op
from rnndsl.schedule.plan import Place
from rnndsl.schedule.schedule import make_schedule
from tests.benchmarks.problem import Given


def kept_bytes(given: Given, points: int) -> int:
    """Return the bytes of a batch with so many points of its one sequence in all.

    Raises:
        ValueError: there is another ragged index than a sequence.
    """
    _, gradient = optimise(given.program.graph)
    schedule = make_schedule(gradient)
    graph, batch = schedule.graph, len(next(iter(given.data.values())))
    kept = [
        number
        for number, node in graph.nodes.items()
        if schedule.storage[number].place in {Place.WHOLE, Place.TAPE}
        and node.batch
        and not node.adjoint
        and node.op is not Op.INPUT
        and _is_read_by_adjoint(graph, number, {n for n, s in schedule.storage.items() if s.place is Place.VIEW})
    ]
    return sum(_bytes(given, graph, number, (points, batch)) for number in kept)


def result_bytes(given: Given) -> int:
    """Return the bytes of the gradients, of parameters and of data that are no tokens, which any program makes."""
    arrays = [given.params[name] for name, info in given.program.graph.params.items() if not info.frozen]
    arrays += [given.data[name] for name, info in given.program.inputs.items() if info.token is None]
    return sum(array.nbytes for array in arrays)


def _is_read_by_adjoint(graph: RecurrenceGraph, number: int, views: set[int]) -> bool:
    """Tell whether a node of the adjoint has a value or a view of it among its operands."""
    users = graph.users[number]
    own = (user for user in users if not graph.nodes[user].adjoint and user in views)
    return any(graph.nodes[user].adjoint for user in users) or any(_is_read_by_adjoint(graph, u, views) for u in own)


def _bytes(given: Given, graph: RecurrenceGraph, number: int, counts: tuple[int, int]) -> int:
    node, (points, batch) = graph.nodes[number], counts
    ragged = [index for index in node.domain if index.ragged]
    if len(ragged) > 1 or any(index.kind is not Kind.SEQUENCE for index in ragged):
        raise ValueError(f"{ragged} are no sequence")
    dims = given.program.dims
    rows = points if ragged else batch
    extents = prod(index.extent.evaluate(dims) for index in node.domain if not index.ragged)
    size = prod(axis.evaluate(dims) for axis in node.shape)
    item = {DType.REAL: np.dtype(given.program.dtype).itemsize, DType.INT: 8, DType.BOOL: 1}[node.dtype]
    return rows * extents * size * item
