"""Storage: where every value lives, decided before any code is written, and checked.

A value with readers at earlier points has a *halo*: rows for the points before the start, so that reading `t - 1` is
a slice of the same buffer. A loop that walks backward keeps the values of later steps in a *ring* instead, whose rows
start as the init and are overwritten as longer examples come in.
"""

from collections.abc import Mapping
from dataclasses import replace

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.graph.offsets import read_offset
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.indices import Affine, Index, Kind
from rnndsl.ops import Op
from rnndsl.schedule.placement import members
from rnndsl.schedule.plan import Evaluate, Loop, Place, Step, Storage

Home = Mapping[int, tuple[Loop, ...]]

INLINE = frozenset({Op.CONST, Op.SIZE, Op.FRESH})


def delay(graph: RecurrenceGraph, user: int) -> tuple[Index, int] | None:
    """Return the sequence and the largest delay of a read of earlier points; None for any other node."""
    attr = graph.nodes[user].attr
    if graph.nodes[user].op is not Op.READ or not isinstance(attr, ReadAt):
        return None
    for index, access in attr.at:
        if index.kind is Kind.SEQUENCE and isinstance(access, Affine) and access.terms:
            low, _ = read_offset(graph, user, index) or (0, 0)
            return (index, -low) if low < 0 else None
    return None


def find_halos(graph: RecurrenceGraph) -> dict[Index, int]:
    """Return for every sequence of the graph the largest delay of any read (0 without)."""
    found = {index: 0 for index in graph.indices if index.kind is Kind.SEQUENCE}
    for number in graph.nodes:
        late = delay(graph, number)
        if late is not None:
            found[late[0]] = max(found[late[0]], late[1])
    return found


def find_home(steps: tuple[Step, ...], around: tuple[Loop, ...] = ()) -> dict[int, tuple[Loop, ...]]:
    """Return for every node of a loop the loops around it, outermost first."""
    found: dict[int, tuple[Loop, ...]] = {}
    for step in steps:
        if isinstance(step, Loop):
            found |= find_home(step.body, (*around, step))
        elif around:
            found[step.node] = around
    return found


def plan_storage(graph: RecurrenceGraph, steps: tuple[Step, ...]) -> dict[int, Storage]:
    """Return the storage of every node."""
    home = find_home(steps)
    again = {step.node for step in steps if isinstance(step, Evaluate)} & set(home)
    plan = {number: _storage(graph, number, home, again) for number in graph.nodes}
    given: set[int] = set()
    for number in graph.nodes:
        user = _taker(graph, number, home, plan)
        if user is not None and user not in given:
            plan[number] = replace(plan[number], into=user)
            given |= set() if graph.nodes[user].op is Op.CONCAT else {user}
    return plan


def _taker(graph: RecurrenceGraph, number: int, home: Home, plan: Mapping[int, Storage]) -> int | None:
    """Return the one user into whose buffer a value can be computed: it is overwritten there by the user itself."""
    node, own = graph.nodes[number], plan[number]
    users = graph.users[number]
    if (
        own.place not in {Place.STEP, Place.WHOLE}
        or own.halo
        or own.ring
        or len(users) != 1
        or number in graph.returned
    ):
        return None
    user, taker = graph.nodes[users[0]], plan[users[0]]
    alike = (node.domain, node.batch, node.dtype) == (user.domain, user.batch, user.dtype)
    if not alike or home.get(number) != home.get(users[0]) or taker.in_ring or node.op is Op.INPUT:
        return None
    if taker.place not in {Place.STEP, Place.WHOLE, Place.TAPE} or user.operands.count(number) != 1:
        return None
    if user.op is Op.CONCAT:
        return users[0] if len(node.shape) == 1 and node.op is not Op.CONCAT else None
    place = user.operands.index(number)
    free = user.op in ELEMENTWISE and (user.op is not Op.WHERE or place == 2)
    return users[0] if free and node.shape == user.shape else None


def _storage(graph: RecurrenceGraph, number: int, home: Home, again: set[int]) -> Storage:
    node, path, users = graph.nodes[number], home.get(number, ()), graph.users[number]
    if node.op in INLINE:
        return Storage(Place.INLINE)
    if node.op is Op.PARAM:
        return Storage(Place.SOURCE)
    loop = path[0] if path and path[0].index.ragged else None
    halo = any(delay(graph, user) is not None for user in graph.readers.get(number, ()))
    if not halo and is_view(graph, number, home):
        return Storage(Place.VIEW)
    if loop is None:
        return Storage(Place.WHOLE, halo)
    ring = _ring(graph, number, loop, home)
    outside = number in graph.returned or any(home.get(user, ())[:1] != (loop,) or user in again for user in users)
    if outside or (halo and loop.forward):
        return Storage(Place.TAPE, halo, ring)
    in_ring = ring == 1 and _last_reader(graph, number, loop) and node.op not in {Op.SLICE, Op.READ}
    return Storage(Place.STEP, ring=ring, in_ring=in_ring)


def is_view(graph: RecurrenceGraph, number: int, home: Home) -> bool:
    """Tell whether a node's value is part of its operand's buffer.

    A loop-carried slice is not: it must outlive the step whose buffer it is part of.
    """
    node, users, path = graph.nodes[number], graph.users[number], home.get(number, ())
    if path and path[0].index.ragged and _ring(graph, number, path[0], home):
        return False
    match node.op:
        case Op.SLICE:
            return True
        case Op.BROADCAST:
            return number not in graph.returned and all(graph.nodes[user].op in ELEMENTWISE for user in users)
        case Op.READ if any(read_offset(graph, number, loop.index) != (0, 0) for loop in path):
            return len(_terms(graph, number)) == 1
        case Op.READ:
            return delay(graph, number) is not None and len(_terms(graph, number)) == 1
        case _:
            return False


def _terms(graph: RecurrenceGraph, number: int) -> tuple[object, ...]:
    attr = graph.nodes[number].attr
    if not isinstance(attr, ReadAt):
        return ()
    return tuple(term for _, access in attr.at if isinstance(access, Affine) for term in access.terms)


def _ring(graph: RecurrenceGraph, number: int, loop: Loop, home: Home) -> int:
    """Return how many later steps of a value a backward loop has to keep."""
    if loop.forward:
        return 0
    users = [user for user in graph.readers.get(number, ()) if home.get(user, ())[:1] == (loop,)]
    offsets = [read_offset(graph, user, loop.index) or (0, 0) for user in users]
    return max((max(abs(low), abs(high)) for low, high in offsets), default=0)


def _last_reader(graph: RecurrenceGraph, number: int, loop: Loop) -> bool:
    """Tell whether everything that reads the older value of a node stands before the node in the loop's body."""
    order = {node: k for k, node in enumerate(members(loop))}
    reach = [user for user in graph.readers.get(number, ()) if user in order]
    seen: set[int] = set()
    while reach:
        reader = reach.pop()
        if reader in seen:
            continue
        seen.add(reader)
        for user in graph.users[reader]:
            if user not in order:
                continue
            if order[user] >= order[number]:
                return False
            if graph.nodes[user].op in {Op.SLICE, Op.BROADCAST}:
                reach.append(user)
    return True
