"""Small specs around one expression, evaluated by the reference interpreter, and the same by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.instances import Extents, axes
from rnndsl.graph.interpret import interpret
from rnndsl.graph.lower import lower
from rnndsl.graph.lower_draws import Mode
from rnndsl.graph.node import Draw
from rnndsl.graph.verify import verify_graph
from rnndsl.ops import Op
from rnndsl.semantics.expand import expand
from rnndsl.semantics.model import TypedModel
from rnndsl.semantics.shapes import infer_shapes
from rnndsl.syntax.parse import parse

Array = NDArray[Any]

DECLARATIONS = """
model Net(n, k):
    index t : sequence
    index i, p : 1..k
    index m : cyclic(k)
    index j : -1..1
    input x[t], z[t] : n
    input a[t] : scalar
    input q[t, i] : scalar
    input r[t, i] : n
    input w, v[t] : token(n)
    input B[t] : n, n
    param W, U : n, n
    param E[i] : n, n
    param g[m] : scalar
    param c : n
"""
N, K = 4, 3
DIMS: Mapping[str, int] = {"n": N, "k": K}
LENGTHS = (3, 1)
NAN = float("nan")
#: Targets of which nothing is given.
ABSENT: Mapping[str, Sequence[Array]] = {
    "token": [np.full(length, -1) for length in LENGTHS],
    "scalar": [np.full(length, NAN) for length in LENGTHS],
    "vector": [np.full((length, N), NAN) for length in LENGTHS],
    "pair": [np.full((length, 2), NAN) for length in LENGTHS],
}


def typed(text: str) -> TypedModel:
    """Return a spec with its shapes."""
    model, _ = expand(parse(text, "net.rnn"))
    return infer_shapes(model)


def lowered(text: str, mode: Mode = "observe") -> RecurrenceGraph:
    """Return a spec's verified graph."""
    graph = lower(typed(text), mode)
    verify_graph(graph)
    return graph


def net(*statements: str) -> str:
    """Return a spec of these statements after the declarations."""
    return DECLARATIONS + "".join(f"    {line}\n" for line in statements)


def ops(graph: RecurrenceGraph) -> list[Op]:
    """Return the operators of a graph in its order, numbers left out."""
    return [node.op for node in graph.nodes.values() if node.op is not Op.CONST]


@cache
def data() -> Mapping[str, Sequence[Array]]:
    """Return inputs for two examples, with a 0 at a kink, an absent token and an absent first token."""
    rng = np.random.default_rng(3)
    shapes: dict[str, tuple[int, ...]] = {"x": (N,), "z": (N,), "a": (), "q": (K,), "r": (K, N), "B": (N, N)}
    found: dict[str, Sequence[Array]] = {
        name: [rng.normal(size=(length, *shape)) for length in LENGTHS] for name, shape in shapes.items()
    }
    found["x"][0][0, 0] = 0.0
    return found | {"w": [np.array(2), np.array(-1)], "v": [np.array([1, -1, 3]), np.array([0])]}


def weights(graph: RecurrenceGraph) -> dict[str, Array]:
    """Return random parameters."""
    rng = np.random.default_rng(5)
    return {
        name: rng.normal(size=[i.extent.evaluate(DIMS) for i in info.domain] + [s.evaluate(DIMS) for s in info.shape])
        for name, info in graph.params.items()
    }


def random_numbers(
    graph: RecurrenceGraph, lengths: Mapping[str, Sequence[int]], dims: Mapping[str, int] = DIMS, seed: int = 7
) -> dict[str, list[Array]]:
    """Return numbers for every random stream of a graph, for every example."""
    rng, examples = np.random.default_rng(seed), len(next(iter(lengths.values())))
    extents = Extents(dims, lengths, examples)
    make: Mapping[str, Callable[[Sequence[int]], Array]] = {
        "uniform": rng.random,
        "normal": rng.standard_normal,
        "gumbel": lambda shape: rng.gumbel(size=shape),
    }
    found: dict[str, list[Array]] = {}
    for node in graph.nodes.values():
        if isinstance(node.attr, Draw):
            assert node.attr.key not in found
            shape = [size.evaluate(dims) for size in node.shape]
            points = [[len(list(extents.grid(g, k))) for g in axes(node.domain)] for k in range(examples)]
            found[node.attr.key] = [make[node.attr.kind]((*counts, *shape)) for counts in points]
    return found


@dataclass
class Example:
    """One example's data and the parameters as attributes; `t` counts from 0, `T` is the length."""

    values: Mapping[str, Array]
    t: int
    T: int

    def __getattr__(self, name: str) -> Array:
        return self.values[name]

    def at(self, name: str, offset: int = 0) -> Array:
        """Return data at a point `offset` from here, 0 outside."""
        place = self.t + offset
        return self.values[name][place] if 0 <= place < self.T else np.zeros_like(self.values[name][0])

    def hot(self, offset: int = 0) -> Array:
        """Return the one-hot vector of the token v."""
        inside = 0 <= self.t + offset < self.T
        return hot(int(self.values["v"][self.t + offset]) if inside else -1)


Reference = Callable[[Example], Any]


def hot(token: int) -> Array:
    """Return a token's one-hot vector."""
    return np.eye(N)[token] if token >= 0 else np.zeros(N)


def sigmoid(value: Array) -> Array:
    """Return 1 / (1 + exp(-value))."""
    return np.asarray(1 / (1 + np.exp(-value)))


def softmax(value: Array) -> Array:
    """Return shares that add up to 1 over everything."""
    return np.asarray(np.exp(value) / np.exp(value).sum())


def log_softmax(values: Array) -> Array:
    """Return the logarithm of shares along the last axis."""
    return np.asarray(values - np.log(np.exp(values).sum(-1, keepdims=True)))


def check(expression: str, reference: Reference, points: str = "[t]", statements: Sequence[str] = ()) -> None:
    """Assert that an expression has, at every point of every example, the value that is worked out by hand."""
    graph = lowered(net(*statements, f"o{points} = {expression}", f"output o{points}"))
    params = weights(graph)
    found = interpret(graph, params, data(), dims=DIMS, outputs=["o"])["o"]
    for number, length in enumerate(LENGTHS):
        values = {name: np.asarray(arrays[number]) for name, arrays in data().items()} | params
        places = range(length) if "t" in points else range(1)
        wanted = [np.asarray(reference(Example(values, place, length))) for place in places]
        given = found[number] if isinstance(found, list) else found
        np.testing.assert_allclose(given, np.stack(wanted) if "t" in points else wanted[0], rtol=1e-12, atol=1e-12)
