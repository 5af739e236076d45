"""The verifier of schedules: order, homes, halos, rings and shared buffers, checked before any code is printed.

It knows nothing of how a schedule was made, only what must hold of one.
"""

import math
from collections.abc import Iterator

from rnndsl.graph.node import Over
from rnndsl.graph.offsets import read_offset
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import Op
from rnndsl.schedule.layouts import ragged_of
from rnndsl.schedule.placement import is_sliced, moves
from rnndsl.schedule.plan import (
    Evaluate,
    Loop,
    Place,
    Schedule,
    ScheduleError,
    Spot,
    Step,
    Storage,
    Walk,
    spot_of,
    spots_in,
)
from rnndsl.schedule.rings import reads_last
from rnndsl.schedule.verify_sharing import verify_sharing


def verify_schedule(schedule: Schedule) -> None:
    """Check a schedule.

    Raises:
        ScheduleError: a node is missing, comes twice or before its operands, or storage contradicts its use.
    """
    order = list(_walk(schedule.steps, ()))
    _check_order(schedule, order)
    for step in schedule.steps:
        if isinstance(step, Loop) and step.inside:
            _check_nested(schedule, step)
    _check_kept(schedule, order)
    _check_windows(schedule, order)
    for number in schedule.graph.nodes:
        _check_reads(schedule, number)
        _check_shared(schedule, number)
        _check_ring(schedule, number)
        _check_sum(schedule, number)
        _check_whole(schedule, number)
        _check_view(schedule, number)
    verify_sharing(schedule)


def _walk(steps: tuple[Step, ...], path: tuple[Loop, ...]) -> Iterator[tuple[int, tuple[Loop, ...]]]:
    """Yield all evaluations in order, each with the loops around it."""
    for step in steps:
        if isinstance(step, Evaluate):
            yield step.node, path
        else:
            yield from _walk(step.body, (*path, step))


def _check_order(schedule: Schedule, order: list[tuple[int, tuple[Loop, ...]]]) -> None:
    """Every node is computed once, at home, and after what it needs; views of a loop once more outside it."""
    nodes, done = schedule.graph.nodes, set[int]()
    for number, path in order:
        again = number in done and _may_be_repeated(schedule, number, path)
        if number in done and not again:
            raise ScheduleError("it is computed twice", number)
        if not again and schedule.home.get(number, ()) != path:
            raise ScheduleError("it is computed outside its home", number)
        for operand in nodes[number].operands:
            nested = bool(path and path[0].inside) and schedule.home.get(operand, ())[:1] == path[:1]
            if operand not in done and not nested and not _earlier_step(schedule, number, operand):
                raise ScheduleError(f"it needs node {operand}, which comes later", number)
        done.add(number)
    for number in nodes:
        if number not in done:
            raise ScheduleError("it is never computed", number)


def _check_nested(schedule: Schedule, loop: Loop) -> None:
    """In a loop with walks inside, everything needs values of earlier steps only, or of its own step and spot."""
    nodes, spots = schedule.graph.nodes, spots_in(loop)
    order = [spot_of(step) for step in loop.body]
    for number, spot in spots.items():
        layout = loop.layout((), spot)
        if order != sorted(order) or not set(layout.walked) <= set(nodes[number].domain):
            raise ScheduleError("it is not in the order of the walks that it is in", number)
        if schedule.layouts[number] != loop.layout(ragged_of(nodes[number].domain), spot):
            raise ScheduleError("its points are not laid out by the steps in which they are computed", number)
        for slot, operand in enumerate(nodes[number].operands):
            if operand not in spots:
                continue
            reads = slot == 0 and nodes[number].op in {Op.READ, Op.USES}
            if not _is_earlier(schedule, (number, spot), (operand, spots[operand]), loop, reads=reads):
                raise ScheduleError(f"it needs node {operand}, which comes in a later step", number)
            apart = spots[operand] != spot or (reads and moves(schedule.graph, number, loop))
            if (
                apart
                and schedule.storage[operand].place not in {Place.TAPE, Place.INLINE}
                and not _is_seen_through(schedule, operand)
            ):
                raise ScheduleError(f"node {number} needs it in another step, but it is not on a tape", operand)


def _is_seen_through(schedule: Schedule, number: int) -> bool:
    """Tell broadcasts that are never made: their users take what they are of."""
    return schedule.graph.nodes[number].op is Op.BROADCAST and schedule.storage[number].place is Place.VIEW


