"""The picture of a model: its named quantities at their points, and which of them each one needs.

The unfolded graph has an instance for every operation. What is not shown is passed through; families over fixed ranges
become one vertex at each point, unless the recurrence itself moves along the range.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Final, Protocol

from rnndsl.cli.selection import Key, Selection
from rnndsl.cli.view import View, check_points, lengths_of, structure_of
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.instances import Instance
from rnndsl.graph.node import ReadAt
from rnndsl.graph.unfold import unfold
from rnndsl.indices import Affine, Index
from rnndsl.viz.picture import Picture

#: What dimensions without a value are taken to be: the picture depends on them in fixed ranges only.
SMALL: Final = 2


class Unfolded(Protocol):
    """An unfolded graph, as far as it is read here."""

    def __iter__(self) -> Iterator[Instance]:
        """Go over the instances."""
        ...

    def predecessors(self, n: Instance) -> Iterable[Instance]:
        """Return what an instance needs."""
        ...


#: What every key needs, in an order of evaluation.
Needs = dict[Key, tuple[Key, ...]]


def make_picture(graph: RecurrenceGraph, view: View) -> Picture:
    """Unfold a graph and keep what is to be shown.

    Raises:
        UsageError: an option names what the model does not have, or asks for too much.
        DataError: RNN615 to RNN617, a structure is none.
    """
    lengths, structure = lengths_of(graph, view), structure_of(graph, view)
    check_points(graph, lengths, structure)
    selection = Selection.of(graph, view)
    closed = frozenset() if view.ranges or view.everything else _ranges(graph)
    needs, kept = _close(graph, unfold(graph, lengths, small_dims(graph, closed), 1, structure), closed)
    if kept != closed:  # what stays open is shown as long as it is
        needs, kept = _close(graph, unfold(graph, lengths, small_dims(graph, kept), 1, structure), kept)
    shown = _in_order(_shown_needs(needs, selection))
    if shown is None:
        raise AssertionError("a part of an order is one")
    labels = {key: selection.vertex(graph, key, kept) for key in shown}
    return Picture(
        graph.name,
        tuple(quantity.name for quantity in selection.shown.values()),
        {vertex.label: vertex for vertex in labels.values()},
        tuple((labels[source].label, labels[target].label) for target, sources in shown.items() for source in sources),
        {name: values[0] for name, values in lengths.items()},
        {name: values[0] for name, values in structure.items()},
    )


# Ranges ---------------------------------------------------------------------------------------------------------------


def _ranges(graph: RecurrenceGraph) -> frozenset[Index]:
    return frozenset(index for node in graph.nodes.values() for index in node.domain if not index.ragged)


def small_dims(graph: RecurrenceGraph, closed: Collection[Index]) -> dict[str, int]:
    """Return the dimensions to unfold with: as they are, or small where they only say how long a closed range is.

    A family of 128 has the same needs as one of a few, as long as every offset and fixed point lies inside both.
    """
    usual = {name: SMALL if value is None else value for name, value in graph.dims.items()}
    used = {dim for index in _ranges(graph) - set(closed) for dim in _dims(index)}
    enough = SMALL + sum({abs(number) for number in _constants(graph)})
    small = {
        name: min(value, enough) if name not in graph.fixed_dims | used else value for name, value in usual.items()
    }
    ranges = [index for index in closed if _dims(index)]
    fits = all(
        index.extent.evaluate(small) >= min(index.extent.evaluate(usual), enough)
        and index.low.evaluate(small) == index.low.evaluate(usual)
        for index in ranges
    )
    return small if fits else usual


def _dims(index: Index) -> frozenset[str]:
    return index.extent.dims | index.low.dims


def _constants(graph: RecurrenceGraph) -> Iterator[int]:
    """Yield the numbers in the accesses of reads, and the bounds of ranges that are numbers."""
    for node in graph.nodes.values():
        if isinstance(node.attr, ReadAt):
            yield from (access.offset for _, access in node.attr.at if isinstance(access, Affine))
    for index in _ranges(graph):
        yield from (end.value for end in (index.low, index.high) if end is not None and end.value is not None)


def _close(graph: RecurrenceGraph, unfolded: Unfolded, closed: frozenset[Index]) -> tuple[Needs, frozenset[Index]]:
    """Return what needs what with points of ranges taken together; a range along which a cycle moves stays open."""
    found = _ordered(graph, unfolded, closed)
    if found is None:
        closed = frozenset(index for index in closed if _ordered(graph, unfolded, {index}) is not None)
        found = _ordered(graph, unfolded, closed)
    if found is None:
        closed = frozenset()
        found = _ordered(graph, unfolded, closed)
    if found is None:
        raise AssertionError("an unfolded graph has no cycle")
    return found, closed


def _ordered(graph: RecurrenceGraph, unfolded: Unfolded, closed: Collection[Index]) -> Needs | None:
    """Return the needs in an order of evaluation, by point where it can be chosen; None if there is a cycle."""
    kept = {
        number: [place for place, index in enumerate(node.domain) if index not in closed]
        for number, node in graph.nodes.items()
    }
    keys = {at: (at.node, tuple(at.point[place] for place in kept[at.node])) for at in unfolded}
    needs: dict[Key, dict[Key, None]] = {key: {} for key in keys.values()}
    for at, key in keys.items():
        needs[key] |= dict.fromkeys(keys[source] for source in unfolded.predecessors(at))
    return _in_order(needs)


def _in_order(needs: Mapping[Key, Collection[Key]]) -> Needs | None:
    """Return an order of evaluation, by point where that leaves a choice; None if there is a cycle."""
    users: dict[Key, list[Key]] = {key: [] for key in needs}
    for key, sources in needs.items():
        for source in sources:
            users[source].append(key)
    waiting = {key: len(sources) for key, sources in needs.items()}
    ready = [_turn(key) for key, count in waiting.items() if not count]
    heapify(ready)
    order: Needs = {}
    while ready:
        _, point, number = heappop(ready)
        order[number, point] = tuple(sorted(needs[number, point], key=_turn))
        for user in users[number, point]:
            waiting[user] -= 1
            if not waiting[user]:
                heappush(ready, _turn(user))
    return order if len(order) == len(needs) else None


def _turn(key: Key) -> tuple[bool, tuple[int, ...], int]:
    """Order by point, then by node; what has no point, such as the loss, comes late."""
    return not key[1], key[1], key[0]


# Edges ----------------------------------------------------------------------------------------------------------------


def _shown_needs(needs: Needs, selection: Selection) -> dict[Key, list[Key]]:
    """Return who needs whom among what is shown; sets of vertices are whole numbers with a bit for each.

    What is not shown is passed through. What is far, behind an earlier value of a state that is not shown or behind the
    sums of the loss, counts only where no other way leads there: without `c` in the picture of an LSTM, x@1 leads to
    h@1 and on from there, though h@2, h@3, ... need it through c@1, too.
    """
    shown: list[Key] = []
    place: dict[Key, int] = {}
    near: dict[Key, int] = {}
    far: dict[Key, int] = {}
    above: list[int] = []
    found: dict[Key, list[Key]] = {}
    for key, sources in needs.items():
        near[key], far[key] = _gathered(sources, (near, far), selection.far, place)
        if key[0] in selection.shown:
            members = _members(near[key] | _needed(near[key], far[key], above))
            found[key] = [shown[k] for k in members]
            above.append(sum(1 << k for k in members))
            for k in members:
                above[-1] |= above[k]
            place[key] = len(shown)
            shown.append(key)
    return found


def _gathered(
    sources: Sequence[Key],
    known: tuple[Mapping[Key, int], Mapping[Key, int]],
    far_nodes: Collection[int],
    place: Mapping[Key, int],
) -> tuple[int, int]:
    """Return what is needed near and far."""
    near, far = 0, 0
    for source in sources:
        if source in place:
            near |= 1 << place[source]
        elif source[0] in far_nodes:
            far |= known[0][source] | known[1][source]
        else:
            near |= known[0][source]
            far |= known[1][source]
    return near, far


def _needed(near: int, far: int, above: Sequence[int]) -> int:
    """Return the members of `far` that no member of either set needs."""
    left, found = near | far, 0
    while left:
        last = left.bit_length() - 1  # nothing that is left needs the last one in the order of evaluation
        found |= 1 << last
        left &= ~(1 << last | above[last])
    return found & far


def _members(vertices: int) -> list[int]:
    found = []
    while vertices:
        lowest = vertices & -vertices
        found.append(lowest.bit_length() - 1)
        vertices ^= lowest
    return found
