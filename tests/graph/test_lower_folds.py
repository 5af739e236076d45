"""Reductions and normalisations over indices."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.graph.interpret import interpret
from rnndsl.graph.lower_folds import FOLDS, KEEPING
from rnndsl.graph.node import Over
from rnndsl.ops import Op
from rnndsl.verify.loss import with_loss
from tests.autodiff.complex_step import check_gradients
from tests.graph import nodes
from tests.graph.examples import sample
from tests.graph.small import DIMS, Array, Reference, check, hot, lowered, net, ops, softmax

CASES: tuple[tuple[str, str, Reference], ...] = (
    ("mean(q[t, i] over t, i)", "", lambda e: e.q.mean()),
    ("a[t] - mean(a[t] over t)", "[t]", lambda e: e.at("a") - e.a.mean()),
    ("max(q[t, i] over t, i)", "", lambda e: e.q.max()),
    ("max(c over t)", "", lambda e: e.c),
    ("min(r[t, i] over i)", "[t]", lambda e: e.at("r").min(0)),
    ("logsumexp(r[t, i] over i)", "[t]", lambda e: np.log(np.exp(e.at("r")).sum(0))),
    ("logsumexp(c over i)", "", lambda e: e.c + np.log(3)),
    ("softmax(q[t, i] over i)", "[t, i]", lambda e: softmax(e.at("q"))),
    ("softmax(q[t, i] over t, i)", "[t, i]", lambda e: softmax(e.q)[e.t]),
    ("softmax(a[t] over i)", "[t, i]", lambda e: np.full(3, 1 / 3)),
    ("normalize(q[t, i] over i)", "[t, i]", lambda e: e.at("q") / e.at("q").sum()),
    ("prod(q[t, i] over i)", "[t]", lambda e: e.at("q").prod()),
    ("prod(q[t, i] over t, i)", "", lambda e: e.q.prod()),
    ("prod(g[m] over m)", "", lambda e: e.g.prod()),
    ("prod(c over i)", "", lambda e: e.c**3),
    ("first(x[t] over t)", "", lambda e: e.x[0]),
    ("last(r[t, i] over t, i)", "", lambda e: e.r[-1, -1]),
    ("last(v[t] over t) @ W", "", lambda e: hot(int(e.v[-1])) @ e.W),
    ("last(t over t)", "", lambda e: e.T),
    ("first(c over t)", "", lambda e: e.c),
    ("stack(q[t, i] over i)", "[t]", lambda e: e.at("q")),
    ("stack(r[t, i] over i)", "[t]", lambda e: e.at("r")),
    ("stack(i over i)", "", lambda e: np.arange(1, 4)),
)


@pytest.mark.parametrize(("expression", "points", "reference"), CASES)
def test_fold(expression: str, points: str, reference: Reference) -> None:
    check(expression, reference, points)


def _share(spot: nodes.Spot, values: Array) -> Array:
    return np.asarray(values[spot.edges][spot.slot] / values[spot.edges].sum())


def _edges(spot: nodes.Spot, place: int) -> list[int]:
    return nodes.Spot(spot.values, spot.children, place).edges


ON_TREES: tuple[tuple[str, str, nodes.Reference], ...] = (
    ("sum(x[k] over k)", "[n]", lambda s: s.x[s.below].sum(0)),
    ("sum(g[n, k] * x[k] over k)", "[n]", lambda s: (s.g[s.edges] * s.x[s.below]).sum(0)),
    ("sum(W @ x[k] over k)", "[n]", lambda s: s.W @ s.x[s.below].sum(0)),
    ("sum(W @ x[n] over n, k)", "", lambda s: s.W @ sum(len(c) * x for c, x in zip(s.children, s.x, strict=True))),
    ("sum(a[n] * b[n, k] over n, k)", "", lambda s: sum(s.a[p] * s.b[_edges(s, p)].sum() for p in range(len(s.a)))),
    ("sum(2 over k)", "[n]", lambda s: 2 * len(s.below)),
    ("sum(a[n] over n, k)", "", lambda s: sum(len(c) * a for c, a in zip(s.children, s.a, strict=True))),
    ("mean(x[k] over k)", "[n]", lambda s: s.x[s.below].sum(0) / max(len(s.below), 1)),
    ("mean(b[n, k] over n, k)", "", lambda s: s.b.sum() / max(len(s.b), 1)),
    ("mean(a[n] over n)", "", lambda s: s.a.mean()),
    ("mean(r[t, n] over t, n)", "", lambda s: s.r.sum() / max(s.r.size, 1)),
    ("max(x[k] over k) if not leaf(n) else w", "[n]", lambda s: s.x[s.below].max(0) if s.below else s.w),
    ("min(b[n, k] over k) if length(k) > 0 else 9", "[n]", lambda s: s.b[s.edges].min() if s.below else 9),
    ("max(x[n] over n)", "", lambda s: s.x.max(0)),
    (
        "logsumexp(g[n, k] over k) if not leaf(n) else w",
        "[n]",
        lambda s: np.log(np.exp(s.g[s.edges]).sum(0)) if s.below else s.w,
    ),
    ("softmax(b[n, k] over k)", "[n, k]", lambda s: _share(s, np.exp(s.b))),
    ("sum(softmax(b[n, k] over k) * x[k] over k)", "[n]", lambda s: softmax(s.b[s.edges]) @ s.x[s.below]),
    ("softmax(a[n] over n)", "[n]", lambda s: softmax(s.a)[s.place]),
    ("softmax(b[n, k] over n, k)", "[n, k]", lambda s: softmax(s.b)[s.edges[s.slot]]),
    ("normalize(1 + b[n, k] ^ 2 over k)", "[n, k]", lambda s: _share(s, 1 + s.b**2)),
    ("prod(a[k] over k)", "[n]", lambda s: s.a[s.below].prod()),
    ("prod(a[n] over n)", "", lambda s: s.a.prod()),
    ("prod(g[n, k] over n, k)", "", lambda s: s.g.prod(0)),
    ("first(a[k] over k)", "[n]", lambda s: s.a[s.below[0]] if s.below else 0),
    ("last(g[n, k] over k)", "[n]", lambda s: s.g[s.edges[-1]] if s.below else np.zeros(3)),
    ("first(W @ v[k] over k)", "[n]", lambda s: s.W @ s.hot(s.below[0]) if s.below else np.zeros(3)),
    ("last(x[n] over n)", "", lambda s: s.x[-1]),
    ("root(x[n] over n)", "", lambda s: s.x[s.root]),
    ("W @ root(v[n] over n)", "", lambda s: s.W @ s.hot(s.root)),
    ("root(length(k) over n)", "", lambda s: len(s.children[s.root])),
    ("uses(x[n] over k)", "[n]", lambda s: _from_parents(s, lambda parent, _: s.x[parent])),
    ("uses(k * g[n, k] * x[k] over k)", "[n]", lambda s: _from_parents(s, lambda _, edge: _placed(s, edge))),
    ("root(uses(1 over k) over n)", "", lambda _: 0),
)


def _from_parents(s: nodes.Spot, value: Callable[[int, int], Array]) -> Array:
    """Sum a value of (parent, edge) over the edges that end at the current node."""
    found = [
        value(parent, _edges(s, parent)[slot])
        for parent, children in enumerate(s.children)
        for slot, child in enumerate(children)
        if child == s.place
    ]
    return np.asarray(sum(found, np.zeros(3)))


def _placed(s: nodes.Spot, edge: int) -> Array:
    """Return the place of an edge among its parent's, times the edge's own vector and the child's."""
    ends = [(slot, child) for children in s.children for slot, child in enumerate(children)]
    slot, child = ends[edge]
    return np.asarray((slot + 1) * s.g[edge] * s.x[child])


