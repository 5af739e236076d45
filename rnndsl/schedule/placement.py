"""Placement: what a loop takes in besides its own cycle, and in which order its body runs.

Elementwise work that only one loop needs is done inside it: the values of one step stay in the cache, and no array
over all points is made. Everything else that has no cycle stays outside, where products are large.
"""

from dataclasses import replace

from rnndsl.graph.graph import RecurrenceGraph, condense
from rnndsl.graph.node import ReadAt
from rnndsl.graph.offsets import read_offset
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import Op
from rnndsl.schedule.plan import Evaluate, Loop, Step

SINKABLE = ELEMENTWISE | {Op.SLICE, Op.BROADCAST}


def place_nodes(graph: RecurrenceGraph, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Move elementwise nodes into the one (outermost) loop that uses them, and repeat views that are needed outside."""
    home = {node: step for step in steps if isinstance(step, Loop) for node in members(step)}
    for step in reversed(steps):
        if not isinstance(step, Evaluate) or step.node in graph.returned:
            continue
        node = graph.nodes[step.node]
        users = graph.users[step.node]
        loops = [home.get(user) for user in users]
        loop = loops[0] if loops else None
        direct = all(graph.nodes[user].op not in {Op.READ, Op.USES} for user in users)
        if not loop or not direct or node.op not in SINKABLE or any(other is not loop for other in loops):
            continue
        if set(loop.indices) <= set(node.domain):
            home[step.node] = loop
    return tuple(done for step in steps for done in _placed(graph, step, home))


def members(loop: Loop) -> tuple[int, ...]:
    """Return all nodes inside a loop, loops inside included."""
    found: list[int] = []
    for step in loop.body:
        found += members(step) if isinstance(step, Loop) else [step.node]
    return tuple(found)


def _placed(graph: RecurrenceGraph, step: Step, home: dict[int, Loop]) -> list[Step]:
    if isinstance(step, Evaluate):
        return [] if step.node in home else [step]
    inside = [node for node, loop in home.items() if loop is step]
    again = [Evaluate(node) for node in _needed_outside(graph, inside, step)]
    return [_reordered(graph, step, inside), *again]


def _needed_outside(graph: RecurrenceGraph, inside: list[int], loop: Loop) -> list[int]:
    """Return the views of a loop that nodes outside use, operands first: they are taken again from the whole tape."""
    own = set(inside)
    found: set[int] = set()
    order = [number for component in condense(graph, inside) for number in component]
    for number in reversed(order):
        if number in own and _can_be_repeated(graph, number, loop):
            users = graph.users[number]
            if number in graph.returned or any(user not in own or user in found for user in users):
                found.add(number)
    return [number for number in order if number in found]


def _can_be_repeated(graph: RecurrenceGraph, number: int, loop: Loop) -> bool:
    """Tell nodes that are parts of a tape: of reads those along ranges, or back along the one sequence of a loop."""
    node = graph.nodes[number]
    if node.op is Op.READ and isinstance(node.attr, ReadAt):
        ragged = [index for index, _ in node.attr.at if index.ragged]
        return not ragged or (loop.sliced and len(ragged) == 1 and moves(graph, number, loop))
    return node.op in {Op.SLICE, Op.BROADCAST}


def _reordered(graph: RecurrenceGraph, loop: Loop, inside: list[int]) -> Loop:
    """Put sunk nodes among the body of a loop, in an order that respects operands at the same point."""
    place: dict[int, Step] = {}
    for step in loop.body:
        for node in members(step) if isinstance(step, Loop) else (step.node,):
            place[node] = step
    moved = {
        (user, graph.nodes[user].operands[0])
        for user in inside
        if moves(graph, user, loop) and graph.nodes[user].operands
    }
    body: dict[Step, None] = {}
    for component in condense(graph, inside, moved):
        body[place.get(component[0], Evaluate(component[0]))] = None
    return replace(loop, body=tuple(body))


def moves(graph: RecurrenceGraph, user: int, loop: Loop) -> bool:
    """Tell whether a node reads another step of a loop."""
    if graph.nodes[user].op not in {Op.READ, Op.USES}:
        return False
    return any(read_offset(graph, user, index) != (0, 0) for index in loop.indices)
