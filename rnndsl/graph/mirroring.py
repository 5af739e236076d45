"""A graph whose sequence is walked from its end: what was the last point is the first one."""

from dataclasses import replace

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.indices import Access, Affine, End, Index
from rnndsl.ops import Op


def mirror(graph: RecurrenceGraph, index: Index) -> RecurrenceGraph:
    """Return the graph that gives the same for data that are turned round along a sequence, turned round.

    Nothing may be read at points of other indices that depend on those of the sequence.
    """
    builder = Builder(dict(graph.nodes), indices=list(graph.indices))  # it shares nothing: `T + 1 - t` may be there
    numbers = {n: _from_the_end(builder, n, index) for n in graph.nodes if _counts(graph, n, index)}
    for number, node in graph.nodes.items():
        attr = node.attr
        if node.op is Op.READ and isinstance(attr, ReadAt):
            attr = ReadAt(tuple((i, turned(a, index) if i == index else a) for i, a in attr.at))
        operands = tuple(numbers.get(operand, operand) for operand in node.operands)
        builder.nodes[number] = replace(node, attr=attr, operands=operands)
    outputs = [replace(output, node=numbers.get(output.node, output.node)) for output in graph.outputs.values()]
    return finish(builder, graph, outputs)


def turned(access: Access, index: Index) -> Access:
    """Return an access along a sequence as seen from its end: `t + 1` is a point earlier."""
    match access:
        case Affine(terms, offset):
            return Affine(tuple((i, sign if i == index else -sign) for i, sign in terms), -offset)
        case End(last):
            return End(not last)
        case _:
            return access


def _counts(graph: RecurrenceGraph, number: int, index: Index) -> bool:
    node = graph.nodes[number]
    return node.op is Op.IOTA and node.attr == index


def _from_the_end(builder: Builder, number: int, index: Index) -> int:
    """Return T + 1 - t."""
    return builder.apply(Op.SUB, builder.apply(Op.ADD, builder.apply(Op.LENGTH, attr=index), builder.const(1)), number)
