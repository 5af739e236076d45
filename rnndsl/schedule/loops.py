"""Which nodes run in loops: every strongly connected component with a cycle becomes one, walked as its offsets say.

A loop runs over an index that every member varies over and along which all cycles move one way; what stays cyclic at a
fixed point of that index becomes a loop inside it, if it moves along a fixed range. Where no one index will do, several
are walked at once, in the fronts of a schedule vector (Lamport 1974, "The parallel execution of DO loops"). Where no
fronts will do either, there is a walk along a ragged index in every step of another one: both are one loop, whose steps
are ordered lexicographically. All other indices of the members are axes of arrays.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, product
from typing import Final

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.graph.graph import RecurrenceGraph, condense
from rnndsl.graph.node import Over
from rnndsl.graph.offsets import Edge, Range, direction, read_offset, reads_inside
from rnndsl.indices import Domain, Index, Kind, ordered
from rnndsl.schedule.plan import Evaluate, Inner, Loop, Step, Walk, spot_of, with_spot

#: The largest weight of an index in a schedule vector that is tried.
MOST_WEIGHT: Final = 3

WAY_OUT: Final = (
    "read ahead or back in fewer of its equations, or keep a cycle along one index free of sums over another"
)


def make_loops(graph: RecurrenceGraph) -> tuple[Step, ...]:
    """Return all nodes in an order in which they can be evaluated, cyclic components as loops.

    Raises:
        SpecError: no walks order a component.
    """
    numbers = iter(range(len(graph.nodes) + 1))
    steps: list[Step] = []
    for component in graph.components:
        if graph.is_cyclic(component):
            try:
                steps.append(_loop(graph, component, _Around(numbers)))
            except _NoWalkError as error:
                message = "no walks along its indices order this cycle: not supported yet"
                span = graph.nodes[error.members[0]].span
                raise SpecError([Diagnostic("RNN490", message, span, help=WAY_OUT)]) from None
        else:
            steps.append(Evaluate(component[0]))
    return tuple(steps)


def find_unordered(graph: RecurrenceGraph) -> Iterator[tuple[int, ...]]:
    """Yield the cycles that no walks order, each without what is of other steps of walks around it."""
    for component in graph.components:
        if graph.is_cyclic(component):
            try:
                _loop(graph, component, _Around(count()))
            except _NoWalkError as error:
                yield error.members


class _NoWalkError(Exception):
    """No walks order a cycle, of these nodes."""

    def __init__(self, members: tuple[int, ...]) -> None:
        super().__init__(f"{len(members)} nodes")
        self.members = members


@dataclass(frozen=True)
class _Around:
    """The loops that are open: which indices they walk, and which reads, as (user, operand), are of other steps."""

    numbers: Iterator[int]
    taken: Domain = ()
    done: frozenset[Edge] = frozenset()


def _loop(graph: RecurrenceGraph, members: tuple[int, ...], around: _Around) -> Loop:
    """Return the loop of a component: along one index, in fronts, or with walks along ragged indices inside."""
    shared = set(graph.nodes[members[0]].domain).intersection(*(graph.nodes[n].domain for n in members))
    shared -= _brought_together(graph, members)
    free = tuple(i for i in ordered(shared) if i not in around.taken and i.kind is not Kind.CHILDREN)
    nested = any(index.ragged for index in around.taken)
    ways = {index: direction(graph, members, index, around.done) for index in free}
    for index in sorted(free, key=lambda index: nested and index.ragged):
        forward = ways[index]
        if forward is not None and not _moves_on(graph, members, index, around.done):
            return _along(graph, members, (((index, 1),), forward), around)
    walk = find_fronts(graph, members, free, around.done)
    if walk is not None:
        return _along(graph, members, walk, around)
    outer = next((index for index in free if index.ragged and ways[index] is not None), None)
    if outer is None or any(not index.ragged for index in around.taken):
        raise _NoWalkError(members)
    return _along(graph, members, (((outer, 1),), ways[outer] is True), around)


def _brought_together(graph: RecurrenceGraph, members: tuple[int, ...]) -> set[Index]:
    """Return the indices of which members need all points at once, although they keep them: `softmax over t`."""
    attrs = (graph.nodes[number].attr for number in members)
    return {index for attr in attrs if isinstance(attr, Over) for index in attr.indices}


def _moves_on(graph: RecurrenceGraph, members: tuple[int, ...], index: Index, done: frozenset[Edge]) -> bool:
    """Tell whether what is still cyclic at a fixed point of an index moves along another ragged one."""
    done = done | _moved(graph, members, (index,))
    for component in condense(graph, members, done):
        others = {other for number in component for other in graph.nodes[number].domain if other.ragged} - {index}
        if any(_moves(graph, user, others) for user, _ in reads_inside(graph, component, done)):
            return True
    return False


def _along(graph: RecurrenceGraph, members: tuple[int, ...], way: tuple[Walk, bool], around: _Around) -> Loop:
    """Return the loop along a walk: reads of other steps are done, what is still cyclic becomes a walk inside."""
    walk, forward = way
    number, indices = next(around.numbers), tuple(index for index, _ in walk)
    within = _Around(around.numbers, (*around.taken, *indices), around.done | _moved(graph, members, indices))
    body: list[Step] = []
    inside: list[Inner] = []
    for component in condense(graph, members, within.done):
        own = (component[0], component[0])
        if len(component) == 1 and (own in within.done or component[0] not in graph.nodes[component[0]].operands):
            body.append(Evaluate(component[0], (len(inside),)))
            continue
        inner = _loop(graph, component, within)
        if inner.ragged:
            body += [with_spot(step, (len(inside), *spot_of(step))) for step in inner.body]
            inside.append(Inner(inner.walk, inner.forward, inner.inside))
        else:
            body.append(with_spot(inner, (len(inside),)))
    sliced = len(walk) == 1 and walk[0][0].kind in {Kind.SEQUENCE, Kind.RANGE} and not inside
    return Loop(number, walk, forward, tuple(body), sliced, tuple(inside))


def _moved(graph: RecurrenceGraph, members: tuple[int, ...], indices: Domain) -> frozenset[Edge]:
    return frozenset(edge for edge in reads_inside(graph, members) if _moves(graph, edge[0], indices))


def _moves(graph: RecurrenceGraph, user: int, indices: Iterable[Index]) -> bool:
    return any(read_offset(graph, user, index) != (0, 0) for index in indices)


# Schedule vectors -----------------------------------------------------------------------------------------------------


def find_fronts(
    graph: RecurrenceGraph, members: tuple[int, ...], free: Domain, done: frozenset[Edge] = frozenset()
) -> tuple[Walk, bool] | None:
    """Return the walk with the fewest fronts on which every read between members is of an earlier front.

    It is walked forward or, where the second part is False, backward; None if there is none with small weights. Reads
    that are `done` are of other steps already.
    """
    ragged = [index for index in free if index.ragged]
    moves = {
        tuple(read_offset(graph, user, index) for index in ragged) for user, _ in reads_inside(graph, members, done)
    } - {((0, 0),) * len(ragged)}  # fmt: skip
    vectors = sorted(product(range(-MOST_WEIGHT, MOST_WEIGHT + 1), repeat=len(ragged)), key=_fronts)
    for vector in vectors:
        walk = tuple((index, weight) for index, weight in zip(ragged, vector, strict=True) if weight)
        if not walk or any(weight < 0 and index.structured for index, weight in walk):
            continue
        if walk[0][1] < 0 and not any(index.structured for index, _ in walk):
            continue  # the reverse of another one
        for forward in (True, False):
            if all(_comes_before(offsets, vector, forward=forward) for offsets in moves):
                return walk, forward
    return None


def _fronts(vector: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Order schedule vectors: fewest fronts first, then those that walk upwards."""
    return sum(map(abs, vector)), tuple(-weight for weight in vector)


def _comes_before(offsets: tuple[Range | None, ...], vector: tuple[int, ...], *, forward: bool) -> bool:
    """Tell whether a read at these offsets is of an earlier front, wherever between their bounds."""
    total = 0
    for offset, weight in zip(offsets, vector, strict=True):
        if not weight:
            continue
        if offset is None:
            return False
        ends = [weight * end if forward else -weight * end for end in offset]
        total += max(ends)
    return total < 0
