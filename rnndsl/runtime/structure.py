"""Trees and dags that come with the data: checked once for the whole batch, before anything runs.

The structure of an example is, for every node, the ordered list of its children: positions of nodes, from 0, in any
order of nodes. All checks run on one flat list of the batch's edges.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.diagnostics.suggest import nearest
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.indices import Index, Kind, Root

Array = NDArray[np.intp]
Children = Sequence[Sequence[int]]
Structure = Mapping[str, Sequence[Any]]  # by tree or dag, the children of all examples

#: How many nodes of a cycle, and how many characters of a value, an error shows.
SHOWN: Final = 8
QUOTED: Final = 40


@dataclass(frozen=True)
class Edges:
    """The structure of a batch: edges in the order of the data, each from a parent to a child.

    Nodes are numbered through the whole batch; `where` names an example in messages.
    """

    index: Index
    where: Callable[[int], str]
    nodes: Array  # per example: how many nodes
    counts: Array  # per node: how many children
    children: Array  # per edge

    @cached_property
    def starts(self) -> Array:
        """For every example the number of its first node."""
        return np.cumsum(self.nodes) - self.nodes

    @cached_property
    def parents(self) -> Array:
        """For every edge the parent."""
        return np.repeat(np.arange(self.counts.size), self.counts)

    @cached_property
    def users(self) -> Array:
        """For every node how many edges lead to it."""
        return np.bincount(self.children, minlength=self.counts.size)

    @cached_property
    def sums(self) -> Array:
        """For every example how many edges it has."""
        before = np.concatenate([[0], np.cumsum(self.counts)])
        return np.asarray(before[self.starts + self.nodes] - before[self.starts], np.intp)

    def place(self, node: int) -> tuple[str, int]:
        """Return the name of a node's example, and its position there."""
        example = int(np.searchsorted(self.starts, node, side="right")) - 1
        return self.where(example), node - int(self.starts[example])


class Forest(list[Children]):
    """The children of all examples, and beside them all in one list, `flat`: as generated modules would count them."""

    def __init__(self, examples: Sequence[Children], edges: Edges) -> None:
        """Keep what was found when they were checked; what is cut from the list has nothing beside it."""
        super().__init__(examples)
        places = edges.children - np.repeat(edges.starts, edges.sums)
        self.flat = {"nodes": edges.nodes, "children": edges.counts, "places": places}


def bind_structure(
    graph: RecurrenceGraph, given: Structure | None
) -> tuple[dict[str, Sequence[Children]], dict[str, Array]]:
    """Check what a call says of the model's trees and dags; also return the number of nodes and edges per example.

    Raises:
        DataError: RNN615 to RNN617.
    """
    known = trees(graph)
    found = _named({index.name: index for index in known}, given)
    counts: dict[str, Array] = {}
    for tree, rooted in known.items():
        edges = check_structure(tree, found[tree.name], rooted=rooted)
        found[tree.name] = Forest(found[tree.name], edges)
        counts[tree.name] = edges.nodes
        counts |= {index.name: edges.sums for index in graph.indices if index.of == tree}
    return found, counts


def trees(graph: RecurrenceGraph) -> dict[Index, bool]:
    """Return the model's trees and dags; true are those of which every example must have one root."""
    if not any(index.structured for index in graph.indices):
        return {}
    reads = [node.attr for node in graph.nodes.values() if isinstance(node.attr, ReadAt)]
    asked = {index for read in reads for index, access in read.at if isinstance(access, Root)}
    return {index: index.kind is Kind.TREE or index in asked for index in graph.indices if index.structured}


def check_structure(
    index: Index,
    examples: Sequence[Children],
    *,
    rooted: bool,
    where: Callable[[int], str] = "example {}".format,
) -> Edges:
    """Check the structure of all examples along a tree or dag; `rooted` asks for one root.

    Raises:
        DataError: RNN615 (positions), RNN616 (a cycle), RNN617 (parents and roots).
    """
    edges = _flatten(index, examples, where)
    _require_acyclic(edges)
    if index.kind is Kind.TREE:
        _require_one_parent(edges)
    if rooted:
        _require_one_root(edges)
    return edges


