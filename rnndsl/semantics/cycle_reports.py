"""What is said of a cycle that no order of evaluation fits: the path with its places, and a way out."""

import math
from collections.abc import Mapping
from typing import Final

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.span import Span
from rnndsl.indices import Index, Kind
from rnndsl.semantics.cycles import Edges, Worst, components, cycle_through, find_levels, restrict
from rnndsl.semantics.dependence import ANYWHERE, HERE, Edge, Interval
from rnndsl.semantics.findings import Findings

_MOST_SHOWN: Final = 12
_NO_INDEX: Final = "only along an index can a quantity need itself, one point back: `h[t] = f(h[t-1])`"
_FURTHEST: Final = 4


def report_cycle(edges: Edges, left: list[Index], findings: Findings) -> None:
    """Record one finding for a component that has no direction among the indices `left`, with a cycle that shows it."""
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
        up, down = (_turning(edges, Worst(index, sign)) for sign in (1, -1))
        if up is not None and down is not None:
            _both_ways(up, down, index, findings)
            return
    _no_step(cycle_through(leaving[0], edges), findings)


def _turning(edges: Edges, worst: Worst) -> list[Edge] | None:
    """Return a cycle that keeps an index from being walked one way, None if none does."""
    for leaving in edges.values():
        for edge in leaving:
            if worst(edge) == math.inf or (worst.index.structured and worst(edge) > 0):
                return cycle_through(edge, edges)
    return find_levels(edges, worst).cycle


def _no_step(cycle: list[Edge], findings: Findings) -> None:
    message = f"{_path(cycle)}: no step separates them"
    tree = _structure(cycle)
    step = next((index for edge in cycle for index in edge.offsets if index.ragged and not index.structured), None)
    way = f"read one of them one step back, for example at `{step.name}-1`" if step is not None else _NO_INDEX
    if tree is not None:
        parent = ", or at the parent" if tree.kind is Kind.TREE else ""
        way = f"read one of them at the children of `{tree.name}`{parent}"
    findings.error("RNN410", message, cycle[0].span, way=way, labels=_labels(cycle))


def _both_ways(up: list[Edge], down: list[Edge], index: Index, findings: Findings) -> None:
    labels = _labels([*down, *up])
    if not index.structured:
        message = f"{_path(up)} and {_path(down)}: `{index.name}` can be walked neither up nor down"
        way = "use two quantities, one for each direction, and join them where they are read"
        findings.error("RNN411", message, down[0].span, way=way, labels=labels)
    elif math.isinf(Worst(index, 1)(up[0])):
        _whole(up, findings)
    else:
        both = any(Worst(index, 1)(edge) > 0 for edge in down)
        message = _path(down) if both else f"{_path(down)}, and {_path(up)}"
        message += ": children and parents would each have to come first"
        way = "use two quantities, one from the leaves and one from the root, of which only one reads the other"
        findings.error("RNN419", message, down[0].span, way=way, labels=labels)


def _whole(cycle: list[Edge], findings: Findings) -> None:
    message = f"{_path(cycle)}: it needs points that come only after it"
    if cycle[0].why:
        message += f" (because of {cycle[0].why})"
    way = "read a bounded number of steps back instead, or carry what is needed in a state"
    if cycle[0].why == "a cyclic range":
        way = "a cyclic range has no first point to begin at: use a range such as `1..n`, or read another quantity"
    if _structure(cycle) is not None:
        way = "read the children only, for example `sum(h[k] over k)`, or what does not depend on it"
    findings.error("RNN412", message, cycle[0].span, way=way, labels=_labels(cycle))


def _structure(cycle: list[Edge]) -> Index | None:
    """Return the first tree or dag of a cycle."""
    return next((index for edge in cycle for index in edge.offsets if index.structured), None)


def _labels(cycle: list[Edge]) -> tuple[Label, ...]:
    places: dict[Span, Label] = {}
    for edge in cycle[:_MOST_SHOWN]:
        if edge.span != cycle[0].span:
            places.setdefault(edge.span, Label(edge.span, f"`{edge.consumer}` needs `{edge.producer}` here"))
    return tuple(places.values())


def _path(cycle: list[Edge]) -> str:
    """Print `h[t]` needs `z[t-1]` needs `h[t-1]`, offsets added up along the way."""
    start = {index: index.name for index in cycle[-1].offsets}
    totals: dict[Index, float] = dict.fromkeys(start, 0.0)
    nodes: dict[Index, tuple[str, ...]] = {}
    steps = [_point(cycle[-1].producer, start)]
    for edge in cycle:
        where: dict[Index, str] = {}
        for index, interval in edge.offsets.items():
            if index.structured:
                nodes[index] = _relative(nodes.get(index, ()), interval)
                where[index] = " of ".join((*nodes[index], index.name))
            else:
                low, high = interval
                totals[index] = totals.get(index, 0.0) + low if low == high else math.nan
                where[index] = _shifted(index, totals[index])
        steps.append(_point(edge.producer, where))
    if len(steps) > _MOST_SHOWN:
        steps = [*steps[: _MOST_SHOWN // 2], "...", *steps[-_MOST_SHOWN // 2 :]]
    return " needs ".join(steps)


def _relative(node: tuple[str, ...], interval: Interval) -> tuple[str, ...]:
    """Return the node that a step leads to: the parent of a child is the node itself."""
    if interval == ANYWHERE:
        return ("any node",)
    if interval == HERE or node[:1] in {("any node",), ("distant node",)}:
        return node
    if interval[0] > 0 and node[:1] == ("child",):
        return node[1:]
    word = "child" if interval[0] < 0 else "parent"
    return (word, *node) if len(node) < _FURTHEST else ("distant node",)


def _shifted(index: Index, offset: float) -> str:
    """Print a point at a distance, `*` where there is no one distance."""
    return "*" if not math.isfinite(offset) else f"{index.name}{offset:+.0f}" if offset else index.name


def _point(name: str, where: Mapping[Index, str]) -> str:
    return f"`{name}[{', '.join(where.values())}]`" if where else f"`{name}`"
