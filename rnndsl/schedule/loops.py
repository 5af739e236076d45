"""Which nodes run in loops: every strongly connected component with a cycle becomes one, walked as its offsets say.

A loop runs over an index that every member varies over and along which all cycles move one way; what stays cyclic at a
fixed point of that index becomes a loop inside it, if that index is a fixed range. Where no one index will do, several
are walked at once, in the fronts of a schedule vector (Lamport 1974, "The parallel execution of DO loops"). All other
indices of the members are axes of arrays.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.graph.graph import RecurrenceGraph, condense
from rnndsl.graph.offsets import Range, direction, read_offset, reads_inside
from rnndsl.indices import Domain, Index, Kind, ordered
from rnndsl.schedule.plan import Evaluate, Loop, Step, Walk

#: The largest weight of an index in a schedule vector that is tried.
MOST_WEIGHT: Final = 3


def make_loops(graph: RecurrenceGraph) -> tuple[Step, ...]:
    """Return all nodes in an order in which they can be evaluated, cyclic components as loops.

    Raises:
        SpecError: no schedule vector orders a component.
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
    free = tuple(index for index in ordered(shared) if index not in taken and index.kind is not Kind.CHILDREN)
    if any(index.ragged for index in taken):  # a step's points are not laid out for a walk inside it
        free = tuple(index for index in free if not index.ragged)
    for index in free:
        forward = direction(graph, members, index)
        if forward is not None and not _moves_on(graph, members, index):
            return _along(graph, members, (taken, ((index, 1),), forward), numbers)
    walk = find_fronts(graph, members, free)
    if walk is None:
        raise _no_walk(graph, members, taken)
    return _along(graph, members, (taken, *walk), numbers)


def _no_walk(graph: RecurrenceGraph, members: tuple[int, ...], taken: Domain) -> SpecError:
    """Say that no fronts order a cycle; inside the loop along a ragged index, that this would be another such loop."""
    message = "no fronts along its indices order this cycle: not supported yet"
    way = "read ahead or back in fewer of its equations, or keep a cycle along one index free of sums over another"
    moved = {index for n in members for index in graph.nodes[n].domain if index.ragged} - {*taken}
    inner = next((i for i in ordered(moved) if any(_moves(graph, n, (i,)) for n in members)), None)
    if inner is not None and any(index.ragged for index in taken):
        outer = next(index for index in taken if index.ragged)
        message = f"a walk along `{inner.name}` in every step along `{outer.name}` is not supported yet"
        way = (
            f"make `{inner.name}` a fixed range, such as `index {inner.name} : 1..10`: that may be walked in every step"
        )
    return SpecError([Diagnostic("RNN490", message, graph.nodes[members[0]].span, help=way)])


def _moves_on(graph: RecurrenceGraph, members: tuple[int, ...], index: Index) -> bool:
    """Tell whether what is still cyclic at a fixed point of an index moves along another ragged one."""
    for component in condense(graph, members, _moved(graph, members, (index,))):
        others = {other for number in component for other in graph.nodes[number].domain if other.ragged} - {index}
        left = [user for user, _ in reads_inside(graph, component) if not _moves(graph, user, (index,))]
        if any(_moves(graph, user, others) for user in left):
            return True
    return False


def _along(
    graph: RecurrenceGraph, members: tuple[int, ...], way: tuple[Domain, Walk, bool], numbers: Iterator[int]
) -> Loop:
    """Return the loop along a walk: reads of other steps are done, what is still cyclic becomes a loop inside."""
    taken, walk, forward = way
    number, indices = next(numbers), tuple(index for index, _ in walk)
    moved = _moved(graph, members, indices)
    body: list[Step] = []
    for component in condense(graph, members, moved):
        own = (component[0], component[0])
        if len(component) == 1 and (own in moved or component[0] not in graph.nodes[component[0]].operands):
            body.append(Evaluate(component[0]))
        else:
            body.append(_loop(graph, component, (*taken, *indices), numbers))
    sliced = len(walk) == 1 and walk[0][0].kind in {Kind.SEQUENCE, Kind.RANGE}
    return Loop(number, walk, forward, tuple(body), sliced)


def _moved(graph: RecurrenceGraph, members: tuple[int, ...], indices: Domain) -> set[tuple[int, int]]:
    return {(user, operand) for user, operand in reads_inside(graph, members) if _moves(graph, user, indices)}


def _moves(graph: RecurrenceGraph, user: int, indices: Iterable[Index]) -> bool:
    return any(read_offset(graph, user, index) != (0, 0) for index in indices)


# Schedule vectors -----------------------------------------------------------------------------------------------------


def find_fronts(graph: RecurrenceGraph, members: tuple[int, ...], free: Domain) -> tuple[Walk, bool] | None:
    """Return the walk with the fewest fronts on which every read between members is of an earlier front.

    It is walked forward or, where the second part is False, backward; None if there is none with small weights.
    """
    ragged = [index for index in free if index.ragged]
    moves = {
        tuple(read_offset(graph, user, index) for index in ragged) for user, _ in reads_inside(graph, members)
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
