"""Which models are legal: every cycle must move, in total, one way along some index.

For each strongly connected component of the dependence graph, the indices that all its nodes have are tried in turn.
An index is a direction when no cycle has a positive total offset along it (or none a negative one): difference
constraints, solved by Bellman and Ford's algorithm, tell. Cycles that stand still along it are what remains, and must
move along another index. (If an index is a direction at all, trying it first never spoils the rest, so there is no
search among orders.)
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.span import Span
from rnndsl.indices import Index
from rnndsl.semantics.cycles import Edges, components, cycle_through, find_levels, restrict
from rnndsl.semantics.dependence import ANYWHERE, HERE, Edge, Interval, find_dependence
from rnndsl.semantics.dims import Dims
from rnndsl.semantics.findings import Findings
from rnndsl.semantics.model import Model

_MOST_SHOWN = 12


def check_causality(model: Model, dims: Dims, findings: Findings) -> None:
    """Report every component of the dependence graph with a cycle that no order of evaluation fits."""
    graph = find_dependence(model, dims)
    for members in components(graph.edges):
        common = set(graph.domains[members[0]])
        for name in members[1:]:
            common &= set(graph.domains[name])
        candidates = sorted(common, key=lambda index: index.sort_key)
        _check(restrict(graph.edges, members), candidates, findings)


def _check(edges: Edges, candidates: list[Index], findings: Findings) -> None:
    """Check one component; what stands still along one direction is checked along the others."""
    waiting = [(edges, candidates)]
    while waiting:
        current, left = waiting.pop()
        for index in left:
            still = _standing(current, index)
            if still is not None:
                rest = [other for other in left if other != index]
                waiting.extend((restrict(still, members), rest) for members in components(still))
                break
        else:
            _report(current, left, findings)


def _standing(edges: Edges, index: Index) -> Edges | None:
    """Return the edges of cycles that stand still along `index`, None if cycles go both ways."""
    for sign in (1, -1):
        worst = _Worst(index, sign)
        if any(worst(edge) == math.inf for leaving in edges.values() for edge in leaving):
            continue
        found = find_levels(edges, worst)
        if found.cycle is None:
            return {
                name: [edge for edge in leaving if found.level[name] == found.level[edge.producer] + worst(edge)]
                for name, leaving in edges.items()
            }
    return None


@dataclass(frozen=True, slots=True)
class _Worst:
    """The offset of an edge along an index that is hardest for walking it upwards (sign 1) or downwards (-1)."""

    index: Index
    sign: int

    def __call__(self, edge: Edge) -> float:
        low, high = edge.offset(self.index)
        return high if self.sign > 0 else -low


# Reporting -----------------------------------------------------------------------------------------------------------


def _report(edges: Edges, left: list[Index], findings: Findings) -> None:
    """Record one finding for a component, with a cycle that shows it."""
    still = restrict(edges, list(edges), lambda edge: edge.here)
    for members in components(still):
        inside = restrict(still, members)
        _no_step(cycle_through(inside[members[0]][0], inside), findings)
        return
    leaving = [edge for edges_of_one in edges.values() for edge in edges_of_one]
    for edge in leaving:
        if all(edge.offset(index) == ANYWHERE for index in left) and not edge.bounded:
            _whole(cycle_through(edge, edges), findings)
            return
    for index in left:
        up, down = (_turning(edges, _Worst(index, sign)) for sign in (1, -1))
        if up is not None and down is not None:
            _both_ways(up, down, index, findings)
            return
    _no_step(cycle_through(leaving[0], edges), findings)


def _turning(edges: Edges, worst: _Worst) -> list[Edge] | None:
    """Return a cycle that keeps an index from being walked one way, None if none does."""
    for leaving in edges.values():
        for edge in leaving:
            if worst(edge) == math.inf:
                return cycle_through(edge, edges)
    return find_levels(edges, worst).cycle


def _no_step(cycle: list[Edge], findings: Findings) -> None:
    message = f"{_path(cycle)}: no step separates them"
    way = "read one of them one step back, for example at `t-1`"
    findings.error("RNN410", message, cycle[0].span, way=way, labels=_labels(cycle))


def _both_ways(up: list[Edge], down: list[Edge], index: Index, findings: Findings) -> None:
    message = f"{_path(up)} and {_path(down)}: `{index.name}` can be walked neither up nor down"
    way = "use two quantities, one for each direction, and join them where they are read"
    findings.error("RNN411", message, down[0].span, way=way, labels=_labels([*down, *up]))


def _whole(cycle: list[Edge], findings: Findings) -> None:
    message = f"{_path(cycle)}: it needs points that come only after it"
    if cycle[0].why:
        message += f" (because of {cycle[0].why})"
    way = "read a bounded number of steps back instead, or carry what is needed in a state"
    findings.error("RNN412", message, cycle[0].span, way=way, labels=_labels(cycle))


def _labels(cycle: list[Edge]) -> tuple[Label, ...]:
    places: dict[Span, Label] = {}
    for edge in cycle[:_MOST_SHOWN]:
        if edge.span != cycle[0].span:
            places.setdefault(edge.span, Label(edge.span, f"`{edge.consumer}` needs `{edge.producer}` here"))
    return tuple(places.values())


def _path(cycle: list[Edge]) -> str:
    """Print `h[t]` needs `z[t-1]` needs `h[t-1]`, offsets added up along the way."""
    totals: dict[Index, float] = dict.fromkeys(cycle[0].offsets, 0.0)
    steps = [_point(cycle[-1].producer, dict.fromkeys(cycle[-1].offsets, HERE))]
    for edge in cycle:
        where: dict[Index, Interval] = {}
        for index, (low, high) in edge.offsets.items():
            totals[index] = totals.get(index, 0.0) + low if low == high else math.nan
            where[index] = (totals[index], totals[index])
        steps.append(_point(edge.producer, where))
    if len(steps) > _MOST_SHOWN:
        steps = [*steps[: _MOST_SHOWN // 2], "...", *steps[-_MOST_SHOWN // 2 :]]
    return " needs ".join(steps)


def _point(name: str, where: Mapping[Index, Interval]) -> str:
    """Print a node at a distance along each of its indices, `*` where there is no one distance."""
    points = [
        "*" if not math.isfinite(offset) else f"{index.name}{offset:+.0f}" if offset else index.name
        for index, (offset, _) in where.items()
    ]
    return f"`{name}[{', '.join(points)}]`" if points else f"`{name}`"