def _named(known: Mapping[str, Index], given: Structure | None) -> dict[str, Sequence[Children]]:
    if given is not None and not isinstance(given, Mapping):
        raise _wrong("the structure is no dictionary by the name of the tree or dag")
    for name in given or {}:
        if name not in known:
            near = nearest(name, list(known))
            listed = ", ".join(f"`{tree}`" for tree in known) or "none"
            way = f"did you mean `{near}`?" if near else f"its trees and dags are {listed}"
            raise DataError.of("RNN615", f"`{name}` is not a tree or dag of the model", help=way)
    for name, index in known.items():
        if given is None or name not in given:
            raise _wrong(f"the structure of the {index.kind} `{name}` is missing", name)
    return {name: given[name] for name in known} if given else {}


# Positions ------------------------------------------------------------------------------------------------------------


def _flatten(index: Index, examples: Sequence[Children], where: Callable[[int], str]) -> Edges:
    """Make one list of all edges.

    Raises:
        DataError: RNN615, something is no list, no whole number, or no node of its example.
    """
    name = index.name
    if not _is_list(examples):
        raise _wrong(f"the structure of `{name}` is {_short(examples)}, expected one entry per example", name)
    odd = _first_odd(examples)
    if odd is not None:
        message = f"{where(odd)}: the structure of `{name}` is {_short(examples[odd])}, expected a list per node"
        raise _wrong(message, name)
    nodes = np.fromiter(map(len, examples), np.intp, len(examples))
    if not nodes.all():
        example = int(np.argmin(nodes))
        raise _wrong(f"{where(example)} has no node along `{name}`, expected at least one", name)
    lists: list[Sequence[int]] = list(chain.from_iterable(examples))
    empty = np.zeros(0, np.intp)
    odd = _first_odd(lists)
    if odd is not None:
        who, node = Edges(index, where, nodes, empty, empty).place(odd)
        message = f"{who}: the children of node {node} of `{name}` are {_short(lists[odd])}, expected a list"
        raise _wrong(message, name)
    counts = np.fromiter(map(len, lists), np.intp, len(lists))
    return _numbered(Edges(index, where, nodes, counts, empty), list(chain.from_iterable(lists)))


def _numbered(edges: Edges, positions: list[int]) -> Edges:
    """Turn positions within examples into numbers of nodes."""
    if not all(_is_whole(kind) for kind in set(map(type, positions))):
        bad = next(k for k, position in enumerate(positions) if not _is_whole(type(position)))
        raise _bad_position(edges, bad, positions[bad], "a position is a whole number")
    try:
        local = np.array(positions, dtype=np.intp)
    except OverflowError:  # no example has that many nodes
        local = np.array([min(max(int(position), -1), np.iinfo(np.intp).max) for position in positions], dtype=np.intp)
    start = np.repeat(np.repeat(edges.starts, edges.nodes), edges.counts)
    size = np.repeat(np.repeat(edges.nodes, edges.nodes), edges.counts)
    outside = (local < 0) | (local >= size)
    if outside.any():
        bad = int(np.argmax(outside))
        raise _bad_position(edges, bad, positions[bad], f"the nodes are 0 to {int(size[bad]) - 1}")
    return Edges(edges.index, edges.where, edges.nodes, edges.counts, local + start)


def _bad_position(edges: Edges, edge: int, position: object, expected: str) -> DataError:
    who, node = edges.place(int(edges.parents[edge]))
    message = f"{who}: node {node} of `{edges.index.name}` has child {_short(position)}, but {expected}"
    way = "positions count from 0 in the order of the nodes; nothing counts from the end"
    return DataError.of("RNN615", message, help=way)


def _first_odd(items: Sequence[Any]) -> int | None:
    """Return the place of the first item that is no list, tuple or array."""
    if set(map(type, items)) <= {list, tuple}:
        return None
    return next((place for place, item in enumerate(items) if not _is_list(item)), None)


def _is_list(item: object) -> bool:
    return isinstance(item, list | tuple) or (isinstance(item, np.ndarray) and item.ndim > 0)


