"""Points of several indices and groups of rows, one by one in plain Python: what the prelude is compared with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.codegen.prelude import Points
from rnndsl.codegen.prelude_rows import Rows
from rnndsl.codegen.prelude_trees import Tree
from rnndsl.indices import Kind
from tests.graph.trees import random_structure

Forest = Sequence[Sequence[Sequence[int]]]
Place = tuple[int, ...]
Array = NDArray[Any]

#: Lengths of two sequences and the trees of four examples; some have nothing, and what is longest differs.
FIRST, SECOND = [3, 0, 5, 2], [2, 4, 0, 3]
TREES: Forest = [[[1, 2], [3], [], [4], []], [[]], [], [[], [0, 5], [], [1, 6], [], [4, 2], []]]
DAGS: Forest = [[[], [0, 0], [1, 0], [2, 1], [], [4, 3, 2]], [], [[1, 1], []], [[], [0], [1, 0], [2, 2], [1, 3]]]


def forest(kind: Kind, seed: int) -> Forest:
    """Draw trees or dags of up to nine nodes."""
    rng = np.random.default_rng(seed)
    return [random_structure(kind, rng, int(size)) for size in rng.integers(1, 10, 5)]


#: Two heights with as many nodes and as many edges each, that belong together in another way.
ALIKE: Forest = [[[5, 6], [7], [0], [1, 8], [2, 3], [], [], [], []]]

FORESTS: Mapping[str, Forest] = {
    **{f"trees {seed}": forest(Kind.TREE, seed) for seed in range(4)},
    **{f"dags {seed}": forest(Kind.DAG, seed) for seed in range(4)},
    "a chain": [[[1], [2], [3], []]],
    "a lone node": [[[]]],
    "nothing": [[], []],
    "several roots": [[[], [0], [], [2]]],
    "twice the same child": [[[1, 1], []], [[], [0, 0, 0]]],
}


def all_nodes(structure: Forest) -> list[tuple[int, int]]:
    """Return example and place of every node."""
    return [(e, place) for e, one in enumerate(structure) for place in range(len(one))]


def columns(pairs: Sequence[tuple[int, ...]], count: int) -> list[Array]:
    """Return pairs as arrays."""
    return list(np.array(pairs, dtype=np.intp).reshape(-1, count).T)


def height(children: Sequence[Sequence[int]], node: int) -> int:
    """Return the longest way from a node down to a leaf."""
    return max((1 + height(children, child) for child in children[node]), default=0)


@dataclass(frozen=True)
class Factor:
    """One factor of a layout: what `Rows` is told, and per example its points with the step of each."""

    names: tuple[str, ...]
    points: Points | Tree
    weight: int
    steps: Sequence[dict[Place, int]]

    @property
    def given(self) -> tuple[tuple[str, ...], Points | Tree, int]:
        """The argument of `Rows`."""
        return self.names, self.points, self.weight


def sequence(name: str, lengths: Sequence[int], weight: int) -> Factor:
    """Return a sequence, walked forward, backward or not at all."""
    steps: list[dict[Place, int]] = [
        {(t,): weight * t if weight >= 0 else weight * (t + 1 - n) for t in range(n)} for n in lengths
    ]
    return Factor((name,), Points(lengths, 0), weight, steps)


def nodes(name: str, forest: Forest, weight: int) -> Factor:
    """Return the nodes of trees or dags."""
    steps: list[dict[Place, int]] = [
        {(place,): weight * height(one, place) for place in range(len(one))} for one in forest
    ]
    return Factor((name,), Tree(forest), weight, steps)


def edges(name: str, slot: str, forest: Forest, weight: int) -> Factor:
    """Return their edges, node by node."""
    steps: list[dict[Place, int]] = [
        {(place, k): weight * height(one, place) for place in range(len(one)) for k in range(len(one[place]))}
        for one in forest
    ]
    return Factor((name, slot), Tree(forest), weight, steps)


@dataclass(frozen=True)
class Row:
    """A point: its example, its step, and its place along every name."""

    example: int
    step: int
    place: Place


@dataclass(frozen=True)
class Enumerated:
    """The points of a product of factors in the order of `Rows`; `last` is every example's last step."""

    names: tuple[str, ...]
    rows: list[Row]
    last: list[int]

    def number(self) -> dict[tuple[int, Place], int]:
        """Return the number of every row by example and place."""
        return {(row.example, row.place): k for k, row in enumerate(self.rows)}


def last_step(factor: Factor, example: int) -> int:
    """Return the last step of a walk over one factor, -1 where it has no points (edges are walked with their nodes)."""
    if isinstance(factor.points, Points):
        return max(factor.steps[example].values(), default=-1)
    tree = factor.points
    own = tree.step[tree.example == example]
    return factor.weight * int(own.max()) if own.size else -1


def enumerated(factors: Sequence[Factor]) -> Enumerated:
    """Enumerate the points example by example, then sort them by step, by example (longest first), and by place."""
    walked = [factor for factor in factors if factor.weight]
    last = []
    for e in range(len(factors[0].steps)):
        ends = [last_step(factor, e) for factor in walked]
        last.append(-1 if min(ends) < 0 else sum(ends))
    order = sorted(range(len(last)), key=lambda e: -last[e])
    rows = [
        Row(e, sum(f.steps[e][own] for f, own in zip(factors, digits, strict=True) if f.weight), sum(digits, ()))
        for e in order
        for digits in product(*(factor.steps[e] for factor in factors))
    ]
    return Enumerated(sum((f.names for f in factors), ()), sorted(rows, key=lambda row: row.step), last)


Made = tuple[list[Factor], int | None]

