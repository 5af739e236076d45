"""Drawing directed graphs in layers, what is needed below what needs it (Sugiyama, Tagawa & Toda 1981).

Edges that would close a circle are turned around, layers come from the longest ways, long edges get a bend in every
layer between, crossings become few by medians, and places are least squares under the order of each layer.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

#: Sweeps over the layers that order them, and that place what is ordered.
ORDERING: Final = 24
PLACING: Final = 60
#: Of so many steps of edges on, there are fewer sweeps.
LARGE: Final = 2000
STRAIGHTENING: Final = 3
#: How much higher an edge climbs that runs across, up to twice as much room.
SLOPE: Final = 0.08
INFINITE: Final = float("inf")
#: How much straighter edges are drawn between two bends than between two nodes.
STRAIGHT: Final = 8.0
#: Room between neighbours, and that which a bend takes.
GAP: Final = 16.0
BEND: Final = 8.0


class Size(NamedTuple):
    """How far a node reaches to the left and right of its place, and how high it is."""

    left: float
    right: float
    height: float


class Edge(NamedTuple):
    """An edge that leaves and enters so far beside the places of its ends; a `back` edge may be turned around.

    `room` is how much of it is needed on the right of its bends.
    """

    source: str
    target: str
    leave: float = 0.0
    enter: float = 0.0
    back: bool = False
    room: float = BEND


class Row(NamedTuple):
    """A layer: from where to where it reaches, upward."""

    low: float
    high: float


@dataclass(frozen=True)
class Layout:
    """Places of nodes, x to the right and y upward, the row of every node, and the bends of every edge."""

    places: Mapping[str, tuple[float, float]]
    rows: tuple[Row, ...]
    row_of: Mapping[str, int]
    bends: Mapping[Edge, tuple[tuple[int, float], ...]]
    turned: frozenset[Edge]


def lay_out(
    sizes: Mapping[str, Size],
    edges: Sequence[Edge],
    *,
    first: Collection[str] = (),
    last: Collection[str] = (),
    between: float = 40.0,
) -> Layout:
    """Return where nodes stand; those that are `first` at the bottom, those that are `last` on top.

    `between` is the room between two layers.
    """
    turned = _turned(sizes, edges)
    up = [edge._replace(source=edge.target, target=edge.source, leave=edge.enter, enter=edge.leave)
          if edge in turned else edge for edge in edges]  # fmt: skip
    levels = _levels(sizes, up, first, last)
    net = _Net(dict(sizes), levels)
    chains = [net.chain(edge, number) for number, edge in enumerate(up)]
    net.outer = {bend for edge, chain in zip(edges, chains, strict=True) if edge in turned for bend in chain}
    net.order()
    net.place()
    net.straighten(chains)
    rows = net.rows(between)
    ends = {edge.source for edge in up}, {edge.target for edge in up}
    places = {name: (net.x[name], _height(rows[levels[name]], sizes[name].height, name, ends)) for name in sizes}
    bends = {
        edge: tuple((net.levels[bend], net.x[bend]) for bend in chain)
        for edge, chain in zip(edges, chains, strict=True)
    }
    return Layout(places, rows, levels, bends, frozenset(turned))


def _height(row: Row, height: float, name: str, ends: tuple[set[str], set[str]]) -> float:
    """Return how high a node stands in its row: what only leads up at the top of it, what only ends at the bottom."""
    low, high = row.low + height / 2, row.high - height / 2
    needed, needy = name in ends[0], name in ends[1]
    return (low + high) / 2 if needed == needy else high if needed else low


# Layers ---------------------------------------------------------------------------------------------------------------


def _turned(sizes: Mapping[str, Size], edges: Sequence[Edge]) -> set[Edge]:
    """Return edges without which there is no circle; edges that may go back are tried last."""
    after: dict[str, list[str]] = {name: [] for name in sizes}
    turned = set()
    for edge in sorted(edges, key=lambda edge: edge.back):
        if edge.source == edge.target or _leads(after, edge.target, edge.source):
            turned.add(edge)
            after[edge.target].append(edge.source)
        else:
            after[edge.source].append(edge.target)
    return turned


def _leads(after: Mapping[str, Sequence[str]], start: str, end: str) -> bool:
    found, stack = {start}, [start]
    while stack:
        for name in after[stack.pop()]:
            if name not in found:
                found.add(name)
                stack.append(name)
    return end in found


def _levels(
    sizes: Mapping[str, Size], edges: Sequence[Edge], first: Collection[str], last: Collection[str]
) -> dict[str, int]:
    """Return the length of the longest way to every node; what needs nothing stands just below what needs it."""
    below: dict[str, list[str]] = {name: [] for name in sizes}
    above: dict[str, list[str]] = {name: [] for name in sizes}
    for edge in edges:
        below[edge.target].append(edge.source)
        above[edge.source].append(edge.target)
    levels: dict[str, int] = {}
    for name in _upward(below):
        start = 0 if name in first or not first else 1
        levels[name] = max((levels[each] + 1 for each in below[name]), default=start)
    for name in reversed(_upward(below)):
        if above[name] and len(above[name]) >= len(below[name]) and name not in first:
            levels[name] = max(levels[name], min(levels[each] for each in above[name]) - 1)
    top = max((level for name, level in levels.items() if name not in last), default=0)
    return levels | dict.fromkeys(last, top + 1)


def _upward(below: Mapping[str, Sequence[str]]) -> list[str]:
    """Return an order with what is needed first."""
    order: dict[str, None] = {}
    stack = list(below)[::-1]
    while stack:
        waiting = [name for name in below[stack[-1]] if name not in order]
        stack.extend(reversed(waiting))
        if not waiting:
            order.setdefault(stack.pop())
    return list(order)


# Order and places -----------------------------------------------------------------------------------------------------


class _Tie(NamedTuple):
    """One step of an edge from a layer to the next."""

    low: str
    high: str
    leave: float
    enter: float


@dataclass
class _Net:
    """Nodes and bends in layers."""

    sizes: dict[str, Size]
    levels: dict[str, int]
    ties: list[_Tie] = field(default_factory=list)
    layers: list[list[str]] = field(default_factory=list)
    x: dict[str, float] = field(default_factory=dict)
    bends: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Keep the levels of nodes apart from those of bends."""
        self.levels = dict(self.levels)

    def chain(self, edge: Edge, number: int) -> list[str]:
        """Add an edge with a bend in every layer between its ends; return the bends."""
        low, high = self.levels[edge.source], self.levels[edge.target]
        bends = [f"{number}:{level}" for level in range(low + 1, high)]  # no name of a quantity has a colon
        for bend, level in zip(bends, range(low + 1, high), strict=True):
            self.levels[bend] = level
            self.sizes[bend] = Size(BEND, edge.room, 0.0)
        self.bends |= set(bends)
        ends = [edge.source, *bends, edge.target]
        for k, (one, other) in enumerate(pairwise(ends)):
            self.ties.append(_Tie(one, other, edge.leave if k == 0 else 0.0, edge.enter if k == len(bends) else 0.0))
        return bends

    def order(self) -> None:
        """Order every layer so that few edges cross; edges that lead back stand on the right, or all on the left."""
        start: list[list[str]] = [[] for _ in range(max(self.levels.values(), default=-1) + 1)]
        for name in self._deep():
            start[self.levels[name]].append(name)
        found: list[tuple[int, int, list[list[str]]]] = []
        for side in (1, -1) if self.outer else (1,):
            self.layers = [list(layer) for layer in start]
            for sweep in range(self._sweeps(ORDERING)):
                for level in range(len(self.layers)) if sweep % 2 == 0 else range(len(self.layers))[::-1]:
                    self._sort(level, side, upward=sweep % 2 == 0)
                found.append((self.crossings(), len(found), [list(layer) for layer in self.layers]))
        self.layers = min(found)[2]

    def _sweeps(self, usual: int) -> int:
        """Return how often to go over the layers: less often if there is very much."""
        return usual if len(self.ties) < LARGE else max(4, usual * LARGE // (2 * len(self.ties)))

    def _deep(self) -> list[str]:
        """Return the names so that what belongs together is side by side."""
        near: dict[str, list[str]] = {name: [] for name in self.levels}
        for tie in self.ties:
            near[tie.low].append(tie.high)
            near[tie.high].append(tie.low)
        order: dict[str, None] = {}
        for start in sorted(self.levels, key=lambda name: self.levels[name]):
            stack = [start]
            while stack:
                name = stack.pop()
                if name not in order:
                    order[name] = None
                    stack.extend(each for each in reversed(near[name]) if each not in order)
        return list(order)

    def _ranks(self, levels: range) -> dict[str, int]:
        return {name: place for level in levels for place, name in enumerate(self.layers[level])}

    def _sort(self, level: int, side: int, *, upward: bool) -> None:
        """Order a layer by the means of its neighbours below, or above; what leads back is outermost on a side."""
        ranks = self._ranks(range(max(0, level - 1), min(level + 2, len(self.layers))))
        means: dict[str, list[float]] = {name: [] for name in self.layers[level]}
        for tie in self.steps[level - 1] if upward and level else () if upward else self.steps[level]:
            if upward:
                means[tie.high].append(ranks[tie.low] + self._share(tie.low, tie.leave))
            else:
                means[tie.low].append(ranks[tie.high] + self._share(tie.high, tie.enter))
        layer = self.layers[level]
        wished = {name: sum(means[name]) / len(means[name]) if means[name] else float(ranks[name]) for name in layer}
        layer.sort(key=lambda name: (side * (name in self.outer), wished[name], ranks[name]))

    def _share(self, name: str, shift: float) -> float:
        """Return a place within a node as a part of a rank."""
        size = self.sizes[name]
        return 0.8 * shift / max(1.0, size.left + size.right)

    def crossings(self) -> int:
        """Return how many edges cross: pairs whose ends come in another order above than below."""
        ranks = self._ranks(range(len(self.layers)))
        found = 0
        for ties in self.steps:
            ends = sorted(
                (ranks[tie.low] + self._share(tie.low, tie.leave), ranks[tie.high] + self._share(tie.high, tie.enter))
                for tie in ties
            )
            above: list[float] = []
            for _, end in ends:
                place = bisect_right(above, end)
                found += len(above) - place
                above.insert(place, end)
        return found

    @cached_property
    def steps(self) -> list[list[_Tie]]:
        """The steps of edges by the layer that they lead up from."""
        found: list[list[_Tie]] = [[] for _ in range(max(self.levels.values(), default=-1) + 1)]
        for tie in self.ties:
            found[self.levels[tie.low]].append(tie)
        return found

    def place(self) -> None:
        """Place every layer, given its order, where its edges are short and straight."""
        for layer in self.layers:
            at = 0.0
            for name in layer:
                self.x[name] = at + self.sizes[name].left
                at = self.x[name] + self.sizes[name].right + GAP
        around: dict[str, list[tuple[str, float, float]]] = {name: [] for name in self.levels}
        for tie in self.ties:
            weight = STRAIGHT if {tie.low, tie.high} <= self.bends else 2.0 if {tie.low, tie.high} & self.bends else 1.0
            around[tie.low].append((tie.high, tie.enter - tie.leave, weight))
            around[tie.high].append((tie.low, tie.leave - tie.enter, weight))
        for sweep in range(self._sweeps(PLACING)):
            sides = range(len(self.layers)) if sweep % 2 == 0 else range(len(self.layers))[::-1]
            for level in sides:
                self._settle(level, around)

    def _settle(self, level: int, around: Mapping[str, Sequence[tuple[str, float, float]]]) -> None:
        """Move a layer to the least squares of its wishes, without changing its order."""
        layer = self.layers[level]
        offset, offsets = 0.0, []
        for place, name in enumerate(layer):
            if place:
                offset += self.sizes[layer[place - 1]].right + GAP + self.sizes[name].left
            offsets.append(offset)
        wishes = []
        for name, shift in zip(layer, offsets, strict=True):
            weight = sum(each for _, _, each in around[name])
            wish = sum((self.x[other] + by) * each for other, by, each in around[name]) / weight if weight else 0.0
            wishes.append((wish - shift if weight else self.x[name] - shift, weight or 0.01))
        for name, shift, value in zip(layer, offsets, _rising(wishes), strict=True):
            self.x[name] = value + shift

    def straighten(self, chains: Sequence[Sequence[str]]) -> None:
        """Move the bends of an edge onto one vertical line, where there is room for it."""
        for _ in range(STRAIGHTENING):
            for chain in chains:
                room = [self._room(bend) for bend in chain]
                low, high = max((low for low, _ in room), default=0.0), min((high for _, high in room), default=0.0)
                if low <= high:
                    mean = sum(self.x[bend] for bend in chain) / max(1, len(chain))
                    self.x |= dict.fromkeys(chain, min(max(mean, low), high))

    def _room(self, name: str) -> tuple[float, float]:
        """Return from where to where a member may stand between its neighbours."""
        layer = self.layers[self.levels[name]]
        place, size = layer.index(name), self.sizes[name]
        low, high = -INFINITE, INFINITE
        if place:
            low = self.x[layer[place - 1]] + self.sizes[layer[place - 1]].right + GAP + size.left
        if place + 1 < len(layer):
            high = self.x[layer[place + 1]] - self.sizes[layer[place + 1]].left - GAP - size.right
        return low, high

    def rows(self, between: float) -> tuple[Row, ...]:
        """Return the layers from below to above, farther apart where edges run far across."""
        across = [0.0] * len(self.layers)
        for tie in self.ties:
            run = abs(self.x[tie.low] + tie.leave - self.x[tie.high] - tie.enter)
            across[self.levels[tie.low]] = max(across[self.levels[tie.low]], run)
        found, low = [], 0.0
        for layer, run in zip(self.layers, across, strict=True):
            high = low + max((self.sizes[name].height for name in layer), default=0.0)
            found.append(Row(low, high))
            low = high + between + min(SLOPE * run, between)
        return tuple(found)


def _rising(wishes: Sequence[tuple[float, float]]) -> list[float]:
    """Return the numbers that never fall and are nearest to values with weights (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in wishes:
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, heavy, many), (other, weigh, more) = pools[-2:]
            pools[-2:] = [((one * heavy + other * weigh) / (heavy + weigh), heavy + weigh, many + more)]
    return [value for value, _, count in pools for _ in range(count)]
