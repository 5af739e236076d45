"""Cycles of a dependence graph: strongly connected components, potentials, and single cycles to show.

Nothing here recurses: chains of 5,000 nodes are usual.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rnndsl.indices import Index
from rnndsl.semantics.dependence import Edge

Edges = Mapping[str, Sequence[Edge]]
Weight = Callable[[Edge], float]


@dataclass(frozen=True, slots=True)
class Worst:
    """The offset of an edge along an index that is hardest for walking it upwards (sign 1) or downwards (-1)."""

    index: Index
    sign: int

    def __call__(self, edge: Edge) -> float:
        """Return the offset in the direction of the walk."""
        low, high = edge.offset(self.index)
        return high if self.sign > 0 else -low


@dataclass
class _Tarjan:
    """The state of Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972)."""

    edges: Edges
    order: dict[str, int] = field(default_factory=dict)
    low: dict[str, int] = field(default_factory=dict)
    open: dict[str, None] = field(default_factory=dict)
    found: list[list[str]] = field(default_factory=list)

    def visit(self, start: str) -> None:
        """Walk depth first from a node, with a stack in the place of recursion."""
        stack = [self._enter(start)]
        while stack:
            name, rest = stack[-1]
            after = next(rest, None)
            if after is None:
                stack.pop()
                self._leave(name, stack[-1][0] if stack else None)
            elif after not in self.order:
                stack.append(self._enter(after))
            elif after in self.open:
                self.low[name] = min(self.low[name], self.order[after])

    def _enter(self, name: str) -> tuple[str, Iterator[str]]:
        self.order[name] = self.low[name] = len(self.order)
        self.open[name] = None
        return name, (edge.producer for edge in self.edges[name] if edge.producer in self.edges)

    def _leave(self, name: str, before: str | None) -> None:
        if before is not None:
            self.low[before] = min(self.low[before], self.low[name])
        if self.low[name] != self.order[name]:
            return
        members = []
        while name in self.open:
            members.append(self.open.popitem()[0])
        if len(members) > 1 or any(edge.producer == name for edge in self.edges[name]):
            self.found.append(members)


def components(edges: Edges) -> list[list[str]]:
    """Return the strongly connected components that hold a cycle, in the order of `edges` outside and inside."""
    search = _Tarjan(edges)
    for start in edges:
        if start not in search.order:
            search.visit(start)
    place = {name: number for number, name in enumerate(edges)}
    found = [sorted(members, key=place.__getitem__) for members in search.found]
    return sorted(found, key=lambda members: place[members[0]])


def restrict(edges: Edges, members: Sequence[str], keep: Callable[[Edge], bool] | None = None) -> dict[str, list[Edge]]:
    """Return the graph of some nodes, with the edges among them that are to be kept."""
    inside = set(members)
    return {
        name: [edge for edge in edges[name] if edge.producer in inside and (keep is None or keep(edge))]
        for name in members
    }


@dataclass(frozen=True, slots=True)
class Levels:
    """Potentials r with r[consumer] >= r[producer] + weight for every edge, or a cycle whose total is positive."""

    level: Mapping[str, float]
    cycle: list[Edge] | None


def find_levels(edges: Edges, weight: Weight) -> Levels:
    """Solve the difference constraints of a graph by Bellman and Ford's algorithm, with a queue.

    No path without a cycle weighs more than the largest positive weights of all nodes together, so a level beyond
    that proves a cycle with a positive total.
    """
    consumers: dict[str, list[Edge]] = {name: [] for name in edges}
    bound = 0.0
    for leaving in edges.values():
        bound += max((0.0, *(weight(edge) for edge in leaving)))
        for edge in leaving:
            consumers[edge.producer].append(edge)
    level = dict.fromkeys(edges, 0.0)
    best: dict[str, Edge] = {}
    waiting = deque(edges)
    queued = set(edges)
    while waiting:
        name = waiting.popleft()
        queued.discard(name)
        for edge in consumers[name]:
            raised = level[name] + weight(edge)
            if raised <= level[edge.consumer]:
                continue
            level[edge.consumer], best[edge.consumer] = raised, edge
            if raised > bound:
                return Levels(level, _walk_back(best, edge.consumer))
            if edge.consumer not in queued:
                queued.add(edge.consumer)
                waiting.append(edge.consumer)
    return Levels(level, None)


def cycle_through(edge: Edge, edges: Edges) -> list[Edge]:
    """Return a shortest cycle that begins with `edge`, whose ends are in one component."""
    if edge.consumer == edge.producer:
        return [edge]
    came: dict[str, Edge] = {}
    waiting = deque([edge.producer])
    while waiting and edge.consumer not in came:
        name = waiting.popleft()
        for step in edges[name]:
            if step.producer not in came and step.producer != edge.producer:
                came[step.producer] = step
                waiting.append(step.producer)
    path: list[Edge] = []
    name = edge.consumer
    while name != edge.producer:
        path.append(came[name])
        name = came[name].consumer
    return [edge, *reversed(path)]


def _walk_back(best: Mapping[str, Edge], start: str) -> list[Edge]:
    """Return the cycle that following the best edges from `start` ends in."""
    seen: set[str] = set()
    name = start
    while name not in seen:
        seen.add(name)
        name = best[name].producer
    cycle = [best[name]]
    while cycle[-1].producer != name:
        cycle.append(best[cycle[-1].producer])
    return cycle