def _is_whole(kind: type) -> bool:
    return issubclass(kind, int | np.integer) and not issubclass(kind, bool)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}..."


def _wrong(message: str, name: str = "n") -> DataError:
    way = (
        f'give for every example, for every node, the list of its children: structure={{"{name}": [[[1, 2], [], []]]}}'
    )
    return DataError.of("RNN615", message, help=way)


# Shape ----------------------------------------------------------------------------------------------------------------


def _require_acyclic(edges: Edges) -> None:
    """Take nodes away whose children are all gone, front by front; what stays is on a cycle or above one (Kahn 1962).

    Raises:
        DataError: RNN616, with the cycle.
    """
    rises = edges.children > edges.parents
    if rises.all() or not (rises | (edges.children == edges.parents)).any():
        return  # the nodes stand in an order, parents first or children first
    left = edges.counts.copy()
    order = np.argsort(edges.children, kind="stable")
    above = edges.parents[order]
    ends = np.cumsum(edges.users)
    ready = np.flatnonzero(left == 0)
    while ready.size:
        sizes = edges.users[ready]
        first = ends[ready] - np.cumsum(sizes)  # so that adding 0, 1, 2, ... gives each node's own edges
        leaving = above[np.repeat(first, sizes) + np.arange(int(sizes.sum()))]
        np.subtract.at(left, leaving, 1)
        ready = np.unique(leaving[left[leaving] == 0])
    if left.any():
        raise _cyclic(edges, left > 0)


def _cyclic(edges: Edges, stuck: NDArray[np.bool_]) -> DataError:
    """Walk down from a node that cannot be evaluated until a node comes again."""
    path = [int(np.argmax(stuck))]
    while path.count(path[-1]) == 1:
        below = edges.children[edges.parents == path[-1]]
        path.append(int(below[stuck[below]][0]))
    ring = path[path.index(path[-1]) : -1]
    turn = ring.index(min(ring))
    ring = ring[turn:] + ring[:turn]
    who, first = edges.place(ring[0])
    if len(ring) == 1:
        return DataError.of("RNN616", f"{who}: node {first} of `{edges.index.name}` is its own child")
    numbers = [str(edges.place(node)[1]) for node in ring]
    numbers[SHOWN:] = ["..."] if len(ring) > SHOWN else []
    route = " -> ".join([*numbers, str(first)])
    message = f"{who}: nodes of `{edges.index.name}` are children of one another: {route}"
    return DataError.of("RNN616", message, help="children come before their parents, so none may lead back")


def _require_one_parent(edges: Edges) -> None:
    """Refuse a tree in which a node is a child twice.

    Raises:
        DataError: RNN617.
    """
    if not edges.children.size or int(edges.users.max()) < 2:
        return
    child = int(np.argmax(edges.users > 1))
    who, node = edges.place(child)
    one, other = (edges.place(int(parent))[1] for parent in edges.parents[edges.children == child][:2])
    which = f"twice a child of node {one}" if one == other else f"a child of node {one} and of node {other}"
    message = f"{who}: node {node} of `{edges.index.name}` is {which}; in a tree a node has one parent"
    raise DataError.of("RNN617", message, help=f"write `index {edges.index.name} : dag` where nodes are shared")


def _require_one_root(edges: Edges) -> None:
    """Refuse an example in which several nodes are nobody's child (without a cycle there is always one).

    Raises:
        DataError: RNN617.
    """
    roots = np.flatnonzero(edges.users == 0)
    if roots.size == edges.nodes.size:
        return
    owners = np.searchsorted(edges.starts, roots, side="right") - 1
    example = int(np.argmax(np.bincount(owners, minlength=edges.nodes.size) > 1))
    numbers = [str(int(root - edges.starts[example])) for root in roots[owners == example]]
    listed = ", ".join(numbers[:SHOWN]) + (", ..." if len(numbers) > SHOWN else "")
    reason = "a tree has one root" if edges.index.kind is Kind.TREE else "the model asks for the one root"
    message = f"{edges.where(example)}: nodes {listed} of `{edges.index.name}` are nobody's child, but {reason}"
    raise DataError.of("RNN617", message, help="give one example per tree, or join them under one node")
