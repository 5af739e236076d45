"""Which nodes run in loops: every strongly connected component with a cycle becomes one, walked as its offsets say.

A loop runs over an index that every member varies over and along which all cycles move one way; what stays cyclic at a
fixed point of that index becomes a loop inside it. All other indices of the members are axes of arrays.
"""

from collections.abc import Iterator

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.graph.graph import RecurrenceGraph, condense
from rnndsl.graph.offsets import direction, read_offset, reads_inside
from rnndsl.indices import Domain, ordered
from rnndsl.schedule.plan import Evaluate, Loop, Step


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
        forward = direction(graph, members, index)
        if forward is None:
            continue
        moved = {
            (user, operand)
            for user, operand in reads_inside(graph, members)
            if read_offset(graph, user, index) != (0, 0)
        }
        number = next(numbers)
        body: list[Step] = []
        for component in condense(graph, members, moved):
            own = (component[0], component[0])
            if len(component) == 1 and (own in moved or component[0] not in graph.nodes[component[0]].operands):
                body.append(Evaluate(component[0]))
            else:
                body.append(_loop(graph, component, (*taken, index), numbers))
        return Loop(number, index, forward, tuple(body))
    place = graph.nodes[members[0]].span
    raise SpecError(
        [
            Diagnostic(
                "RNN490",
                "this cycle has no single direction along one index: not supported yet",
                place,
                help="read ahead or back in fewer of its equations, or split the quantity in two",
            )
        ]
    )
