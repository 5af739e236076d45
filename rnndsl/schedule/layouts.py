"""Layouts: in which order the points of every value stand, so that what a loop does in one step is side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Domain, Kind
from rnndsl.ops import Op
from rnndsl.schedule.plan import FIRST, Layout, Loop, Spot, Step, spots_in

Layouts = Mapping[int, Layout | None]


def choose_layouts(
    graph: RecurrenceGraph, steps: tuple[Step, ...], home: Mapping[int, tuple[Loop, ...]]
) -> dict[int, Layout | None]:
    """Return the layout of every node: that of the loop it runs in, else the one its points have by themselves.

    A sum that grows in a loop has none of its steps: it stands as outside.
    """
    usual = usual_layouts(graph, steps)
    spots = [spots_in(step) if isinstance(step, Loop) else {} for step in steps]
    spot = {number: own for found in reversed(spots) for number, own in found.items()}  # where it is first, as `home`
    found: dict[int, Layout | None] = {}
    for number in graph.nodes:
        source = _cut_from(graph, number, home)
        ragged = ragged_of(graph.nodes[source].domain)
        loop = next((loop for loop in home.get(source, ()) if loop.ragged), None)
        stepped = loop is not None and set(loop.indices) <= set(ragged)
        found[number] = None if not ragged else loop.layout(ragged, spot[source]) if loop and stepped else usual(ragged)
    return found


def ragged_of(domain: Domain) -> Domain:
    """Return the ragged indices of a domain."""
    return tuple(index for index in domain if index.ragged)


def _cut_from(graph: RecurrenceGraph, number: int, home: Mapping[int, tuple[Loop, ...]]) -> int:
    """Follow slices outside loops to what they are cut from: they stand as it does."""
    while graph.nodes[number].op is Op.SLICE and number not in home:
        number = graph.nodes[number].operands[0]
    return number


@dataclass(frozen=True)
class _Usual:
    loops: tuple[tuple[Loop, Mapping[Domain, Spot]], ...]

    def __call__(self, indices: Domain) -> Layout:
        """Return the layout of points outside loops: as a loop that works on them has it, or could have it."""
        fitting = [(loop, spots) for loop, spots in self.loops if set(loop.indices) <= set(indices)]
        fitting.sort(key=lambda one: (indices not in one[1], -len(one[0].indices)))
        if fitting and len(indices) > 1:
            loop, spots = fitting[0]
            return loop.layout(indices, spots.get(indices, FIRST))
        first = next((index for index in indices if index.structured), indices[0])
        return Layout(indices, ((first, 1),), first.kind is Kind.SEQUENCE)


def usual_layouts(graph: RecurrenceGraph, steps: tuple[Step, ...]) -> _Usual:
    """Return what gives the layout of points outside loops."""
    loops = [step for step in steps if isinstance(step, Loop) and step.ragged]
    return _Usual(tuple((loop, _domains(graph, loop)) for loop in loops))


def _domains(graph: RecurrenceGraph, loop: Loop) -> Mapping[Domain, Spot]:
    """Return the sets of ragged indices in a loop, each with the spot of those that are walked most."""
    spots = spots_in(loop)
    deepest = sorted(spots, key=lambda number: (len(spots[number]), spots[number]))
    return {ragged_of(graph.nodes[number].domain): spots[number] for number in deepest}