def _is_earlier(
    schedule: Schedule, user: tuple[int, Spot], needed: tuple[int, Spot], loop: Loop, *, reads: bool
) -> bool:
    """Tell whether a value is of an earlier step of walks in one another, or of a spot that is not later.

    From the outermost walk that both are in to the innermost, the first that steps back decides.
    """
    (number, spot), (_, other) = user, needed
    walk, forward, inside = loop.walk, loop.forward, loop.inside
    while True:
        low, high = _steps_along(schedule, number, walk) if reads else (0.0, 0.0)
        if (high < 0) if forward else (low > 0):
            return True
        if (high > 0) if forward else (low < 0):
            return False
        if len(spot) == 1 or len(other) == 1 or spot[0] != other[0]:
            return other <= spot
        inner = inside[spot[0]]
        walk, forward, inside, spot, other = inner.walk, inner.forward, inner.inside, spot[1:], other[1:]


def _may_be_repeated(schedule: Schedule, number: int, path: tuple[Loop, ...]) -> bool:
    """Tell views that are taken again outside their loop, and elementwise values that another loop makes again."""
    op = schedule.graph.nodes[number].op
    if not path:
        return op in {Op.SLICE, Op.READ, Op.BROADCAST}
    return op in ELEMENTWISE | {Op.BROADCAST} and path[:1] != schedule.home.get(number, ())[:1]


def _check_kept(schedule: Schedule, order: list[tuple[int, tuple[Loop, ...]]]) -> None:
    """A buffer for the points of one step is filled and used in the same loop."""
    loops = {(number, path[0].number if path else None): None for number, path in order}
    for number, loop in loops:
        if schedule.storage[number].place is Place.STEP and loop is None:
            raise ScheduleError("it has room for one step, but is computed at all points", number)
        for operand in schedule.graph.nodes[number].operands:
            if schedule.storage[operand].place is Place.STEP and (operand, loop) not in loops:
                raise ScheduleError(f"it needs node {operand}, of which only one step is kept", number)


def _check_sum(schedule: Schedule, number: int) -> None:
    """A sum that grows in a loop is used after it only."""
    loop = schedule.home.get(number, ())[:1]
    if schedule.storage[number].place is not Place.SUM:
        return
    for user in schedule.graph.users[number]:
        if schedule.home.get(user, ())[:1] == loop:
            raise ScheduleError(f"node {user} uses the sum before it is whole", number)


def _check_whole(schedule: Schedule, number: int) -> None:
    """What needs all points of an index at once is in no loop that walks them one after the other."""
    attr, path = schedule.graph.nodes[number].attr, schedule.home.get(number, ())
    if not isinstance(attr, Over) or not path:
        return
    around = path[0].layout((), spots_in(path[0])[number]).walked
    walked = {*around, *(index for loop in path for index in loop.indices)}
    if not walked.isdisjoint(attr.indices):
        raise ScheduleError("it needs all points of an index that is walked around it", number)


def _check_view(schedule: Schedule, number: int) -> None:
    """What a loop over a range takes a view of, point by point, is used in it only."""
    path, home = schedule.home.get(number, ()), schedule.home
    if schedule.storage[number].place is not Place.VIEW or schedule.graph.nodes[number].op is Op.BROADCAST:
        return
    for user in schedule.graph.users[number]:
        if home.get(user, ())[:1] == path[:1] and home.get(user, ())[: len(path)] != path:
            raise ScheduleError(f"node {user} uses it at all points of a range, but it is a view of one", number)


def _earlier_step(schedule: Schedule, number: int, operand: int) -> bool:
    """Tell whether an operand is read at another step of a loop around both, against the loop's direction."""
    for loop in schedule.home.get(number, ()):
        if loop in schedule.home.get(operand, ()):
            low, high = _step(schedule, number, loop)
            if high < 0 if loop.forward else low > 0:
                return operand == schedule.graph.nodes[number].operands[0]
    return False


def _step(schedule: Schedule, number: int, loop: Loop) -> tuple[float, float]:
    """Return between which bounds the step that a node reads lies, counted from its own."""
    return _steps_along(schedule, number, loop.walk)


def _steps_along(schedule: Schedule, number: int, walk: Walk) -> tuple[float, float]:
    low = high = 0.0
    for index, weight in walk:
        offset = read_offset(schedule.graph, number, index)
        if offset is None:
            return -math.inf, math.inf
        ends = [weight * end for end in offset]
        low, high = low + min(ends), high + max(ends)
    return low, high


