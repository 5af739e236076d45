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
from rnndsl.indices import here
from rnndsl.ops import Op
from rnndsl.schedule.choices import USUAL, Choices
from rnndsl.schedule.plan import FIRST, Evaluate, Loop, Spot, Step, members, nodes_of, spot_of, spots_in
from rnndsl.schedule.repeats import find_repeats
from rnndsl.schedule.sums import find_sums

SINKABLE = ELEMENTWISE | {Op.SLICE, Op.BROADCAST}


def place_nodes(
    graph: RecurrenceGraph, steps: tuple[Step, ...], choices: Choices = USUAL, *, kernels: bool = False
) -> tuple[Step, ...]:
    """Move sums and elementwise nodes into the one (outermost) loop that makes or uses them.

    Views of a loop that are needed outside are repeated there, and large values in the one other loop that needs them,
    more of them for `kernels`.
    """
    home = {node: step for step in steps if isinstance(step, Loop) for node in members(step)}
    spots = {node: spot for step in steps if isinstance(step, Loop) for node, spot in spots_in(step).items()}
    sums = find_sums(graph, steps, kernels=kernels) if choices.grown and choices.sunk else {}
    home |= sums
    spots |= dict.fromkeys(sums, FIRST)
    for number in reversed([node for step in steps for node in nodes_of(step)]) if choices.sunk else ():
        loop = _sinks_into(graph, number, home, spots)
        if loop is not None:
            home[number], spots[number] = loop, spots[graph.users[number][0]]
    repeats = find_repeats(graph, home, kernels=kernels) if choices.repeated else {}
    placed = tuple(done for step in steps for done in _placed(graph, step, (home, spots), repeats))
    return _in_order(graph, placed) if sums else placed


def _sinks_into(
    graph: RecurrenceGraph, number: int, home: Mapping[int, Loop], spots: Mapping[int, Spot]
) -> Loop | None:
    """Return the one loop that uses a node at the same step; also of one in it, that walks inside it use alone."""
    node, users = graph.nodes[number], graph.users[number]
    if number in graph.returned or node.op not in SINKABLE | {Op.RANDOM} or not users:
        return None
    loop, spot = home.get(users[0]), spots.get(users[0])
    if node.op is Op.RANDOM and (loop is None or not _draws(graph, number, loop)):
        return None
    direct = all(graph.nodes[user].op not in {Op.READ, Op.USES} and home.get(user) is loop for user in users)
    if loop is None or not direct or any(spots[user] != spot for user in users):
        return None
    if number in home and (home[number] is not loop or not loop.inside or spots[number] == spot):
        return None
    return loop if spot is not None and set(loop.layout((), spot).walked) <= set(node.domain) else None


def _draws(graph: RecurrenceGraph, number: int, loop: Loop) -> bool:
    """Tell whether a loop along one sequence draws the random numbers of its steps, if there are many for a point."""
    node = graph.nodes[number]
    many = node.shape or any(not index.ragged for index in node.domain)
    return bool(many) and loop.sliced and [index for index in node.domain if index.ragged] == [loop.index]


def _placed(
    graph: RecurrenceGraph,
    step: Step,
    where: tuple[Mapping[int, Loop], Mapping[int, Spot]],
    repeats: Mapping[int, Loop],
) -> list[Step]:
    home, spots = where
    if isinstance(step, Evaluate):
        return [] if step.node in home else [step]
    inside = [node for node in home if home[node] is step]
    elsewhere = {node for node in repeats if home[node] is step}
    again = [Evaluate(node) for node in _needed_outside(graph, inside, step, elsewhere)]
    repeated = [node for node, loop in repeats.items() if loop is step]
    return [_reordered(graph, step, [*inside, *repeated], spots), *again]


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
    """Tell nodes that are parts of a tape: of reads those along ranges, or along a sequence that a loop walks alone.

    A loop over a range leaves all points of a sequence to one slice.
    """
    node = graph.nodes[number]
    if node.op is Op.READ and isinstance(node.attr, ReadAt):
        ragged = [index for index, _ in node.attr.at if index.ragged]
        along = not loop.ragged or (loop.sliced and moves(graph, number, loop))
        return not ragged or (along and len(ragged) == 1)
    return node.op in {Op.SLICE, Op.BROADCAST}


def _reordered(graph: RecurrenceGraph, loop: Loop, inside: list[int], spots: Mapping[int, Spot]) -> Loop:
    """Put sunk nodes among the body of a loop, in an order that respects operands at the same point, spot by spot."""
    place = {node: step for step in loop.body if isinstance(step, Loop) for node in members(step)}
    moved = {
        (user, graph.nodes[user].operands[0])
        for user in inside
        if moves(graph, user, loop, spots[user]) and graph.nodes[user].operands
    }
    body: dict[Step, None] = {}
    for component in condense(graph, inside, moved):
        first = component[0]
        body[place.get(first, Evaluate(first, spots[first] if loop.inside else FIRST))] = None
    return replace(loop, body=tuple(sorted(body, key=spot_of)))


def moves(graph: RecurrenceGraph, user: int, loop: Loop, spot: Spot | None = None) -> bool:
    """Tell whether a node reads another step of a loop.

    At a spot among the walks inside, other points along the indices walked there alone are such; without one all.
    """
    if graph.nodes[user].op not in {Op.READ, Op.USES}:
        return False
    walked = loop.stepped if spot is None else loop.layout((), spot).walked
    return any(read_offset(graph, user, index) != (0, 0) for index in walked)


def is_sliced(graph: RecurrenceGraph, user: int, loop: Loop) -> bool:
    """Tell whether what a node reads of other steps of a loop are slices: those of one sequence, a fixed way off.

    Along one sequence alone there may be one slice for every point of a range (`t - k` for all k).
    """
    attr = graph.nodes[user].attr
    if not loop.sliced or not isinstance(attr, ReadAt):
        return loop.sliced
    ragged = [access for index, access in attr.at if index.ragged]
    return len(ragged) == 1 or dict(attr.at).get(loop.index, here(loop.index)).indices == (loop.index,)
