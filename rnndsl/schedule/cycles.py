"""Which cycle keeps an equation in a loop: a value that it needs from another point, and the way back to that value."""

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.graph.unfold import Quantity, quantities
from rnndsl.indices import Access, Affine, Child, Index, here
from rnndsl.ops import Op


class Need(NamedTuple):
    """A value that an equation needs: the node of its equation, and how it is read, as in `h[t-1]`; "" at one point.

    `steps` tells reads at other points of sequences, trees and dags from those along ranges.
    """

    source: int
    read: str
    steps: bool


#: Where a value is read, by the indices that are not read at the point itself; of users of a child the tree's name.
Way = tuple[tuple[Index, Access | str], ...]


def find_cycles(graph: RecurrenceGraph) -> dict[str, str]:
    """Return for every equation in a cycle the shortest one, by name: `d[t-1] -> e -> alpha -> context -> d`.

    What stands before an arrow is needed by what stands behind it.
    """
    named = quantities(graph)
    parts = {node: place for place, part in enumerate(graph.components) for node in part if graph.is_cyclic(part)}
    nodes = {info.node for info in graph.equations.values() if info.node in parts}
    needs = {node: _needs(graph, node, named, parts) for node in sorted(nodes)}
    return {named[node].name: _written(found, named) for node in needs if (found := _shortest(node, needs))}


def _needs(
    graph: RecurrenceGraph, node: int, named: Mapping[int, Quantity], parts: Mapping[int, int]
) -> tuple[Need, ...]:
    """Walk back from an equation to the nearest ones of its cycle, the shortest way to each node on the way."""
    found: dict[Need, None] = {}
    waiting: deque[tuple[int, Way]] = deque([(node, ())])
    seen: set[int] = set()
    while waiting:
        user, way = waiting.popleft()
        for slot, operand in enumerate(graph.nodes[user].operands):
            if parts.get(operand) != parts[node]:
                continue
            on = _further(graph, user, way) if slot == 0 else way
            if operand in named:
                steps = any(index.ragged for index, _ in on)
                found[Need(operand, _read(named[operand], on), steps)] = None
            elif operand not in seen:
                seen.add(operand)
                waiting.append((operand, on))
    return tuple(found)


def _further(graph: RecurrenceGraph, user: int, way: Way) -> Way:
    """Return where the first operand of a node lies, seen from where the way began."""
    attr, known = graph.nodes[user].attr, dict(way)
    if isinstance(attr, ReadAt):
        for index, access in attr.at:
            known[index] = _composed(index, known.get(index), access)
    elif graph.nodes[user].op is Op.USES and isinstance(attr, Child):
        known[attr.of] = f"parents({attr.of.name})"
    return tuple((index, access) for index, access in known.items() if access != here(index))


def _composed(index: Index, before: Access | str | None, access: Access) -> Access | str:
    """Return a read of a read: steps add up."""
    steps = [each.offset for each in (before, access) if isinstance(each, Affine) and each.terms == ((index, 1),)]
    return Affine(((index, 1),), sum(steps)) if len(steps) == 2 else access


def _read(quantity: Quantity, way: Way) -> str:
    known = dict(way)
    indices = [index for index in quantity.domain if index.of is None or index.of not in known]
    if not any(index in known for index in indices):
        return ""
    return f"{quantity.name}[{', '.join(str(known.get(index, index.name)) for index in indices)}]"


def _shortest(node: int, needs: Mapping[int, tuple[Need, ...]]) -> list[tuple[Need, int]]:
    """Return the shortest way from an equation back to itself, as needs with their users, what is needed first."""
    before: dict[int, tuple[Need, int]] = {}
    waiting = deque([node])
    while waiting and node not in before:
        user = waiting.popleft()
        for need in sorted(needs[user], key=lambda need: not need.read):
            if need.source not in before:
                before[need.source] = (need, user)
                waiting.append(need.source)
    path = [before[node]] if node in before else []
    while path and path[-1][1] != node:
        path.append(before[path[-1][1]])
    return path


def _written(path: list[tuple[Need, int]], named: Mapping[int, Quantity]) -> str:
    """Print a cycle from a value of another point to the equation that is read there."""
    first = next((place for place, (need, _) in enumerate(path) if need.steps), 0)
    turned = path[first:] + path[:first]
    steps = [need.read or named[need.source].name for need, _ in turned]
    return " -> ".join([*steps, named[turned[0][0].source].name])
