"""Stages: the parts of a model that run one after the other, each along one sequence from one of its ends.

What a stage needs whole of an earlier one, the states of an encoder, is handed over. A stage takes all that is ready
and goes its way (list scheduling, Graham 1969); what can be cut along no sequence runs in stages of its own, whole.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.ways import WHOLE, Way, closes, goes, ways_of
from rnndsl.indices import Index, Kind
from rnndsl.ops import Op

#: Taken from the call, or no work: made again wherever they are needed.
LIGHT = frozenset({Op.INPUT, Op.PARAM, Op.CONST, Op.SIZE, Op.IOTA, Op.LENGTH, Op.SEGMENTS, Op.OPTION, Op.BROADCAST})

Component = tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """The ways of stages in the order in which they run, the first one whole; in which of them every node is computed.

    What follows from data and parameters alone, point by point, is `given`.
    """

    graph: RecurrenceGraph
    ways: tuple[Way, ...]
    place: Mapping[int, int]
    given: frozenset[int]

    def is_made(self, number: int, stage: int) -> bool:
        """Tell whether a stage computes a node by itself and is not handed its value."""
        if self.place[number] == stage:
            return True
        node, way = self.graph.nodes[number], self.ways[stage]
        if not node.batch and way.index is None:
            return True
        if number not in self.given or not goes(self.graph, number, way):
            return node.op is Op.BROADCAST and goes(self.graph, number, way)
        again = node.op in LIGHT or not node.batch
        return again or way.index is None or way.index in node.domain or not _is_large(self.graph, number)

    def uncut(self) -> Iterator[Component]:
        """Yield the recurrences along sequences that run whole."""
        for component in self.graph.components:
            ways = self.ways[self.place[component[0]]]
            if self.graph.is_cyclic(component) and ways == WHOLE and _along_sequences(self.graph, component):
                yield component


def _is_large(graph: RecurrenceGraph, number: int) -> bool:
    """Tell what is not made again with every segment: products, and what other ragged indices have."""
    node = graph.nodes[number]
    return node.op is Op.CONTRACT or any(index.ragged for index in node.domain)


def _along_sequences(graph: RecurrenceGraph, component: Component) -> bool:
    return any(index.kind is Kind.SEQUENCE for number in component for index in graph.nodes[number].domain)


def plan_stages(graph: RecurrenceGraph) -> Plan:
    """Return the stages of a model."""
    return _Planning(graph).run()


@dataclass
class _Planning:
    graph: RecurrenceGraph
    ways: list[Way] = field(default_factory=lambda: [WHOLE])
    place: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.given = self._given()
        self.place = dict.fromkeys(self.given, 0)
        self.left = [c for c in self.graph.components if c[0] not in self.place]
        self.possible = {component: ways_of(self.graph, component) for component in self.left}
        self.totals = {c: self._totals(c) for c in self.left if self.place.keys() >= self._before(c)}
        targets = [info for info in self.graph.inputs.values() if info.role == "target"]
        self.main = {index for info in targets for index in info.domain}

    def run(self) -> Plan:
        while self.left:
            way = self._next_way()
            self.ways.append(way)
            taken = self._taken(way, only_whole=way.index is None and self._any_whole())
            self.place |= {number: len(self.ways) - 1 for component in taken for number in component}
            self.left = [component for component in self.left if component not in taken]
        return Plan(self.graph, tuple(self.ways), self.place, frozenset(self.given))

    def _given(self) -> set[int]:
        """Return what follows from data and parameters without a recurrence, and without sums over all points."""
        found = set[int]()
        for component in self.graph.components:
            alone = not self.graph.is_cyclic(component) or not any(self.graph.nodes[n].batch for n in component)
            if alone and not self._totals(component) and found.issuperset(self._before(component)):
                found |= set(component)
        return found

    def _totals(self, component: Component) -> tuple[Way, ...]:
        """Return the ways that a sum over all points of an example can be added up along."""
        domain = self.graph.nodes[component[0]].domain
        sequences = (index for index in self.graph.indices if index.kind is Kind.SEQUENCE)
        if len(component) > 1 or any(index.ragged for index in domain):
            return ()
        return tuple(Way(index) for index in sequences if closes(self.graph, component[0], Way(index)))

    def _before(self, component: Component) -> set[int]:
        return {operand for number in component for operand in self.graph.nodes[number].operands} - set(component)

    def _ready(self) -> list[Component]:
        return [component for component in self.left if self.place.keys() >= self._before(component)]

    def _any_whole(self) -> bool:
        return any(self._is_whole(component) for component in self._ready())

    def _is_whole(self, component: Component) -> bool:
        return not self.possible[component] and not self.totals.get(component)

    def _next_way(self) -> Way:
        """Return the way of the next stage: what has none first, then other sequences than those of targets."""
        if self._any_whole():
            return WHOLE
        ready = self._ready()
        loops = [component for component in ready if self.graph.is_cyclic(component)]
        ways = dict.fromkeys(
            way for own in loops or ready for way in self.possible[own] or self.totals.get(own, ())
        )  # fmt: skip
        return min(ways, key=lambda way: (self._is_main(way.index), -len(self._taken(way)), not way.forward))

    def _is_main(self, index: Index | None) -> bool:
        return index in self.main

    def _taken(self, way: Way, *, only_whole: bool = False) -> list[Component]:
        """Return the components that a stage takes; what is made of all its points is there only behind it."""
        done, taken = set(self.place), list[Component]()
        for component in self.left:
            if not done >= self._before(component) or (only_whole and not self._is_whole(component)):
                continue
            if way.index is None or way in self.possible[component]:
                done |= set(component)
                taken.append(component)
            elif way in self.totals.get(component, ()) or self._closes(component, taken, way):
                taken.append(component)
        return taken

    def _closes(self, component: Component, taken: Iterable[Component], way: Way) -> bool:
        """Tell whether a component is made of all points of what a stage takes."""
        of = {number for other in taken for number in other}
        return (
            len(component) == 1 and closes(self.graph, component[0], way) and not of.isdisjoint(self._before(component))
        )
