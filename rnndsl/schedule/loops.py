"""Which nodes run in loops: every strongly connected component with a cycle becomes one, walked as its offsets say.

A loop runs over an index that every member varies over and along which all cycles move one way; what stays cyclic at a
fixed point of that index becomes a loop inside it. All other indices of the members are axes of arrays.
"""

from collections.abc import Collection, Iterator, Mapping

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.graph.graph import RecurrenceGraph, condense
from rnndsl.graph.node import ReadAt
from rnndsl.indices import Access, Affine, Domain, Index, ordered
from rnndsl.ops import Op
from rnndsl.schedule.plan import Evaluate, Loop, Step

Range = tuple[int, int]


def read_offset(graph: RecurrenceGraph, user: int, index: Index) -> Range | None:
    """Return the smallest and largest step along `index` from a node to its first operand; None if not a shift."""
    attr = graph.nodes[user].attr
    if graph.nodes[user].op is not Op.READ or not isinstance(attr, ReadAt):
        return 0, 0
    access = dict(attr.at).get(index)
    return (0, 0) if access is None else access_offset(access, index, graph.dims)


def access_offset(access: Access, index: Index, dims: Mapping[str, int | None]) -> Range | None:
    """Return the smallest and largest step along `index` that an access makes; None if it is not a shift."""
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
    return low, high


def make_loops(graph: RecurrenceGraph) -> tuple[Step, ...]:
    """Return all nodes in an order in which they can be evaluated, cyclic components as loops.

    Raises:
        SpecError: a component can be ordered only by shifting its equations against one another.
    """
    numbers = iter(range(len(graph.nodes) + 1))
    steps: list[Step] = []
    for component in graph.components:
        if graph.is_cyclic(component):
            steps.append(_loop(graph, component, (), numbers))
        else:
            steps.append(Evaluate(component[0]))
    return tuple(steps)


def _loop(graph: RecurrenceGraph, members: tuple[int, ...], taken: Domain, numbers: Iterator[int]) -> Loop:
    shared = set(graph.nodes[members[0]].domain).intersection(*(graph.nodes[n].domain for n in members))
    for index in ordered(shared - set(taken)):
        direction = _direction(graph, members, index)
        if direction is None:
            continue
        moved = {(user, operand) for user, operand in _reads(graph, members) if read_offset(graph, user, index) != (0, 0)}
        number = next(numbers)
        body: list[Step] = []
        for component in condense(graph, members, moved):
            if len(component) == 1 and component[0] not in graph.nodes[component[0]].operands:
                body.append(Evaluate(component[0]))
            elif len(component) == 1 and (component[0], component[0]) in moved:
                body.append(Evaluate(component[0]))
            else:
                body.append(_loop(graph, component, (*taken, index), numbers))
        return Loop(number, index, direction, tuple(body))
    place = graph.nodes[members[0]].span
    raise SpecError([Diagnostic("RNN490", "this cycle has no single direction along one index: not supported yet", place)])


def _reads(graph: RecurrenceGraph, members: Collection[int]) -> list[tuple[int, int]]:
    inside = set(members)
    return [
        (user, graph.nodes[user].operands[0])
        for user in members
        if graph.nodes[user].op is Op.READ and graph.nodes[user].operands[0] in inside
    ]


def _direction(graph: RecurrenceGraph, members: tuple[int, ...], index: Index) -> bool | None:
    """Return True to walk forward, False to walk backward, None where the reads do not move one way."""
    offsets = [read_offset(graph, user, index) for user, _ in _reads(graph, members)]
    known = [offset for offset in offsets if offset is not None]
    if len(known) < len(offsets) or all(offset == (0, 0) for offset in known):
        return None
    if all(high < 0 or (low, high) == (0, 0) for low, high in known):
        return True
    if all(low > 0 or (low, high) == (0, 0) for low, high in known):
        return False
    return None
