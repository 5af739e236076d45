"""Sums over the steps of a loop that are taken in it: the terms of a step then need no place among those of all steps.

In attention, `sum(f[t, s] over t)` in the adjoint adds up a vector for every pair of points. Where t is walked and s
runs over lanes, the sum grows from step to step, and no array over all pairs is made.
"""

from collections.abc import Iterator, Mapping, Sequence

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import Op
from rnndsl.schedule.layouts import ragged_of
from rnndsl.schedule.plan import Evaluate, Loop, Step, members
from rnndsl.schedule.pointwise import is_pointwise

POINTWISE = ELEMENTWISE | {Op.SLICE, Op.BROADCAST}


def find_sums(graph: RecurrenceGraph, steps: tuple[Step, ...], *, kernels: bool = False) -> dict[int, Loop]:
    """Return the contractions outside loops that can grow in one, each with the loop that makes its terms.

    With `kernels`, sums of vectors that a step makes row by row do, too: while they are in registers they cost little.
    """
    loops = [step for step in steps if isinstance(step, Loop)]
    home = {number: loop for loop in loops if loop.ragged and loop.sliced for number in members(loop)}
    choices: dict[int, list[Loop]] = {}
    for step in steps if home else ():
        if isinstance(step, Evaluate) and graph.nodes[step.node].op is Op.CONTRACT:
            makers = _makers(graph, step.node, home)
            fitting = [
                loop for loop in makers if _fits(graph, step.node, loop) or (kernels and _adds(graph, step.node, loop))
            ]
            choices |= {step.node: fitting} if fitting else {}
    found: dict[int, Loop] = {}
    for number, loop in ((number, loop) for number, fitting in choices.items() for loop in fitting):
        alike = {other: loop for other, fitting in choices.items() if loop in fitting and other not in found}
        for added in ({number: loop}, alike) if number not in found else ():  # alone, or with what shares its terms
            if _in_order(graph, loops, found | added):
                found |= added
                break
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

    What is left varies over the lanes, component by component, or over no points and no examples at all; nobody reads
    it at other points, for which it would need a halo.
    """
    node, operands = graph.nodes[number], [graph.nodes[operand] for operand in graph.nodes[number].operands]
    joint = {index for operand in operands for index in ragged_of(operand.domain)}
    lanes = joint - set(loop.indices)
    large = any(operand.shape and set(ragged_of(operand.domain)) == joint for operand in operands)
    if not set(loop.indices) <= joint or not lanes or not large or any(index.of for index in joint):
        return False
    if number in graph.readers:
        return False
    if not node.batch:
        return True
    pointwise = isinstance(node.attr, Labels) and all(own in {"", node.attr.out} for own in node.attr.operands)
    return pointwise and set(ragged_of(node.domain)) == lanes


def _adds(graph: RecurrenceGraph, number: int, loop: Loop) -> bool:
    """Tell sums over all steps and examples of a vector that a loop makes component by component, or of products.

    The loop reads all factors in any case: what it has to read for the sum alone costs as much as a pass of its own.
    """
    node, inside = graph.nodes[number], set(members(loop))
    if node.batch or number in graph.readers or not isinstance(node.attr, Labels) or len(node.attr.out) != 1:
        return False
    operands = [graph.nodes[operand] for operand in node.operands]
    made = any(o in inside and is_pointwise(graph, o) and graph.nodes[o].shape for o in node.operands)
    pointwise = all(own in {"", node.attr.out} for own in node.attr.operands)
    known = all(o in inside or not inside.isdisjoint(graph.users[o]) for o in node.operands)
    return known and made and pointwise and not node.domain and all(o.domain == loop.indices for o in operands)


def _grown(graph: RecurrenceGraph, loop: Loop, sums: Mapping[int, Loop]) -> set[int]:
    """Return what a loop computes if sums grow in it: they move in, and their terms that nothing else needs."""
    inside = {*members(loop), *(number for number, own in sums.items() if own is loop)}
    terms: set[int] = set()
    stack = [operand for number in inside & sums.keys() for operand in graph.nodes[number].operands]
    while stack:
        number = stack.pop()
        node = graph.nodes[number]
        if node.op in POINTWISE and number not in inside | terms | graph.returned:
            terms |= {number} if set(loop.indices) <= set(node.domain) else set()
            stack += node.operands
    needed = {number for number in terms if not inside | terms >= set(graph.users[number])}
    while needed:
        terms -= needed
        needed = {number for number in terms if not inside | terms >= set(graph.users[number])}
    return inside | terms


def _in_order(graph: RecurrenceGraph, loops: Sequence[Loop], sums: Mapping[int, Loop]) -> bool:
    """Tell whether no loop needs what is made from it, when every loop is taken whole with its sums."""
    grown = [_grown(graph, loop, sums) for loop in loops]
    home = {number: nodes for nodes in grown for number in nodes}
    return not any(_comes_back(graph, nodes, home) for nodes in grown if not nodes.isdisjoint(sums))


def _comes_back(graph: RecurrenceGraph, own: set[int], home: Mapping[int, set[int]]) -> bool:
    """Tell whether nodes that are computed together need something else that is made from them."""
    found: set[int] = set()
    stack = [user for number in own for user in graph.users[number] if user not in own]
    while stack:
        number = stack.pop()
        if number in own:
            return True
        if number not in found:
            together = home.get(number, {number})
            found |= together
            stack += [user for one in together for user in graph.users[one]]
    return False
