"""Folds in the steps that kernels are made of: `softmax(a over m)` is a maximum, exponentials, their sum, a quotient.

Each of them is stable in the same way as the fold is: the largest number is subtracted first, where it is finite.
"""

from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Final, cast

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node, Over
from rnndsl.ops import DType, Op


def split_folds(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph without softmax and logarithms of sums of exponentials over ranges or components."""
    found = [number for number, node in graph.nodes.items() if node.op in STEPS and _is_split(graph, node)]
    builder = Builder.of(graph)
    for number in found:
        node = graph.nodes[number]
        builder.span, builder.adjoint = node.span, node.adjoint
        value = STEPS[node.op](builder, node)
        builder.nodes[number] = replace(node, op=Op.VAR, operands=(value,), attr=f"fold {number}")
    return finish(builder, graph, graph.outputs.values()) if found else graph


def _is_split(graph: RecurrenceGraph, node: Node) -> bool:
    (operand,) = node.operands
    whole = graph.nodes[operand]
    over = cast("Over", node.attr).indices
    return whole.batch and whole.dtype is DType.REAL and not any(i.ragged for i in over) and len(whole.shape) <= 1


def _softmax(builder: Builder, node: Node) -> int:
    terms, _ = _exponentials(builder, node)
    total = _total(builder, node, terms)
    one = builder.apply(Op.WHERE, builder.apply(Op.EQUAL, total, builder.const(0.0)), builder.const(1.0), total)
    return builder.apply(Op.DIV, terms, one)


def _logsumexp(builder: Builder, node: Node) -> int:
    terms, top = _exponentials(builder, node)
    return builder.apply(Op.ADD, builder.apply(Op.LOG, _total(builder, node, terms)), top)


def _exponentials(builder: Builder, node: Node) -> tuple[int, int]:
    """Return the exponentials of a fold's operand less its maximum, and that, or 0 if it is not finite."""
    (operand,) = node.operands
    top = builder.apply(Op.MAX, operand, attr=node.attr)
    finite = builder.apply(Op.LESS, builder.apply(Op.ABS, top), builder.const(inf))
    top = builder.apply(Op.WHERE, finite, top, builder.const(0.0))
    return builder.apply(Op.EXP, builder.apply(Op.SUB, operand, top)), top


def _total(builder: Builder, node: Node, terms: int) -> int:
    whole, over = builder.nodes[terms], cast("Over", node.attr).indices
    own = "a" if whole.shape else ""
    domain = tuple(index for index in whole.domain if index not in over)
    return builder.contract(Labels((own,), own if over else ""), (terms,), domain, batch=True)


STEPS: Final[dict[Op, Callable[[Builder, Node], int]]] = {Op.SOFTMAX: _softmax, Op.LOGSUMEXP: _logsumexp}