#: Products of factors, and the halo of those that are walked along one sequence.
LAYOUTS: Mapping[str, Made] = {
    "grid": ([sequence("i", FIRST, 1), sequence("j", SECOND, 1)], None),
    "knight": ([sequence("i", FIRST, 2), sequence("j", SECOND, 1)], None),
    "one of them backward": ([sequence("i", FIRST, 1), sequence("j", SECOND, -1)], None),
    "both backward": ([sequence("i", FIRST, -1), sequence("j", SECOND, -2)], None),
    "one of them": ([sequence("i", FIRST, 0), sequence("j", SECOND, 1)], None),
    "volume": ([sequence("i", FIRST, 1), sequence("j", SECOND, -1), sequence("k", FIRST[::-1], 1)], None),
    "lanes": ([sequence("s", FIRST, 0), sequence("t", SECOND, 1)], 0),
    "lanes with a halo": ([sequence("s", FIRST, 0), sequence("t", SECOND, 1)], 2),
    "lanes behind": ([sequence("t", FIRST, 1), sequence("s", SECOND, 0)], 1),
    "grid of lanes": ([sequence("i", FIRST, 0), sequence("j", SECOND, 0), sequence("t", FIRST, 1)], 3),
    "even": ([sequence("s", [2, 2], 0), sequence("t", [3, 3], 1)], 1),
    "three alike": ([sequence("i", [2, 2], 0), sequence("t", [3, 3], 1), sequence("j", [4, 4], 0)], 1),
    "nobody": ([sequence("s", [0, 0], 0), sequence("t", [0, 2], 1)], 1),
    "tree": ([nodes("m", TREES, 1)], None),
    "edges": ([edges("m", "k", TREES, 1)], None),
    "dag": ([nodes("m", DAGS, 1)], None),
    "edges of a dag": ([edges("m", "k", DAGS, 2)], None),
    "edges of heights that are alike": ([edges("m", "k", ALIKE, 1)], None),
    "no tree": ([edges("m", "k", [[[]], []], 1)], None),
    "tree in time": ([nodes("m", TREES, 1), sequence("t", SECOND, 1)], None),
    "edges back in time": ([edges("m", "k", TREES, 1), sequence("t", SECOND, -1)], None),
    "tree of lanes": ([nodes("m", TREES, 0), sequence("t", SECOND, 1)], 1),
    "edges as lanes": ([edges("m", "k", DAGS, 0), sequence("t", SECOND, 1)], 2),
    "lanes on a tree": ([nodes("m", TREES, 1), sequence("s", SECOND, 0)], None),
    "two trees": ([nodes("a", TREES, 1), edges("b", "k", TREES[::-1], 0)], None),
}


#: Layouts whose rows belong to those of another one: to which, and by which of their indices.
ONTO: Mapping[str, tuple[Factor, tuple[str, ...]]] = {
    "lanes with a halo": (sequence("t", SECOND, 1), ("t",)),
    "edges": (nodes("m", TREES, 1), ("m",)),
    "edges of a dag": (nodes("m", DAGS, 2), ("m",)),
    "edges of heights that are alike": (nodes("m", ALIKE, 1), ("m",)),
    "lanes on a tree": (nodes("m", TREES, 1), ("m",)),
    "edges as lanes": (sequence("t", SECOND, 1), ("t",)),
}


def laid_out(made: Made) -> tuple[Rows, Enumerated]:
    """Return a layout and the same points enumerated."""
    factors, halo = made
    return Rows([factor.given for factor in factors], halo), enumerated(factors)


# Groups ---------------------------------------------------------------------------------------------------------------

#: For every row its group, and how many groups there are.
GROUPS: Mapping[str, tuple[list[int], int]] = {
    "even": ([0, 0, 1, 1, 2, 2], 3),
    "one group": ([0, 0, 0], 1),
    "a row each": ([0, 1, 2], 3),
    "a row each, in another order": ([2, 0, 1], 3),
    "uneven": ([0, 0, 0, 1, 2, 2], 3),
    "pairs among empty ones": ([1, 1, 2, 2], 4),
    "as large, but not side by side": ([0, 0, 2, 2], 3),
    "some empty": ([1, 1, 1, 3, 3, 6], 8),
    "packed by step": ([2, 0, 1, 2, 0, 2], 3),
    "in any order": ([3, 0, 3, 1, 0, 3, 1, 1, 4], 5),
    "a long one among short ones": ([1] * 9 + [0, 2, 3, 3, 1, 1, 5], 6),
    "a long one in between": ([2, 1, 1, 3, 1, 1, 0, 1, 1, 4, 1, 4], 5),
    "as large, in any order": ([1, 0, 1, 0], 2),
    "all empty": ([], 3),
    "none": ([], 0),
}


def members(name: str) -> list[list[int]]:
    """Return the rows of every group."""
    group, count = GROUPS[name]
    return [[row for row, own in enumerate(group) if own == one] for one in range(count)]


def _log_sum(values: Array) -> Array:
    return np.asarray(np.log(np.exp(values).sum(0)) if len(values) else np.full(values.shape[1:], -np.inf))


#: What a fold gives for the rows of one group: a value, or one for every row.
VALUES: Mapping[str, Callable[[Array], Array]] = {
    "total": lambda values: values.sum(0),
    "largest": lambda values: values.max(0, initial=-np.inf),
    "largest_or_zero": lambda values: values.max(0) if len(values) else np.zeros(values.shape[1:]),
    "logsumexp": _log_sum,
}
ROWS: Mapping[str, Callable[[Array], Array]] = {
    "softmax": lambda values: np.exp(values) / np.exp(values).sum(0),
    "first_max": lambda values: np.cumsum(np.cumsum(values == values.max(0), 0), 0) == 1,
}
