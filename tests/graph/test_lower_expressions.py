"""Sums, conditions, branches, and chains of any length."""

import numpy as np
import pytest

from rnndsl.graph.lower_expressions import COMPARISONS, lower_expression
from rnndsl.ops import Op
from tests.graph.small import Reference, check, lowered, net, ops

CASES: tuple[tuple[str, Reference], ...] = (
    ("x[t] + z[t] * 2 - c", lambda e: e.at("x") + 2 * e.at("z") - e.c),
    ("-x[t] - z[t]", lambda e: -e.at("x") - e.at("z")),
    ("x[t] - (z[t] - c)", lambda e: e.at("x") - e.at("z") + e.c),
    ("x[t] if t % 2 == 1 else z[t]", lambda e: e.at("x") if e.t % 2 == 0 else e.at("z")),
    ("x[t] if not t == length(t) and a[t] > 0 else c", lambda e: e.at("x") if e.t + 1 < e.T and e.at("a") > 0 else e.c),
    ("1 if t <= 1 or a[t] >= 0 else 0", lambda e: float(e.t < 1 or e.at("a") >= 0)),
    ("1 if t != 2 else 0", lambda e: float(e.t != 1)),
    ("1 if v[t] == 3 else 0", lambda e: float(e.v[e.t] == 3)),
    ("1 if v[t] < 0 else 0", lambda e: float(e.v[e.t] < 0)),
    ("W @ (v[t] if t > 1 else v[t-1])", lambda e: e.W @ (e.hot() if e.t else e.hot(-1))),
    ("log(a[t]) if a[t] > 0 else 0", lambda e: np.log(e.at("a")) if e.at("a") > 0 else 0.0),
    ("x[t] if 1 > 2 else c", lambda e: e.c),
)


@pytest.mark.parametrize(("expression", "reference"), CASES)
def test_expression(expression: str, reference: Reference) -> None:
    check(expression, reference)


def test_a_token_that_is_compared_is_its_number() -> None:
    found = ops(lowered(net("o[t] = 1 if v[t] == v[t-1] else 0", "output o[t]")))
    assert found == [Op.INPUT, Op.NUMBER, Op.READ, Op.NUMBER, Op.EQUAL, Op.WHERE]


def test_sum_is_one_node() -> None:
    found = ops(lowered(net("o[t] = x[t] + z[t] + c + a[t]", "output o[t]")))
    assert found == [Op.INPUT, Op.INPUT, Op.PARAM, Op.INPUT, Op.ADD]


@pytest.mark.parametrize(("operator", "length"), [("+", 10000), ("-", 3000), ("*", 3000), ("/", 60)])
def test_long_chain(operator: str, length: int) -> None:
    graph = lowered(net("o[t] = " + f" {operator} ".join(["x[t]"] * length), "output o[t]"))
    assert Op.INPUT in ops(graph)


def test_long_condition() -> None:
    graph = lowered(net("o[t] = 1 if " + " and ".join(["a[t] > 0"] * 1000) + " else 0", "output o[t]"))
    assert Op.WHERE in ops(graph)


@pytest.mark.parametrize("partial", ["log(a[t])", "1 / a[t]", "sqrt(a[t])", "a[t] ^ 0.3", "exp(a[t])"])
def test_branch_keeps_partial_functions_from_what_it_does_not_take(partial: str) -> None:
    graph = lowered(net(f"o[t] = {partial} if a[t] > 0 else 0", "output o[t]"))
    ((slot, node),) = [
        (slot, node)
        for node in graph.nodes.values()
        if node.op in {Op.LOG, Op.DIV, Op.SQRT, Op.POW, Op.EXP}
        for slot in [len(node.operands) - 1 if node.op is Op.DIV else 0]
    ]
    assert graph.nodes[node.operands[slot]].op is Op.WHERE


def test_all_comparisons_are_known() -> None:
    assert set(COMPARISONS) == {"<", "<=", "==", "!="}
    assert callable(lower_expression)
