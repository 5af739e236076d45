"""Layouts: in which order the points of every value stand, so that what a loop does in one step is side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Domain, Kind
from rnndsl.ops import Op
from rnndsl.schedule.plan import Layout, Loop, Step, members

Layouts = Mapping[int, Layout | None]


def choose_layouts(
    graph: RecurrenceGraph, steps: tuple[Step, ...], home: Mapping[int, tuple[Loop, ...]]
) -> dict[int, Layout | None]:
    """Return the layout of every node: that of the loop it runs in, else the one its points have by themselves.

    A sum that grows in a loop has none of its steps: it stands as outside.
    """
    usual = usual_layouts(graph, steps)
    found: dict[int, Layout | None] = {}
    for number in graph.nodes:
        ragged = ragged_of(graph.nodes[_cut_from(graph, number, home)].domain)
        loop = next((loop for loop in home.get(_cut_from(graph, number, home), ()) if loop.ragged), None)
        stepped = loop is not None and set(loop.indices) <= set(ragged)
        found[number] = None if not ragged else loop.layout(ragged) if loop and stepped else usual(ragged)
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
    loops: tuple[tuple[Loop, frozenset[Domain]], ...]

    def __call__(self, indices: Domain) -> Layout:
        """Return the layout of points outside loops: as a loop that works on them has it, or could have it."""
        fitting = [(loop, domains) for loop, domains in self.loops if set(loop.indices) <= set(indices)]
        fitting.sort(key=lambda one: (indices not in one[1], -len(one[0].indices)))
        if fitting and len(indices) > 1:
            return fitting[0][0].layout(indices)
        first = next((index for index in indices if index.structured), indices[0])
        return Layout(indices, ((first, 1),), first.kind is Kind.SEQUENCE)


def usual_layouts(graph: RecurrenceGraph, steps: tuple[Step, ...]) -> _Usual:
    """Return what gives the layout of points outside loops."""
    loops = [step for step in steps if isinstance(step, Loop) and step.ragged]
    return _Usual(
        tuple((loop, frozenset(ragged_of(graph.nodes[number].domain) for number in members(loop))) for loop in loops)
    )
