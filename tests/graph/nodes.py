"""Small specs around one expression on trees and DAGs: values by hand, gradients by complex steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.instances import Structure
from rnndsl.graph.interpret import interpret
from rnndsl.verify.loss import with_loss
from tests.autodiff.complex_step import check_gradients
from tests.graph.examples import STRUCTURE, sample
from tests.graph.small import Array, lowered

DECLARATIONS = """
model Net(size, ways = 2):
    index n : tree
    index k : children(n)
    index d : dag
    index e : children(d)
    index t : sequence
    index i : 1..ways
    input x[n], y[d] : size
    input a[n], b[n, k], c[d] : scalar
    input g[n, k], f[d, e] : size
    input v[n] : token(size)
    input r[t, n] : scalar
    param w, z : size
    param W : size, size
    param U[i] : size, size
"""
DIMS: Mapping[str, int] = {"size": 3, "ways": 2}
LENGTHS: Mapping[str, Sequence[int]] = {"t": (3, 1, 2, 0)}


@dataclass(frozen=True)
class Spot:
    """A node of one example; all positions count from 0."""

    values: Mapping[str, Array]
    children: Structure
    place: int = 0
    slot: int = 0
    time: int = 0

    def __getattr__(self, name: str) -> Array:
        return self.values[name]

    @property
    def below(self) -> Sequence[int]:
        """The node's children."""
        return self.children[self.place]

    @property
    def above(self) -> list[int]:
        """The node's parents."""
        return [parent for parent, below in enumerate(self.children) if self.place in below]

    @property
    def root(self) -> int:
        """The node that is nobody's child."""
        return next(k for k in range(len(self.children)) if not any(k in below for below in self.children))

    @property
    def edges(self) -> list[int]:
        """The places of the node's edges among all of the example's."""
        before = sum(len(below) for below in self.children[: self.place])
        return list(range(before, before + len(self.below)))

    def hot(self, node: int) -> Array:
        """Return the one-hot vector of the token v."""
        token = int(self.values["v"][node])
        return np.eye(3)[token] if token >= 0 else np.zeros(3)


Reference = Callable[[Spot], Any]


def net(*statements: str) -> RecurrenceGraph:
    """Return the graph of these statements after the declarations."""
    return lowered(DECLARATIONS + "".join(f"    {line}\n" for line in statements))


@cache
def data() -> tuple[dict[str, Array], dict[str, list[Array]]]:
    """Return parameters and data for all that is declared, with a zero and an absent token among them."""
    everything = net("o = sum(x[n] + W @ w + z over n) + sum(U[i] @ w over i)", "output o")
    declared = {**everything.params}
    params, _ = sample(everything, DIMS, LENGTHS)
    _, found = sample(everything, DIMS, LENGTHS)
    assert set(params) == set(declared)
    found["a"][0][2] = 0.0
    return params, found


def check(
    expression: str, reference: Reference, points: str = "[n]", statements: Sequence[str] = (), *, tree: str = "n"
) -> None:
    """Assert the values of an expression at every point, and its gradients."""
    graph = net(*statements, f"o{points} = {expression}", f"output o{points}")
    params, given = data()
    used = {name: given[name] for name in graph.inputs}
    found = interpret(graph, params, used, dims=DIMS, lengths=LENGTHS, structure=STRUCTURE, outputs=["o"])["o"]
    assert isinstance(found, list)
    for example, value in enumerate(found):
        values = {name: np.asarray(arrays[example]) for name, arrays in given.items()} | params
        spots = _spots(values, STRUCTURE[tree][example], points, LENGTHS["t"][example])
        wanted = np.array([reference(spot) for spot in spots], dtype=float)
        np.testing.assert_allclose(value, wanted.reshape(value.shape), rtol=1e-12, atol=1e-12)
    feed = ({name: params[name] for name in graph.params}, used)
    check_gradients(with_loss(graph), dims=DIMS, feed=feed, lengths=LENGTHS, structure=STRUCTURE)


def _spots(values: Mapping[str, Array], children: Structure, points: str, length: int) -> list[Spot]:
    """Return every point of an output's domain in order."""
    names = points.strip("[]").replace(" ", "").split(",")
    times = range(length) if "t" in names else range(1)
    places = range(len(children)) if {"n", "d"} & set(names) else range(1)
    return [
        Spot(values, children, place, slot, time)
        for time in times
        for place in places
        for slot in (range(len(children[place])) if {"k", "e"} & set(names) else range(1))
    ]
