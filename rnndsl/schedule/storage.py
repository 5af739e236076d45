"""Storage: where every value lives, decided before any code is written, and checked.

A value with readers at earlier points has a *halo*: rows before its points that stand for what lies outside, so that
reading `t - 1` is a slice of the same buffer, and any other point one gather. A loop that walks one sequence backward
keeps the values of later steps in a *ring* instead, whose rows start as the init and are overwritten as longer examples
come in.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.graph.offsets import access_offset, read_offset
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.indices import Affine, Index, Kind
from rnndsl.ops import Op
from rnndsl.schedule.layouts import Layouts
from rnndsl.schedule.placement import is_sliced, moves
from rnndsl.schedule.plan import Loop, Place, Step, Storage, members

Home = Mapping[int, tuple[Loop, ...]]

INLINE = frozenset({Op.CONST, Op.SIZE, Op.FRESH, Op.OPTION})


def delay(graph: RecurrenceGraph, user: int) -> tuple[Index, int] | None:
    """Return the sequence and the largest delay of a read of earlier points of it alone; None for any other node."""
    attr = graph.nodes[user].attr
    if graph.nodes[user].op is not Op.READ or not isinstance(attr, ReadAt):
        return None
    ragged = [(index, access) for index, access in attr.at if index.ragged]
    if len(ragged) != 1 or ragged[0][0].kind is not Kind.SEQUENCE:
        return None
    ((index, access),) = ragged
    if not isinstance(access, Affine) or not access.terms:
        return None
    low, _ = access_offset(access, index, graph.dims) or (0, 0)
    return (index, -low) if low < 0 else None


def find_halos(graph: RecurrenceGraph) -> dict[Index, int]:
    """Return for every sequence of the graph the largest delay of any read (0 without)."""
    found = {index: 0 for index in graph.indices if index.kind is Kind.SEQUENCE}
    attrs = [node.attr for node in graph.nodes.values() if node.op is Op.READ]
    for index, access in (pair for attr in attrs if isinstance(attr, ReadAt) for pair in attr.at):
        if index in found and isinstance(access, Affine) and access.terms:
            low, _ = access_offset(access, index, graph.dims) or (0, 0)
            found[index] = max(found[index], -low)
    return found


def find_home(steps: tuple[Step, ...], around: tuple[Loop, ...] = ()) -> dict[int, tuple[Loop, ...]]:
    """Return for every node of a loop the loops around it, outermost first; of loops that repeat it the first one."""
    found: dict[int, tuple[Loop, ...]] = {}
    for step in steps:
        if isinstance(step, Loop):
            found = find_home(step.body, (*around, step)) | found
        elif around:
            found.setdefault(step.node, around)
    return found


def find_sites(steps: tuple[Step, ...]) -> dict[int, set[int | None]]:
    """Return for every node the numbers of the outermost loops that compute it, None for the top level."""
    found: dict[int, set[int | None]] = {}
    for step in steps:
        for number in members(step) if isinstance(step, Loop) else (step.node,):
            found.setdefault(number, set()).add(step.number if isinstance(step, Loop) else None)
    return found


def walked_by(home: Home, number: int) -> Loop | None:
    """Return the loop over ragged indices that a node runs in."""
    path = home.get(number, ())
    return path[0] if path and path[0].ragged else None


def plan_storage(
    graph: RecurrenceGraph,
    steps: tuple[Step, ...],
    layouts: Layouts,
    crossing: frozenset[int] = frozenset(),
    shifts: frozenset[int] = frozenset(),
    *,
    kernels: bool = False,
) -> dict[int, Storage]:
    """Return the storage of every node.

    Values in `crossing` hand on points of several indices to the next chunk; `shifts` are reads that `kernels` do,
    which also begin and store sums before all of their terms are made: not in the place of an older value, which these
    may be made of.
    """
    home, sites = find_home(steps), find_sites(steps)
    halos = {number for number in graph.nodes if number in crossing or _has_halo(graph, number, home, layouts)}
    plan = {number: _storage(graph, number, (home, layouts), sites, halos) for number in graph.nodes}
    plan |= dict.fromkeys(shifts, Storage(Place.VIEW))
    if kernels:
        plan |= {n: replace(own, in_ring=False) for n, own in plan.items() if own.in_ring and _folds_points(graph, n)}
    for number in halos:
        layout = layouts[number]
        if graph.nodes[number].adjoint == 0 and (number in crossing or (layout and layout.chain)):
            plan[number] = replace(plan[number], handed_on=plan[number].halo)
    given: set[int] = set()
    for number in graph.nodes:
        user = _taker(graph, number, home, plan)
        if user is not None and user not in given and layouts[number] == layouts[user]:
            plan[number] = replace(plan[number], into=user)
            given |= set() if graph.nodes[user].op is Op.CONCAT else {user}
    return plan


def _folds_points(graph: RecurrenceGraph, number: int) -> bool:
    """Tell sums, and maxima, over points."""
    node = graph.nodes[number]
    return not all(set(graph.nodes[operand].domain) <= set(node.domain) for operand in node.operands)


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


def _storage(
    graph: RecurrenceGraph,
    number: int,
    where: tuple[Home, Layouts],
    sites: Mapping[int, set[int | None]],
    halos: AbstractSet[int],
) -> Storage:
    home, layouts = where
    node, users = graph.nodes[number], graph.users[number]
    if node.op in INLINE:
        return Storage(Place.INLINE)
    if node.op is Op.PARAM:
        return Storage(Place.SOURCE)
    loop, halo = walked_by(home, number), number in halos
    if not halo and is_view(graph, number, home, layouts):
        return Storage(Place.VIEW)
    if loop is None:
        return Storage(Place.WHOLE, halo)
    if not set(loop.indices) <= set(node.domain):
        return Storage(Place.SUM)
    ring = _ring(graph, number, loop, home)
    again = None in sites[number]  # outside the loop, where the whole is needed
    outside = again or number in graph.returned or any(sites[user] - sites[number] for user in users)
    if outside or halo or _is_kept(graph, number, loop) or _is_used_elsewhere(graph, number, home, layouts):
        return Storage(Place.TAPE, halo, ring)
    in_ring = ring == 1 and _last_reader(graph, number, loop) and node.op not in {Op.SLICE, Op.READ}
    return Storage(Place.STEP, ring=ring, in_ring=in_ring)


def _is_kept(graph: RecurrenceGraph, number: int, loop: Loop) -> bool:
    """Tell whether other steps of a loop read a value from all its points: those over several indices, or a tree."""
    reads = [user for user in graph.users[number] if graph.nodes[user].operands[0] == number]
    return any(moves(graph, user, loop) and not is_sliced(graph, user, loop) for user in reads)


def _is_used_elsewhere(graph: RecurrenceGraph, number: int, home: Home, layouts: Layouts) -> bool:
    """Tell whether a value is used at another spot among the walks inside its loop: at other steps, that is."""
    own, loop = layouts[number], walked_by(home, number)
    if own is None or loop is None or not loop.inside:
        return False
    for user in graph.users[number]:
        other = layouts[user]
        if walked_by(home, user) is loop and other is not None and other.spot != own.spot:
            return True
        if graph.nodes[user].op is Op.BROADCAST and _is_used_elsewhere(graph, user, home, layouts):
            return True
    return False


def _leaves_range(graph: RecurrenceGraph, number: int, home: Home) -> bool:
    """Tell whether a value of a loop over a range is used in the loop around that, for all points of the range."""
    path = home.get(number, ())
    for user in graph.users[number]:
        other = home.get(user, ())
        if other[:1] == path[:1] and other[: len(path)] != path:
            return True
        if graph.nodes[user].op is Op.BROADCAST and other == path and _leaves_range(graph, user, home):
            return True
    return False


def _has_halo(graph: RecurrenceGraph, number: int, home: Home, layouts: Layouts) -> bool:
    """Tell whether something outside of a value's points is read from its buffer."""
    layout = layouts[number]
    for user in graph.readers.get(number, ()):
        loop = walked_by(home, user)
        if loop is not None and moves(graph, user, loop):
            if loop.forward or not loop.sliced:
                return True
        elif layout is not None and layout.chain and delay(graph, user) is not None:
            return True
    return False


