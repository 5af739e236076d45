"""Readable names for nodes: an equation's own name, else its equation's name and what the node does."""

from collections.abc import Mapping
from os.path import commonprefix
from typing import Final

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op

WORDS: Mapping[Op, str] = {
    Op.ADD: "sum",
    Op.SUB: "difference",
    Op.MUL: "scaled",
    Op.CONTRACT: "product",
    Op.READ: "before",
    Op.CONCAT: "stack",
    Op.SLICE: "part",
    Op.ACTIVATE: "gates",
    Op.BROADCAST: "spread",
    Op.SCATTER: "by_token",
    Op.LOOKUP: "taken",
}

LONGEST: Final = 24


def make_labels(graph: RecurrenceGraph) -> dict[int, str]:
    """Return a wish for the name of every node; equal wishes are told apart later."""
    labels: dict[int, str] = {}
    for equation in graph.equations.values():
        labels.setdefault(equation.node, equation.name)
    for number, node in graph.nodes.items():
        if node.op in {Op.PARAM, Op.INPUT}:
            labels[number] = str(node.attr)
    for component in graph.components:
        for number in component:
            if number not in labels:
                labels[number] = _label(graph, number, labels)
    return labels


def _label(graph: RecurrenceGraph, number: int, labels: Mapping[int, str]) -> str:
    node = graph.nodes[number]
    known = [labels[operand] for operand in node.operands if operand in labels]
    if node.op is Op.CONCAT and len(known) == len(node.operands):
        shared = commonprefix(known).rstrip("_.{")
        if len(shared) > 1 or not node.batch:
            return shared or "stack"
    if node.op is Op.CONTRACT and len("_".join(known)) <= LONGEST and len(known) == len(node.operands) > 1:
        return "_".join(known)
    word = WORDS.get(node.op, node.op.value)
    near = _near(graph, number)
    mark = "d_" if node.adjoint and not near.startswith("d ") else ""
    return f"{mark}{near}{word}"


def _near(graph: RecurrenceGraph, number: int) -> str:
    """Return the name of an equation close by: what a node reads, or what it is read for."""
    node = graph.nodes[number]
    named = {equation.node: equation.name for equation in graph.equations.values()}
    if node.op in {Op.READ, Op.SLICE} and node.operands[0] in named:
        return f"{named[node.operands[0]]}_"
    for user in graph.users[number]:
        if user in named and graph.nodes[user].adjoint == node.adjoint:
            return f"{named[user]}_"
    own = next((e.name for e in graph.equations.values() if e.span == node.span and e.span.line), "")
    return f"{own}_" if own else ""