@pytest.mark.parametrize(("expression", "points", "reference"), ON_TREES)
def test_fold_on_trees(expression: str, points: str, reference: nodes.Reference) -> None:
    nodes.check(expression, reference, points)


@pytest.mark.parametrize(
    ("expression", "points", "reference"),
    [
        ("sum(y[e] over e)", "[d]", lambda s: s.y[s.below].sum(0)),
        ("prod(f[d, e] over e)", "[d]", lambda s: s.f[s.edges].prod(0)),
        ("softmax(c[e] over e)", "[d, e]", lambda s: softmax(s.c[s.below])[s.slot]),
        ("root(y[d] over d)", "", lambda s: s.y[s.root]),
        ("uses(y[d] over e)", "[d]", lambda s: _from_parents(s, lambda parent, _: s.y[parent])),
    ],
)
def test_fold_on_dags(expression: str, points: str, reference: nodes.Reference) -> None:
    nodes.check(expression, reference, points, tree="d")


def _over_ranges(z: Array) -> Array:
    both = np.exp(np.stack([z, 2 * z]))
    return np.asarray((both / both.sum((0, 2), keepdims=True)).sum(0))


def _attended(z: Array) -> Array:
    return np.asarray((np.exp(z) / np.exp(z).sum(1, keepdims=True) * z).sum(1))


