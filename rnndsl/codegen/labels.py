"""Readable names for nodes: an equation's own name, else its equation's name and what the node does."""

from collections.abc import Mapping

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


def make_labels(graph: RecurrenceGraph) -> dict[int, str]:
    """Return a wish for the name of every node; equal wishes are told apart later."""
    labels: dict[int, str] = {}
    for equation in graph.equations.values():
        labels.setdefault(equation.node, equation.name)
    for number, node in graph.nodes.items():
        if node.op in {Op.PARAM, Op.INPUT}:
            labels[number] = str(node.attr)
    for number, node in graph.nodes.items():
        if number not in labels:
            word = WORDS.get(node.op, node.op.value)
            near = _near(graph, number, labels)
            labels[number] = f"{'d_' if node.adjoint else ''}{near}{word}"
    return labels


def _near(graph: RecurrenceGraph, number: int, labels: Mapping[int, str]) -> str:
    """Return the name of an equation close by: what a node reads, or what it is read for."""
    node = graph.nodes[number]
    named = {equation.node: equation.name for equation in graph.equations.values()}
    if node.op in {Op.READ, Op.SLICE} and node.operands[0] in named:
        return f"{named[node.operands[0]]}_"
    for user in graph.users[number]:
        if user in named and graph.nodes[user].adjoint == node.adjoint:
            return f"{named[user]}_"
    own = next((e.name for e in graph.equations.values() if e.span == node.span and e.span.line), "")
    _ = labels
    return f"{own}_" if own else ""
