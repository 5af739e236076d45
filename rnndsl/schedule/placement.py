"""Placement: what a loop takes in besides its own cycle, and in which order its body runs.

Elementwise work that only one loop needs is done inside it: the values of one step stay in the cache, and no array
over all points is made; sums of large terms grow in the loop that makes them, and large values are made again in the
loop of the adjoint. Everything else that has no cycle stays outside, where products are large.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from rnndsl.graph.graph import RecurrenceGraph, condense
from rnndsl.graph.node import ReadAt
from rnndsl.graph.offsets import read_offset
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import Op
from rnndsl.schedule.choices import USUAL, Choices
from rnndsl.schedule.plan import Evaluate, Loop, Step, members
from rnndsl.schedule.repeats import find_repeats
from rnndsl.schedule.sums import find_sums

SINKABLE = ELEMENTWISE | {Op.SLICE, Op.BROADCAST}


def place_nodes(graph: RecurrenceGraph, steps: tuple[Step, ...], choices: Choices = USUAL) -> tuple[Step, ...]:
    """Move sums and elementwise nodes into the one (outermost) loop that makes or uses them.

    Views of a loop that are needed outside are repeated there, and large values in the one other loop that needs them.
    """
    home = {node: step for step in steps if isinstance(step, Loop) for node in members(step)}
    sums = find_sums(graph, steps) if choices.grown and choices.sunk else {}
    home |= sums
    for step in reversed(steps) if choices.sunk else ():
        if isinstance(step, Evaluate) and step.node not in home:
            loop = _sinks_into(graph, step.node, home)
            home |= {step.node: loop} if loop is not None else {}
    repeats = find_repeats(graph, home) if choices.repeated else {}
    placed = tuple(done for step in steps for done in _placed(graph, step, home, repeats))
    return _in_order(graph, placed) if sums else placed


def _sinks_into(graph: RecurrenceGraph, number: int, home: Mapping[int, Loop]) -> Loop | None:
    """Return the one loop that uses a node at the same step."""
    node, users = graph.nodes[number], graph.users[number]
    if number in graph.returned or node.op not in SINKABLE or not users:
        return None
    loop = home.get(users[0])
    direct = all(graph.nodes[user].op not in {Op.READ, Op.USES} and home.get(user) is loop for user in users)
    return loop if loop is not None and direct and set(loop.indices) <= set(node.domain) else None


def _placed(graph: RecurrenceGraph, step: Step, home: Mapping[int, Loop], repeats: Mapping[int, Loop]) -> list[Step]:
    if isinstance(step, Evaluate):
        return [] if step.node in home else [step]
    inside = [node for node in home if home[node] is step]
    elsewhere = {node for node in repeats if home[node] is step}
    again = [Evaluate(node) for node in _needed_outside(graph, inside, step, elsewhere)]
    repeated = [node for node, loop in repeats.items() if loop is step]
    return [_reordered(graph, step, [*inside, *repeated]), *again]


def _in_order(graph: RecurrenceGraph, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return steps so that each comes after what it needs, otherwise in the same order."""
    own = [{step.node} if isinstance(step, Evaluate) else set(members(step)) for step in steps]
    maker: dict[int, int] = {}
    for k, nodes in enumerate(own):
        for number in nodes:
            maker.setdefault(number, k)
    needs = [{maker[o] for n in nodes for o in graph.nodes[n].operands} - {k} for k, nodes in enumerate(own)]
    done: dict[int, None] = {}
    for first in range(len(steps)):
        stack = [first]
        while stack:
            missing = sorted(needs[stack[-1]] - done.keys(), reverse=True)
            if not needs[stack[-1]].isdisjoint(stack):
                raise ValueError("steps need one another")
            if missing:
                stack += missing
            else:
                done[stack.pop()] = None
    return tuple(steps[k] for k in done)


def _needed_outside(graph: RecurrenceGraph, inside: list[int], loop: Loop, elsewhere: AbstractSet[int]) -> list[int]:
    """Return the views of a loop that are needed outside, operands first: they are taken again from the whole tape.

    Nodes in `elsewhere` are computed in another loop, too.
    """
    own = set(inside)
    able = [number for number in inside if _can_be_repeated(graph, number, loop)]
    found = {n for n in able if n in graph.returned or any(u not in own or u in elsewhere for u in graph.users[n])}
    while more := {n for n in able if n not in found and not found.isdisjoint(graph.users[n])}:
        found |= more
    return [number for component in condense(graph, sorted(found)) for number in component]


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