def _check_reads(schedule: Schedule, number: int) -> None:
    """What is read at other steps is kept: behind a halo, or in a ring by what walks one sequence backward."""
    node = schedule.graph.nodes[number]
    path = schedule.home.get(number, ())
    if node.op not in {Op.READ, Op.USES} or not path or not path[0].ragged:
        return
    loop = path[0]
    low, high = _step(schedule, number, loop)
    storage = schedule.storage[node.operands[0]]
    if (low, high) == (0, 0) and not (loop.inside and moves(schedule.graph, number, loop)):
        return
    if not loop.sliced:
        if storage.place is not Place.TAPE or (node.op is Op.READ and not storage.halo):
            raise ScheduleError("its operand, of another step, is not on a tape (with a halo)", number)
    elif not is_sliced(schedule.graph, number, loop):
        if storage.place is not Place.TAPE:
            raise ScheduleError("its operand, at many other steps, is not on a tape", number)
    elif loop.forward:
        _check_back(storage, number, -low, schedule.halos.get(loop.index, 0))
    elif high > storage.ring:
        raise ScheduleError("later steps of its operand are not in a ring", number)


def _check_back(storage: Storage, number: int, delay: float, halo: int) -> None:
    """What is read some steps later by what walks one sequence forward is still there, or in the halo."""
    if delay > 0 and not (storage.halo and storage.place in {Place.TAPE, Place.RING}):
        raise ScheduleError("earlier steps of its operand are not on a tape with a halo", number)
    if delay > halo:
        raise ScheduleError("it reads further back than the halo reaches", number)
    if storage.place is Place.RING and delay >= storage.slots:
        raise ScheduleError("it reads further back than its operand's ring", number)


def _check_shared(schedule: Schedule, number: int) -> None:
    """A value computed into its user's buffer has no other user, and nobody else is computed into the same place."""
    user = schedule.storage[number].into
    if user is None:
        return
    graph, storage = schedule.graph, schedule.storage[number]
    if graph.users[number] != (user,) or graph.nodes[user].operands.count(number) != 1 or number in graph.returned:
        raise ScheduleError("it shares a buffer with a user, but is needed elsewhere", number)
    if schedule.home.get(number) != schedule.home.get(user) or storage.halo or storage.ring:
        raise ScheduleError("it shares a buffer with a user that runs elsewhere", number)
    if graph.nodes[user].op is Op.CONCAT:
        return
    others = [o for o in graph.nodes[user].operands if o != number and schedule.storage[o].into == user]
    if others or graph.nodes[user].op not in ELEMENTWISE:
        raise ScheduleError(f"it shares the buffer of node {user} with another value", number)


def _check_ring(schedule: Schedule, number: int) -> None:
    """A value computed into its ring overwrites the later step's: all readers of that come before it."""
    if not schedule.storage[number].in_ring:
        return
    loop = schedule.home[number][0]
    place = {node: k for k, (node, _) in enumerate(_walk(loop.body, (loop,)))}
    stack = [user for user in schedule.graph.readers.get(number, ()) if user in place]
    while stack:
        reader = stack.pop()
        for user in schedule.graph.users[reader]:
            if place.get(user, -1) >= place[number]:
                raise ScheduleError(f"node {user} still reads the later step's value", number)
            if schedule.storage[user].place is Place.VIEW:
                stack.append(user)


def _check_windows(schedule: Schedule, order: list[tuple[int, tuple[Loop, ...]]]) -> None:
    """A ring in the place of a tape holds the last steps of a walk along one sequence: nobody else reads them.

    It begins with the halo in it, and hands on as much.
    """
    sites: dict[int, set[Loop | None]] = {}
    for number, path in order:
        sites.setdefault(number, set()).add(path[0] if path else None)
    for number, storage in schedule.storage.items():
        if storage.place is not Place.RING:
            continue
        loop = next(iter(sites[number]))
        if loop is None or not (loop.ragged and loop.forward and loop.sliced) or loop.inside:
            raise ScheduleError("it has a ring, but no loop walks one sequence forward around it", number)
        room = storage.slots >= schedule.halos.get(loop.index, 0) and schedule.layouts[number] not in schedule.borders
        if not (storage.halo and room):
            raise ScheduleError("its ring has no room for what is handed on", number)
        for value in _views(schedule, number):
            late = [user for user in schedule.graph.users[value] if sites[user] != {loop}]
            ends = value == number and all(reads_last(schedule.graph, user, number) for user in late)
            if value in schedule.graph.returned or (late and not ends):
                raise ScheduleError("it is needed after the loop, but only its last steps are kept", number)


def _views(schedule: Schedule, number: int) -> Iterator[int]:
    """Yield a value and all views of it."""
    yield number
    for user in schedule.graph.users[number]:
        if schedule.storage[user].place is Place.VIEW:
            yield from _views(schedule, user)