GRIDS: tuple[tuple[str, str, Callable[[Array], object]], ...] = (
    ("sum(z[t, s] over t, s)", "", np.sum),
    ("mean(z[t, s] over t, s)", "", lambda z: z.sum() / max(z.size, 1)),
    ("mean(z[t, s] over s)", "[t]", lambda z: z.sum(1) / max(z.shape[1], 1)),
    ("softmax(z[t, s] over t, s)", "[t, s]", softmax),
    ("softmax(z[t, s] over s)", "[t, s]", lambda z: np.exp(z) / np.exp(z).sum(1, keepdims=True)),
    ("normalize(z[t, s] ^ 2 over s, t)", "[t, s]", lambda z: z**2 / (z**2).sum()),
    (
        "sum(softmax(z[t, s] over s) * z[t, s] over s)",
        "[t]",
        _attended,
    ),
    ("prod(z[t, s] over t, s)", "", np.prod),
    ("sum(softmax(z[t, s] * i over s, i) over i)", "[t, s]", _over_ranges),
    ("first(z[t, s] over t, s)", "", lambda z: z[0, 0] if z.size else 0),
)


@pytest.mark.parametrize(("expression", "points", "reference"), GRIDS)
def test_fold_over_several_sequences(expression: str, points: str, reference: Callable[[Array], object]) -> None:
    """Empty ones included."""
    head = "model Grid:\n    index t, s : sequence\n    index i : 1..2\n    input z[t, s] : scalar\n"
    graph = lowered(f"{head}    o{points} = {expression}\n    output o{points}\n")
    lengths = {"t": (3, 2, 0, 1), "s": (2, 4, 1, 0)}
    _, given = sample(graph, {}, lengths)
    found = interpret(graph, {}, given, dims={}, lengths=lengths)["o"]
    for z, value in zip(given["z"], found, strict=True):
        wanted = np.asarray(reference(z))
        np.testing.assert_allclose(value, wanted if z.size else np.broadcast_to(wanted, value.shape), atol=1e-14)
    check_gradients(with_loss(graph), dims={}, lengths=lengths)


def test_the_largest_of_several_sequences() -> None:
    head = "model Grid:\n    index t, s : sequence\n    input z[t, s] : scalar\n"
    graph = lowered(head + "    o = max(z[t, s] over s, t) + logsumexp(z[t, s] over t, s)\n    output o\n")
    lengths = {"t": (3, 2), "s": (3, 2)}
    _, given = sample(graph, {}, lengths)
    found = interpret(graph, {}, given, dims={}, lengths=lengths)["o"]
    for z, value in zip(given["z"], found, strict=True):
        assert float(value) == pytest.approx(z.max() + np.log(np.exp(z).sum()))
    check_gradients(with_loss(graph), dims={}, lengths=lengths)
    folds = [node.attr for node in graph.nodes.values() if node.op in {Op.MAX, Op.LOGSUMEXP}]
    assert [[index.name for index in fold.indices] for fold in folds if isinstance(fold, Over)] == [["t", "s"]] * 2


@pytest.mark.parametrize("factors", [[2.0, -3.0, -0.5], [-2.0, 0.0, 3.0], [0.0, 0.0, 3.0], [1e-200, 1e200, -1.0]])
def test_product_over_children_has_exact_gradients(factors: list[float]) -> None:
    text = "model Prod:\n    index n : tree\n    index k : children(n)\n    input a[n] : scalar\n"
    graph = lowered(text + "    loss sum(prod(a[k] over k) if not leaf(n) else 0 over n)\n")
    adjoint, tree = differentiate(graph, wrt=["a"]), {"n": [[[1, 2, 3], [], [], []]]}
    found = interpret(adjoint, {}, {"a": [np.array([7.0, *factors])]}, dims={}, structure=tree)
    others = [math.prod(b for j, b in enumerate(factors) if j != k) for k in range(3)]
    assert float(np.asarray(found["loss"])) == pytest.approx(np.prod(factors), rel=1e-12)
    np.testing.assert_allclose(found["d loss/d a"][0], [0, *others], rtol=1e-12)


def test_every_fold_is_tested() -> None:
    assert set(FOLDS) - {"sum", "root", "uses"} == {expression.split("(")[0].split()[-1] for expression, _, _ in CASES}
    assert set(FOLDS) - {"stack"} <= {expression.split("(")[0] for expression, _, _ in ON_TREES} | {"min"}
    assert set(FOLDS) >= KEEPING


def test_nothing_has_a_mean_and_a_product() -> None:
    graph = lowered(net("o = mean(a[t] over t)", "output o", "u = prod(a[t] over t)", "output u"))
    empty = interpret(graph, {}, {"a": [np.zeros(0)]}, dims=DIMS, lengths={"t": [0]})
    assert (empty["o"][0], empty["u"][0]) == (0.0, 1.0)


def test_product_is_a_recurrence() -> None:
    graph = lowered(net("o = prod(a[t] over t)", "output o"))
    assert any(graph.is_cyclic(component) for component in graph.components)
    assert Op.DIV not in ops(graph)
