"""Dropout masks as data of a graph: drawn before a call, for the points that it has.

A part of a sequence so has the part of the masks that the whole has there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import InputInfo, RecurrenceGraph
from rnndsl.graph.node import Noise
from rnndsl.ops import Op


@dataclass(frozen=True, slots=True)
class Mask:
    """What a mask is drawn from: its place among all of the loss, and the share of zeros."""

    place: int
    rate: float


def masks_as_data(graph: RecurrenceGraph) -> tuple[RecurrenceGraph, Mapping[str, Mask]]:
    """Return a graph that takes its masks as inputs, and what is drawn for them by the inputs' names."""
    builder, inputs, found = Builder.of(graph), dict(graph.inputs), dict[str, Mask]()
    known = sorted({node.attr.key for node in graph.nodes.values() if isinstance(node.attr, Noise)})
    for number, node in graph.nodes.items():
        if isinstance(node.attr, Noise):
            name = f"mask {node.attr.key}"
            inputs[name] = InputInfo(name, node.domain, node.shape, None, "input", node.span)
            builder.nodes[number] = replace(node, op=Op.INPUT, attr=name)
            found[name] = Mask(known.index(node.attr.key), node.attr.rate)
    return finish(builder, replace(graph, inputs=inputs), graph.outputs.values()), found
