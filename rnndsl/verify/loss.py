"""A loss for models that have none, so that their gradients can be checked, too."""

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import OutputInfo, RecurrenceGraph
from rnndsl.graph.node import Labels
from rnndsl.ops import DType, Op


def with_loss(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with a loss: its own, or the sum of `v*v/2 + v` over all entries `v` of its outputs.

    The cotangent of an entry is then `v + 1`, another at every point and component, and not zero where `v` is.
    """
    real = [info.node for info in graph.outputs.values() if graph.nodes[info.node].dtype is DType.REAL]
    if "loss" in graph.outputs or not real:
        return graph
    builder = Builder.of(graph)
    terms = [term for number in real for term in _terms(builder, number)]
    loss = OutputInfo("loss", builder.apply(Op.ADD, *terms), ())
    return finish(builder, graph, [*graph.outputs.values(), loss], graph.equations)


def _terms(builder: Builder, number: int) -> tuple[int, int]:
    """Return half the sum of squares of a node's entries, and their sum."""
    letters = "ij"[: len(builder.nodes[number].shape)]
    squares = builder.contract(Labels((letters, letters), ""), (number, number), (), batch=False)
    entries = builder.contract(Labels((letters,), ""), (number,), (), batch=False)
    return builder.apply(Op.MUL, builder.const(0.5), squares), entries
