"""Whole models: recurrences in either direction, over ranges, and what the graph says of itself."""

from pathlib import Path

import numpy as np
import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import build
from rnndsl.compiler import check as check_spec
from rnndsl.graph.lower import lower
from rnndsl.graph.verify import verify_graph
from rnndsl.indices import Kind
from rnndsl.ops import Op
from rnndsl.passes import AFTER, BEFORE, run
from rnndsl.verify.loss import with_loss
from tests.autodiff.complex_step import check_gradients
from tests.graph.small import Array, Example, Reference, check, lowered, net, ops, typed
from tests.graph.trees import random_structure

ELMAN = """
model Elman(vocab, hidden = 4):
    index  t : sequence
    input  x[t] : token(vocab)
    target y[t] : token(vocab)
    param  W, U, V, b, c
    h[t] : hidden = tanh(W @ h[t-1] + U @ x[t] + b)
    o[t] = V @ h[t] + c
    y[t] ~ categorical(o[t])
"""


def forward(e: Example) -> Array:
    h = np.zeros(4)
    for t in range(e.t + 1):
        h = np.tanh(e.W @ h + e.x[t])
    return h


def backward(e: Example) -> Array:
    h = np.full(4, 7.0)
    for t in range(e.T - 1, e.t - 1, -1):
        h = np.tanh(e.W @ h + e.x[t])
    return h


def delayed(e: Example) -> Array:
    values = {-1: np.asarray(-10.0), 0: np.asarray(0.0)}
    for t in range(1, e.t + 2):
        values[t] = values[t - 1] + values[t - 2] / 2 + e.a[t - 1]
    return values[e.t + 1]


def around(e: Example) -> Array:
    u = e.g
    for t in range(e.t + 1):
        u = np.tanh(np.roll(u, 1) / 2 + e.a[t] + u)
    return u


CASES: tuple[tuple[str, str, tuple[str, ...], Reference], ...] = (
    ("h[t]", "[t]", ("h[t] : n = tanh(W @ h[t-1] + x[t])",), forward),
    ("h[t]", "[t]", ("h[t] : n = tanh(W @ h[t+1] + x[t])", "init h = 7"), backward),
    ("h[t]", "[t]", ("h[t] = h[t-1] + h[t-2] / 2 + a[t]", "init h[t] = 10 * t"), delayed),
    (
        "u[t, m]",
        "[t, m]",
        ("u[t, m] = tanh(u[t-1, m-1] / 2 + a[t] + u[t-1, m])", "init u[t, m] = g[m]"),
        around,
    ),
    ("u[i]", "[i]", ("u[i] = u[i-1] + i",), lambda e: np.cumsum(np.arange(1, 4))),
)


@pytest.mark.parametrize(("expression", "points", "statements", "reference"), CASES)
def test_recurrence(expression: str, points: str, statements: tuple[str, ...], reference: Reference) -> None:
    check(expression, reference, points, statements)


def test_graph_of_elman() -> None:
    graph = lowered(ELMAN)
    assert list(graph.outputs) == ["y.logits", "y.nll", "y.weight", "loss"]
    assert list(graph.params) == ["W", "U", "V", "b", "c"]
    assert [graph.params[name].initialiser[0] for name in graph.params] == ["glorot"] * 3 + ["zeros"] * 2
    assert (graph.dims["hidden"], graph.dims["vocab"]) == (4, None)
    assert str(graph.inputs["x"].token) == "vocab"
    assert graph.inputs["x"].shape == ()
    assert set(graph.equations) == {"h", "o", "y"}
    assert graph.equations["h"].span.line == 7
    assert ops(graph).count(Op.LOOKUP) == 1
    loss = graph.nodes[graph.outputs["loss"].node]
    assert (loss.domain, loss.shape, loss.batch) == ((), (), False)


def test_sub_expressions_live_on_their_own_indices() -> None:
    graph = lowered(net("o[t] = tanh(W @ c + U @ x[t])", "output o[t]"))
    domains = [[i.name for i in node.domain] for node in graph.nodes.values() if node.op is Op.CONTRACT]
    assert domains == [[], ["t"]]


def test_same_graph_every_time() -> None:
    assert lower(typed(ELMAN)).nodes == lower(typed(ELMAN)).nodes


def test_families_keep_the_order_of_their_declaration() -> None:
    graph = lowered(net("param F[p, i] : scalar", "o[t] = sum(F[p, i] * q[t, i] over i, p)", "output o[t]"))
    assert [index.name for index in graph.params["F"].domain] == ["p", "i"]


# The specs of the language's page: small random trees and sequences, all gradients against complex steps -------------

SPECS = sorted((Path(__file__).parents[1] / "cases/semantics/good").glob("*.rnn"))
SMALL = 3


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", [0, 1])
def test_gradients_of_specs_agree_with_complex_steps(path: Path, seed: int) -> None:
    graph = with_loss(build(check_spec(path)))
    rng = np.random.default_rng(seed)
    dims = {name: min(value or SMALL, SMALL) for name, value in graph.dims.items()}
    dims |= {name: value for name, value in graph.dims.items() if value is not None and name in graph.fixed_dims}
    sequences = [index.name for index in graph.indices if index.kind is Kind.SEQUENCE]
    lengths = {name: rng.integers(0, 4, 3).tolist() for name in sequences} or {"none": [0, 0, 0]}
    structure = {
        index.name: [random_structure(index.kind, rng, nodes) for nodes in (1, 4, 6)]
        for index in graph.indices
        if index.structured
    }
    adjoint = check_gradients(graph, dims=dims, seed=seed, lengths=lengths, structure=structure)
    verify_graph(run(differentiate(run(graph, BEFORE)), AFTER))
    assert {name for name in adjoint.outputs if name.startswith("d loss/d")} >= {f"d loss/d {n}" for n in graph.params}
