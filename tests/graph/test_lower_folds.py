"""Reductions and normalisations over indices."""

import numpy as np
import pytest

from rnndsl.graph.interpret import interpret
from rnndsl.graph.lower_folds import FOLDS, KEEPING
from rnndsl.ops import Op
from tests.graph.small import DIMS, Reference, check, hot, lowered, net, ops, softmax

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


def test_every_fold_is_tested() -> None:
    assert set(FOLDS) - {"sum"} == {expression.split("(")[0].split()[-1] for expression, _, _ in CASES}
    assert set(FOLDS) >= KEEPING


def test_nothing_has_a_mean_and_a_product() -> None:
    graph = lowered(net("o = mean(a[t] over t)", "output o", "u = prod(a[t] over t)", "output u"))
    empty = interpret(graph, {}, {"a": [np.zeros(0)]}, dims=DIMS, lengths={"t": [0]})
    assert (empty["o"][0], empty["u"][0]) == (0.0, 1.0)


def test_product_is_a_recurrence() -> None:
    graph = lowered(net("o = prod(a[t] over t)", "output o"))
    assert any(graph.is_cyclic(component) for component in graph.components)
    assert Op.DIV not in ops(graph)
