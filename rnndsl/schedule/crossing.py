"""What crosses from chunk to chunk of a sequence when it lies on other ragged indices, too: a row of a grid, or nodes.

Of a sequence alone every chunk has its halo. A value on several indices that is read back along the stream needs more:
of every point of its other indices the last ones along it.
"""

from dataclasses import replace

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.offsets import read_offset
from rnndsl.indices import Index
from rnndsl.ops import Op
from rnndsl.schedule.layouts import Layouts


def goes_back(graph: RecurrenceGraph, user: int, stream: Index) -> bool:
    """Whether a node reads points of its operand that are earlier along a sequence."""
    if graph.nodes[user].op is not Op.READ:
        return False
    offset = read_offset(graph, user, stream)
    return offset is not None and offset[0] < 0


def find_crossing(graph: RecurrenceGraph, stream: Index | None, layouts: Layouts) -> frozenset[int]:
    """Return the values of which the next chunk reads the last points, and that do not stand by the stream alone.

    Gradients stop at a chunk's border.
    """
    if stream is None:
        return frozenset()
    read = {graph.nodes[user].operands[0] for user in graph.nodes if goes_back(graph, user, stream)}
    laid = {number: layouts[number] for number in read if graph.nodes[number].adjoint == 0}
    return frozenset(number for number, layout in laid.items() if layout is not None and layout.chain is None)


def begin_others(graph: RecurrenceGraph, stream: Index | None) -> RecurrenceGraph:
    """Return a graph that asks along its stream only whether a call begins: along all other indices every one does."""
    always = {n for n, node in graph.nodes.items() if node.op is Op.FRESH and node.attr != stream}
    if stream is None or not always:
        return graph
    builder = Builder.of(graph)
    for number in {user: None for condition in sorted(always) for user in graph.users[condition]}:
        node = graph.nodes[number]
        if node.op not in {Op.AND, Op.WHERE} or (node.op is Op.WHERE and node.operands[0] not in always):
            raise TypeError("whether a call begins is a condition")
        rest = [operand for operand in node.operands if operand not in always]
        builder.nodes[number] = replace(node, op=Op.VAR, operands=(rest[0],), attr=f"begun {number}")
    return finish(builder, graph, graph.outputs.values())
