"""Feeding: an input of tokens that is not given is what was generated one step before."""

from collections.abc import Mapping
from dataclasses import replace

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import InputInfo, RecurrenceGraph
from rnndsl.graph.members import spread_members
from rnndsl.graph.node import Node
from rnndsl.indices import Affine, Kind
from rnndsl.ops import Op


def why_not_fed(inputs: Mapping[str, InputInfo], name: str, target: str) -> str:
    """Return "" if an input can be fed with a target, otherwise a sentence that says why not."""
    for wanted, role in ((name, "input"), (target, "target")):
        if wanted not in inputs or inputs[wanted].role != role:
            return f"the model has no {role} `{wanted}`"
    read, drawn = inputs[name], inputs[target]
    if read.token is None or drawn.token is None:
        return f"`{name}` and `{target}` are not both tokens"
    if read.token != drawn.token:
        return f"`{name}` is a token of {read.token}, `{target}` one of {drawn.token}"
    if read.domain != drawn.domain or [index.kind for index in read.domain] != [Kind.SEQUENCE]:
        return f"`{name}` and `{target}` are not on one sequence"
    return ""


def feed_input(graph: RecurrenceGraph, name: str, target: str) -> RecurrenceGraph:
    """Return a graph that generates with `name[t]` where it is given, and `target[t-1]` where it is absent.

    The input then stands among the targets, since a call need not give it. A model that does not use it stays.
    """
    info = graph.inputs[name]
    inputs = {**graph.inputs, name: replace(info, role="target")}
    builder, (index,) = Builder.of(graph), info.domain
    given = builder.input(info)
    if given not in graph.nodes:
        return replace(graph, inputs=inputs)
    builder.span = info.span
    before = builder.read(graph.outputs[target].node, {index: Affine(((index, 1),), -1)})
    seen = builder.apply(Op.SEEN, given)
    value = builder.apply(Op.WHERE, seen, given, before)
    for number, node in graph.nodes.items():
        if given in node.operands and number not in {seen, value}:
            builder.nodes[number] = _fed(node, given, value)
    renamed = [replace(o, node=value if o.node == given else o.node) for o in graph.outputs.values()]
    return spread_members(finish(builder, replace(graph, inputs=inputs), renamed))


def _fed(node: Node, given: int, value: int) -> Node:
    return replace(node, operands=tuple(value if operand == given else operand for operand in node.operands))
