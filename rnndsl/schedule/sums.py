"""Sums over the steps of a loop that are taken in it: the terms of a step then need no place among those of all steps.

In attention, `sum(f[t, s] over t)` in the adjoint adds up a vector for every pair of points. Where t is walked and s
runs over lanes, the sum grows from step to step, and no array over all pairs is made.
"""

from collections.abc import Iterator, Mapping

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import Op
from rnndsl.schedule.layouts import ragged_of
from rnndsl.schedule.plan import Evaluate, Loop, Step, members

POINTWISE = ELEMENTWISE | {Op.SLICE, Op.BROADCAST}


def find_sums(graph: RecurrenceGraph, steps: tuple[Step, ...]) -> dict[int, Loop]:
    """Return the contractions outside loops that can grow in one, each with the loop that makes its terms."""
    loops = [step for step in steps if isinstance(step, Loop) and step.ragged and step.sliced]
    home = {number: loop for loop in loops for number in members(loop)}
    found: dict[int, Loop] = {}
    for step in steps if home else ():
        if isinstance(step, Evaluate) and graph.nodes[step.node].op is Op.CONTRACT:
            makers = (loop for loop in _makers(graph, step.node, home) if _fits(graph, step.node, loop))
            loop = next((loop for loop in makers if _in_time(graph, step.node, loop)), None)
            if loop is not None:
                found[step.node] = loop
    return found


def _makers(graph: RecurrenceGraph, number: int, home: Mapping[int, Loop]) -> Iterator[Loop]:
    """Yield the loops that make a sum's terms: themselves, or what they are made from point by point."""
    stack, seen = list(graph.nodes[number].operands), set[int]()
    known: set[int] = set()
    while stack:
        operand = stack.pop()
        loop = home.get(operand)
        if loop is not None and loop.number not in known:
            known.add(loop.number)
            yield loop
        elif loop is None and operand not in seen and graph.nodes[operand].op in POINTWISE:
            seen.add(operand)
            stack += graph.nodes[operand].operands


def _fits(graph: RecurrenceGraph, number: int, loop: Loop) -> bool:
    """Tell sums over a loop's sequence of vectors that vary over its lanes too.

    What is left varies over the lanes, component by component, or over no points and no examples at all.
    """
    node, operands = graph.nodes[number], [graph.nodes[operand] for operand in graph.nodes[number].operands]
    joint = {index for operand in operands for index in ragged_of(operand.domain)}
    lanes = joint - set(loop.indices)
    large = any(operand.shape and set(ragged_of(operand.domain)) == joint for operand in operands)
    if not set(loop.indices) <= joint or not lanes or not large or any(index.of for index in joint):
        return False
    if not node.batch:
        return True
    pointwise = isinstance(node.attr, Labels) and all(own in {"", node.attr.out} for own in node.attr.operands)
    return pointwise and set(ragged_of(node.domain)) == lanes


def _in_time(graph: RecurrenceGraph, number: int, loop: Loop) -> bool:
    """Tell whether a loop has all that the sum needs, and needs nothing that is made from the sum."""
    inside = set(members(loop))
    if inside & reached(graph, {number}):
        return False
    after = reached(graph, inside) - inside
    return not any(operand in after and not _sinks(graph, operand, inside) for operand in graph.nodes[number].operands)


def _sinks(graph: RecurrenceGraph, number: int, inside: set[int]) -> bool:
    """Tell whether a node is made from a loop's values point by point, so that it can move into it."""
    node = graph.nodes[number]
    if number in inside:
        return True
    return node.op in POINTWISE and bool(node.operands) and all(_sinks(graph, o, inside) for o in node.operands)


def reached(graph: RecurrenceGraph, roots: set[int]) -> set[int]:
    """Return the nodes that are made from some, themselves included."""
    found: set[int] = set()
    stack = list(roots)
    while stack:
        number = stack.pop()
        if number not in found:
            found.add(number)
            stack += graph.users[number]
    return found
