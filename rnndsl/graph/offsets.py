"""How far reads step along an index, and which way a cycle moves."""

from collections.abc import Collection, Mapping

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.graph.order import MOVING
from rnndsl.indices import Access, Affine, Child, Index, Parent
from rnndsl.ops import Op

Range = tuple[int, int]
Edge = tuple[int, int]  # user, operand


def read_offset(graph: RecurrenceGraph, user: int, index: Index) -> Range | None:
    """Return the smallest and largest step along `index` from a node to its first operand; None if not a shift.

    Along a tree or dag a child counts as a step back and a parent as one ahead. Reads outside of a range do not count:
    `[t-d+1, d-1]` is of an earlier t, since there is nothing at d - 1 where d is 1.
    """
    attr = graph.nodes[user].attr
    match graph.nodes[user].op, attr:
        case Op.READ, ReadAt(at):
            access = dict(at).get(index)
            step = (0, 0) if access is None else access_offset(access, index, graph.dims)
            if len(at) == 1:
                return step
            other = access_offset(by_operand(dict(at))[index], index, graph.dims) if step and access else None
            both = step and other and (max(step[0], other[0]), min(step[1], other[1]))
            return both if both and both[0] <= both[1] else step
        case Op.USES, Child(of):
            return (1, 1) if of == index else (0, 0)  # its operand lies at the parents
        case _:
            return 0, 0


def by_operand(at: Mapping[Index, Access]) -> dict[Index, Access]:
    """Return where a read moves along ragged indices, said by the points of its operand: `t-d` of `[t-d+1, d-1]`."""
    ranges = {index: access for index, access in at.items() if not index.ragged and not index.cyclic}
    known = {index: access for index, access in ranges.items() if isinstance(access, Affine)}
    shifts = {index: access.offset for index, access in known.items() if access.terms == ((index, 1),)}
    found = dict(at)
    for index, access in at.items():
        if index.ragged and isinstance(access, Affine):
            back = sum(sign * shifts.get(term, 0) for term, sign in access.terms)
            found[index] = Affine(access.terms, access.offset - back)
    return found


def access_offset(access: Access, index: Index, dims: Mapping[str, int | None]) -> Range | None:
    """Return the smallest and largest step along `index` that an access makes; None if it is not a shift.

    Round a cyclic range there is no direction.
    """
    if isinstance(access, Child | Parent):
        return (-1, -1) if isinstance(access, Child) else (1, 1)
    if not isinstance(access, Affine) or (index, 1) not in access.terms:
        return None
    known = {name: value for name, value in dims.items() if value is not None}
    low = high = access.offset
    for other, sign in access.terms:
        if other == index:
            continue
        if other.high is None or not other.extent.dims <= known.keys():
            return None
        ends = other.low.evaluate(known), other.high.evaluate(known)
        low, high = low + min(sign * end for end in ends), high + max(sign * end for end in ends)
    return None if index.cyclic and (low, high) != (0, 0) else (low, high)


def delay_dims(graph: RecurrenceGraph) -> frozenset[str]:
    """Return the dimensions that say how far back or ahead a sequence is read (`t - k` for all k of a range)."""
    attrs = [node.attr for node in graph.nodes.values() if isinstance(node.attr, ReadAt)]
    accesses = [access for attr in attrs for index, access in attr.at if index.ragged and isinstance(access, Affine)]
    ranges = [term for access in accesses for term, _ in access.terms if term.high is not None]
    return frozenset(name for term in ranges for name in (term.extent + term.low).dims | term.extent.dims)


def reads_inside(graph: RecurrenceGraph, members: Collection[int], done: Collection[Edge] = frozenset()) -> list[Edge]:
    """Return the members that take other members' values from other points, as (user, operand), less those `done`."""
    inside = set(members)
    return [
        (user, graph.nodes[user].operands[0])
        for user in members
        if graph.nodes[user].op in MOVING
        and graph.nodes[user].operands[0] in inside
        and (user, graph.nodes[user].operands[0]) not in done
    ]


def direction(
    graph: RecurrenceGraph, members: tuple[int, ...], index: Index, done: Collection[Edge] = frozenset()
) -> bool | None:
    """Return True to walk forward, False to walk backward, None where the reads that are not `done` move both ways."""
    offsets = [read_offset(graph, user, index) for user, _ in reads_inside(graph, members, done)]
    known = [offset for offset in offsets if offset is not None]
    if len(known) < len(offsets) or all(offset == (0, 0) for offset in known):
        return None
    if all(high < 0 or (low, high) == (0, 0) for low, high in known):
        return True
    if all(low > 0 or (low, high) == (0, 0) for low, high in known):
        return False
    return None
