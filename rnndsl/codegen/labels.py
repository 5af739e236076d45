"""Readable names for nodes: an equation's own name, else its equation's name and what the node does."""

from collections.abc import Mapping, Sequence
from typing import Final

from rnndsl.diagnostics.span import Span
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, ReadAt
from rnndsl.indices import Affine, End
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
    places: dict[Span, str] = {}
    for equation in graph.equations.values():
        labels.setdefault(equation.node, equation.name)
        if equation.span.line:
            places.setdefault(equation.span, equation.name)
    named = dict(labels)
    for number, node in graph.nodes.items():
        if node.op in {Op.PARAM, Op.INPUT}:
            labels[number] = str(node.attr)
    for component in graph.components:
        for number in component:
            if number not in labels:
                labels[number] = _label(graph.nodes[number], labels, _near(graph, number, named, places))
    return labels


def _label(node: Node, labels: Mapping[int, str], near: str) -> str:
    known = [labels[operand] for operand in node.operands if operand in labels]
    if node.op is Op.CONCAT and len(known) == len(node.operands):
        shared = _shared(known).rstrip("_.{")
        if len(shared) > 1 or not node.batch:
            return shared or "stack"
    if node.op is Op.CONTRACT and len("_".join(known)) <= LONGEST and len(known) == len(node.operands) > 1:
        return "_".join(known)
    mark = "d_" if node.adjoint and not near.startswith("d ") else ""
    word = _point(node.attr) if isinstance(node.attr, ReadAt) else WORDS.get(node.op, node.op.value)
    return f"{mark}{near}{word}"


def _point(attr: ReadAt) -> str:
    """Return what the point that a read names is to the reader's own."""
    accesses = [access for index, access in attr.at if index.ragged] or [access for _, access in attr.at]
    match accesses[0]:
        case End(last):
            return "last" if last else "first"
        case Affine(terms, offset):
            return "at" if not terms else "after" if offset > 0 else WORDS[Op.READ]
        case access:
            return type(access).__name__.lower()


def _shared(names: Sequence[str]) -> str:
    """Return what all names begin with."""
    first, last = min(names), max(names)
    same = [a == b for a, b in zip(first, last, strict=False)]
    return first[: (same.index(False) if False in same else len(same))]


def _near(graph: RecurrenceGraph, number: int, named: Mapping[int, str], places: Mapping[Span, str]) -> str:
    """Return the name of an equation close by: what a node reads, what it is read for, or where it stands."""
    node = graph.nodes[number]
    if node.op in {Op.READ, Op.SLICE} and node.operands[0] in named:
        return f"{named[node.operands[0]]}_"
    for user in graph.users[number]:
        if user in named and graph.nodes[user].adjoint == node.adjoint:
            return f"{named[user]}_"
    own = places.get(node.span, "")
    return f"{own}_" if own else ""