def is_view(graph: RecurrenceGraph, number: int, home: Home, layouts: Layouts) -> bool:
    """Tell whether a node's value is part of its operand's buffer.

    A loop-carried slice is not: it must outlive the step whose buffer it is part of.
    """
    node, users, loop = graph.nodes[number], graph.users[number], walked_by(home, number)
    if loop is not None and (_ring(graph, number, loop, home) or _is_kept(graph, number, loop)):
        return False
    apart = _is_used_elsewhere(graph, number, home, layouts) or _leaves_range(graph, number, home)
    if node.op is not Op.BROADCAST and apart:
        return False
    ranges = [around for around in home.get(number, ()) if not around.ragged]
    if any(moves(graph, user, around) for around in ranges for user in graph.readers.get(number, ())):
        return False
    match node.op:
        case Op.SLICE:
            return True
        case Op.BROADCAST:
            return number not in graph.returned and all(graph.nodes[user].op in ELEMENTWISE for user in users)
        case Op.READ:
            return _is_view(graph, number, home, layouts)
        case _:
            return False


def _is_view(graph: RecurrenceGraph, number: int, home: Home, layouts: Layouts) -> bool:
    """Tell reads by a fixed step along the one index of a loop, or along the one sequence of a quantity."""
    attr, layout = graph.nodes[number].attr, layouts[graph.nodes[number].operands[0]]
    if len(_terms(graph, number)) != 1 or (isinstance(attr, ReadAt) and len(attr.at) > 1):
        return False
    moving = [loop for loop in home.get(number, ()) if moves(graph, number, loop)]
    if moving:
        return moving[0].sliced
    return delay(graph, number) is not None and layout is not None and layout.chain is not None


def _terms(graph: RecurrenceGraph, number: int) -> tuple[object, ...]:
    attr = graph.nodes[number].attr
    return tuple(term for _, access in attr.at for term in access.indices) if isinstance(attr, ReadAt) else ()


def _ring(graph: RecurrenceGraph, number: int, loop: Loop, home: Home) -> int:
    """Return how many later steps of a value a backward loop has to keep."""
    if loop.forward or not loop.sliced:
        return 0
    own = [user for user in graph.readers.get(number, ()) if home.get(user, ())[:1] == (loop,)]
    users = [user for user in own if is_sliced(graph, user, loop)]
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
