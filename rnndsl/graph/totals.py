"""Totals over points that a stage adds up: of every example by itself, and only then over the batch.

Before: `sum of h[t] over t and the batch`, `last(h)`.
After:  `sum over the batch of (sum of h[t] over t)`, `sum of (h[t] if t == length(t) else 0) over t`: sums over points
are added up over the segments of a sequence, whatever they are needed for.
"""

from dataclasses import replace
from string import ascii_lowercase

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node, ReadAt
from rnndsl.indices import End, Index, Kind
from rnndsl.ops import Op

#: The option that says whether a segment is the first one.
BEGIN = "begin"


def split_totals(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Take sums over points and the batch apart."""
    builder = Builder.of(graph)
    for number, node in graph.nodes.items():
        if node.op is Op.CONTRACT and isinstance(node.attr, Labels) and _is_total(graph, node):
            builder.span = node.span
            own = builder.contract(node.attr, node.operands, node.domain, batch=True)
            builder.nodes[number] = replace(node, operands=(own,), attr=same_axes(node))
    return finish(builder, graph, graph.outputs.values())


def _is_total(graph: RecurrenceGraph, node: Node) -> bool:
    """Tell whether a contraction sums over sequences and over the batch."""
    summed = {index for operand in node.operands for index in graph.nodes[operand].domain} - set(node.domain)
    return not node.batch and any(index.kind is Kind.SEQUENCE for index in summed)


def same_axes(node: Node) -> Labels:
    """Return the labels of a sum that leaves a value's axes as they are."""
    labels = ascii_lowercase[: len(node.shape)]
    return Labels((labels,), labels)


def end_as_total(builder: Builder, number: int, index: Index) -> int:
    """Return the first or last point of a sequence as a sum over its points; where there are none its init, once."""
    node = builder.nodes[number]
    operand, *init = node.operands
    last = isinstance(node.attr, ReadAt) and node.attr.at == ((index, End(last=True)),)
    count = builder.apply(Op.LENGTH, attr=index)
    place = count if last else builder.const(1)
    here = builder.apply(Op.EQUAL, builder.apply(Op.IOTA, attr=index), place)
    chosen = builder.apply(Op.WHERE, here, operand, builder.const(0))
    domain = tuple(other for other in builder.nodes[chosen].domain if other != index)
    total = builder.contract(same_axes(node), [chosen], domain, batch=True)
    if not init:
        return total
    nothing = builder.apply(Op.EQUAL, count, builder.const(0))
    begun = builder.apply(Op.WHERE, is_first(builder), init[0], builder.const(0))
    return builder.apply(Op.WHERE, nothing, begun, total)


def is_first(builder: Builder) -> int:
    """Return the condition that a segment is the first one."""
    return builder.apply(Op.LESS, builder.const(0.5), builder.apply(Op.OPTION, attr=BEGIN))
