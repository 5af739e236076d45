"""Layouts: in which order the points of every value stand, so that what a loop does in one step is side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Domain, Kind
from rnndsl.ops import Op
from rnndsl.schedule.plan import Layout, Loop, Step

Layouts = Mapping[int, Layout | None]


def choose_layouts(
    graph: RecurrenceGraph, steps: tuple[Step, ...], home: Mapping[int, tuple[Loop, ...]]
) -> dict[int, Layout | None]:
    """Return the layout of every node: that of the loop it runs in, else the one its points have by themselves."""
    usual = usual_layouts(steps)
    found: dict[int, Layout | None] = {}
    for number in graph.nodes:
        ragged = ragged_of(graph.nodes[_cut_from(graph, number, home)].domain)
        loop = next((loop for loop in home.get(_cut_from(graph, number, home), ()) if loop.ragged), None)
        found[number] = None if not ragged else loop.layout(ragged) if loop else usual(ragged)
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
    loops: tuple[Loop, ...]

    def __call__(self, indices: Domain) -> Layout:
        """Return the layout of points outside loops: as the loop over the most of their indices would have it."""
        fitting = [loop for loop in self.loops if set(loop.indices) <= set(indices)]
        fitting.sort(key=lambda loop: -len(loop.indices))
        if fitting and len(indices) > 1:
            return fitting[0].layout(indices)
        first = next((index for index in indices if index.structured), indices[0])
        return Layout(indices, ((first, 1),), first.kind is Kind.SEQUENCE)


def usual_layouts(steps: tuple[Step, ...]) -> _Usual:
    """Return what gives the layout of points outside loops."""
    return _Usual(tuple(_ragged_loops(steps)))


def _ragged_loops(steps: tuple[Step, ...]) -> Iterator[Loop]:
    for step in steps:
        if isinstance(step, Loop):
            if step.ragged:
                yield step
            yield from _ragged_loops(step.body)
