"""Products: matrices, tokens, sums of products."""

import numpy as np
import pytest

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.graph.lower_products import factors, product_labels, spine, untransposed
from rnndsl.graph.node import Labels
from rnndsl.ops import Op
from rnndsl.semantics.model import Apply, Expr, Number
from tests.graph.small import Reference, check, hot, lowered, net, ops

PRODUCTS: tuple[tuple[str, Reference], ...] = (
    ("W @ x[t]", lambda e: e.W @ e.at("x")),
    ("x[t] @ W", lambda e: e.at("x") @ e.W),
    ("x[t] @ z[t]", lambda e: e.at("x") @ e.at("z")),
    ("W @ B[t] @ U @ x[t]", lambda e: e.W @ e.at("B") @ e.U @ e.at("x")),
    ("transpose(B[t]) @ x[t]", lambda e: e.at("B").T @ e.at("x")),
    ("W @ transpose(U) @ x[t]", lambda e: e.W @ e.U.T @ e.at("x")),
    ("a[t] / 2 / 4 * 3 % 2", lambda e: (e.at("a") / 8 * 3) % 2),
    ("2 * W @ x[t]", lambda e: 2 * e.W @ e.at("x")),
)
TOKENS: tuple[tuple[str, Op, Reference], ...] = (
    ("W @ v[t]", Op.LOOKUP, lambda e: e.W @ e.hot()),
    ("v[t] @ W", Op.LOOKUP, lambda e: e.hot() @ e.W),
    ("transpose(W) @ v[t]", Op.LOOKUP, lambda e: e.W.T @ e.hot()),
    ("v[t] @ transpose(W)", Op.LOOKUP, lambda e: e.W @ e.hot()),
    ("W @ v[t-1]", Op.LOOKUP, lambda e: e.W @ e.hot(-1)),
    ("c @ v[t]", Op.PICK, lambda e: e.c @ e.hot()),
    ("v[t] @ x[t]", Op.PICK, lambda e: e.at("x") @ e.hot()),
    ("v[t] @ w", Op.ONE_HOT, lambda e: e.hot() @ hot(int(e.w))),
    ("B[t] @ v[t]", Op.ONE_HOT, lambda e: e.at("B") @ e.hot()),
    ("v[t] @ B[t]", Op.ONE_HOT, lambda e: e.hot() @ e.at("B")),
    ("v[t] * 2", Op.ONE_HOT, lambda e: 2 * e.hot()),
)
SUMS: tuple[tuple[str, str, Reference], ...] = (
    ("sum(q[t, i] * r[t, i] over i)", "[t]", lambda e: e.at("q") @ e.at("r")),
    ("sum(q[t, i] over t)", "[i]", lambda e: e.q.sum(0)),
    ("sum(q[t, i] over t, i)", "", lambda e: e.q.sum()),
    ("sum(c over t)", "", lambda e: e.c * e.T),
    ("sum(c over i)", "", lambda e: e.c * 3),
    ("sum(E[i] @ r[t, i] over i)", "[t]", lambda e: np.einsum("iab,ib->a", e.E, e.at("r"))),
    ("sum(E[i] @ v[t] over i)", "[t]", lambda e: e.E.sum(0) @ e.hot()),
    ("sum(q[t, i] * q[t, p] * r[t, i] over i, p)", "[t]", lambda e: e.at("q").sum() * (e.at("q") @ e.at("r"))),
    ("sum(g[m-j] * j over j)", "[m]", lambda e: np.roll(e.g, 1) - np.roll(e.g, -1)),
    ("sum(x[t] * z[t]) + sum(W ^ 2)", "[t]", lambda e: e.at("x") @ e.at("z") + (e.W**2).sum()),
)


@pytest.mark.parametrize(("expression", "reference"), PRODUCTS)
def test_product(expression: str, reference: Reference) -> None:
    check(expression, reference)


@pytest.mark.parametrize(("expression", "op", "reference"), TOKENS)
def test_token(expression: str, op: Op, reference: Reference) -> None:
    check(expression, reference)
    found = ops(lowered(net(f"o[t] = {expression}", "output o[t]")))
    assert op in found
    assert (Op.ONE_HOT in found) == (op is Op.ONE_HOT)


@pytest.mark.parametrize(("expression", "points", "reference"), SUMS)
def test_sum(expression: str, points: str, reference: Reference) -> None:
    check(expression, reference, points)


def test_sum_of_products_is_one_contraction() -> None:
    found = ops(lowered(net("o[t] = sum(q[t, i] * r[t, i] over i)", "output o[t]")))
    assert found == [Op.INPUT, Op.INPUT, Op.CONTRACT]
    found = ops(lowered(net("o[t] = sum(E[i] @ r[t, i] over i)", "output o[t]")))
    assert found == [Op.PARAM, Op.INPUT, Op.CONTRACT]


def test_three_factors_are_summed_one_index_at_a_time() -> None:
    graph = lowered(net("o[t] = sum(q[t, i] * q[t, p] * r[t, i] over i, p)", "output o[t]"))
    assert all(len(node.domain) <= 2 for node in graph.nodes.values())


def test_transpose_is_a_letter() -> None:
    graph = lowered(net("o[t] = transpose(W) @ x[t]", "output o[t]"))
    assert [n.attr for n in graph.nodes.values() if n.op is Op.CONTRACT] == [Labels(("ji", "j"), "i")]


def test_chain_is_taken_apart() -> None:
    leaves = [Number(float(k), NOWHERE) for k in range(4)]
    chain: Expr = leaves[0]
    for leaf in leaves[1:]:
        chain = Apply("*", (chain, leaf), NOWHERE)
    assert factors(chain) == leaves
    first, applied = spine(chain, frozenset({"*"}))
    assert first is leaves[0]
    assert [apply.operands[1] for apply in applied] == leaves[1:]
    turned = Apply("transpose", (Apply("transpose", (leaves[0],), NOWHERE),), NOWHERE)
    assert untransposed(turned) == (leaves[0], False)
    assert callable(product_labels)
