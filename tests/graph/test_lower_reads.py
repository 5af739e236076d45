"""Reads: other points, what stands outside, positions."""

import numpy as np
import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.graph.lower_reads import needed_accesses
from rnndsl.graph.node import Node
from rnndsl.indices import Affine, End, Index, Kind, here
from rnndsl.ops import Op
from rnndsl.sizes import Size
from tests.graph.small import Reference, check, hot, lowered, net, ops, softmax

COUNT = np.arange(1.0, 4.0)
CASES: tuple[tuple[str, str, tuple[str, ...], Reference], ...] = (
    ("x[t-1]", "[t]", (), lambda e: e.at("x", -1)),
    ("x[t+1]", "[t]", (), lambda e: e.at("x", 1)),
    ("x[t-1]", "[t]", ("init x[t] = c",), lambda e: e.at("x", -1) if e.t else e.c),
    ("x[t-2]", "[t]", ("init x[t] = c * t",), lambda e: e.at("x", -2) if e.t > 1 else e.c * (e.t - 1)),
    ("x[t+1]", "[t]", ("init x[t] = c * t",), lambda e: e.at("x", 1) if e.t + 1 < e.T else e.c * (e.T + 1)),
    ("x[t-1]", "[t]", ("init x[t] = last(z[t] over t)",), lambda e: e.at("x", -1) if e.t else e.z[-1]),
    ("W @ v[t-1]", "[t]", ("init v[t] = 3",), lambda e: e.W @ (e.hot(-1) if e.t else hot(3))),
    ("W @ v[t-1]", "[t]", ("init v[t] = -1",), lambda e: e.W @ e.hot(-1)),
    ("W @ v[t-1]", "[t]", ("init v = c",), lambda e: e.W @ (e.hot(-1) if e.t else e.c)),
    ("W @ v[t-1]", "[t]", ("init v = w",), lambda e: e.W @ (e.hot(-1) if e.t else hot(int(e.w)))),
    ("g[m-1] + g[m+1]", "[m]", (), lambda e: np.roll(e.g, 1) + np.roll(e.g, -1)),
    ("q[t, i-1] + q[t, 2]", "[t, i]", (), lambda e: np.concatenate([[0], e.at("q")[:-1]]) + e.at("q")[1]),
    ("q[t, p]", "[t, p]", (), lambda e: e.at("q")),
    ("t + length(t) * n", "[t]", (), lambda e: e.t + 1 + e.T * 4),
    ("i + m", "[i, m]", (), lambda e: COUNT[:, None] + COUNT),
    (
        "y[t-1, p]",
        "[t, p]",
        ("y[t, i] = q[t, i] * 2", "init y[t, i] = 10 * i + t"),
        lambda e: e.at("q", -1) * 2 if e.t else 10 * COUNT,
    ),
    (
        "sum(y[t-1, p] over p)",
        "[t]",
        ("y[t, i] = q[t, i]", "init y[t, i] = sum(softmax(1.0 * i over i) * p over p)"),
        lambda e: e.at("q", -1).sum() if e.t else softmax(COUNT).sum() * 6,
    ),
    (
        "sum(y[t-1, j, -j] over j)",
        "[t]",
        ("index e, f : -1..1", "y[t, e, f] = a[t] * (2 + e)", "init y[t, e, f] = 5 + H[e-f]", "param H[e] : scalar"),
        lambda e: 6 * e.at("a", -1) if e.t else 15 + e.H[1],
    ),
    (
        "sum(y[t-1, p] * p over p)",
        "[t]",
        ("y[t, i] = q[t, i]", "init y[t, i] = softmax(1.0 * i over i)"),
        lambda e: e.at("q", -1) @ COUNT if e.t else softmax(COUNT) @ COUNT,
    ),
)


@pytest.mark.parametrize(("expression", "points", "statements", "reference"), CASES)
def test_read(expression: str, points: str, statements: tuple[str, ...], reference: Reference) -> None:
    check(expression, reference, points, statements)


def test_init_is_an_operand_only_where_a_point_can_be_outside() -> None:
    inside = lowered(net("y[t, i] = q[t, i]", "init y[t, i] = 7", "o[t, p] = y[t, p]", "output o[t, p]"))
    outside = lowered(net("y[t, i] = q[t, i]", "init y[t, i] = 7", "o[t, p] = y[t-1, p]", "output o[t, p]"))
    assert [len(n.operands) for n in inside.nodes.values() if n.op is Op.READ] == [1]
    assert [len(n.operands) for n in outside.nodes.values() if n.op is Op.READ] == [2]


def test_init_of_zero_is_no_operand() -> None:
    graph = lowered(net("o[t] = x[t-1]", "init x[t] = 0", "output o[t]"))
    assert ops(graph) == [Op.INPUT, Op.READ]


def test_read_of_what_does_not_vary_is_left_out() -> None:
    graph = lowered(net("y[t, i] = a[t] * 2", "o[t, p] = y[t, p] + p", "output o[t, p]"))
    assert Op.READ not in ops(graph)
    t, i = Index("t", Kind.SEQUENCE, 0), Index("i", Kind.RANGE, 1, Size.of(1), Size.of(3))
    p = Index("p", Kind.RANGE, 2, Size.of(1), Size.of(3))
    scalar = Node(Op.INPUT, (), (t,), (), batch=True, attr="a")
    before = Affine(((t, 1),), -1)
    assert needed_accesses(scalar, {t: before, i: here(p)}) == {t: before}
    assert needed_accesses(scalar, {i: End(last=True)}) == {}
    assert needed_accesses(scalar, {i: Affine(((i, 1),), 1)}) == {i: Affine(((i, 1),), 1)}


def test_init_that_needs_itself_is_refused() -> None:
    with pytest.raises(SpecError, match="RNN305") as caught:
        lowered(net("h[t] = h[t-1] + x[t]", "init h[t] = h[t]", "output h[t]"))
    assert caught.value.diagnostics[0].span.line == 18
