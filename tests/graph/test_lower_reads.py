"""Reads: other points, what stands outside, positions."""

import numpy as np
import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.graph.lower_reads import needed_accesses
from rnndsl.graph.node import Node, ReadAt
from rnndsl.indices import Affine, End, Index, Kind, here
from rnndsl.ops import Op
from rnndsl.sizes import Size
from tests.graph import nodes
from tests.graph.small import Array, Reference, check, hot, lowered, net, ops, softmax

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


def _child(spot: nodes.Spot, slot: int) -> int | None:
    return spot.below[slot] if slot < len(spot.below) else None


def _at(values: Array, place: int | None, outside: object) -> object:
    return outside if place is None else values[place]


def _both(spot: nodes.Spot, place: int | None) -> object:
    """Return twice r a step back; before the first point and at a missing child 5 t for the t that was read."""
    if place is None:
        return 5 * spot.time
    return 2 * spot.r[spot.time - 1, place] if spot.time else 0.0


def _firsts(spot: nodes.Spot) -> object:
    start = spot.W @ spot.w
    return np.asarray(_at(spot.x, _child(spot, 0), start)) - np.asarray(_at(spot.x, _child(spot, 2), start))


def _spelt(spot: nodes.Spot, place: int | None, outside: Array) -> Array:
    return outside if place is None else spot.hot(place)


def _by_place(spot: nodes.Spot) -> object:
    return sum(u @ np.asarray(_at(spot.x, _child(spot, k), spot.z)) for k, u in enumerate(spot.U))


def _mixed(spot: nodes.Spot) -> object:
    """Of the first child the 0-th (outside: 4 * 0), of the second the first."""
    second = _child(spot, 1)
    return [0.0, 4.0 if second is None else spot.a[second]]


def _up(spot: nodes.Spot, place: int) -> Array:
    below = [_up(spot, child) + spot.w for child in spot.children[place]]
    return np.asarray(spot.x[place] * sum(below, np.zeros(3)) + spot.z)


def _down(spot: nodes.Spot, place: int) -> Array:
    above = nodes.Spot(spot.values, spot.children, place).above
    return np.asarray(spot.x[place] + 0.5 * (_down(spot, above[0]) if above else spot.w))


ON_TREES: tuple[tuple[str, str, tuple[str, ...], nodes.Reference], ...] = (
    ("x[child(n, 2)]", "[n]", (), lambda s: _at(s.x, _child(s, 1), np.zeros(3))),
    ("x[child(n, 2)]", "[n]", ("init x[n] = w",), lambda s: _at(s.x, _child(s, 1), s.w)),
    ("x[child(n, 1)] - x[child(n, 3)]", "[n]", ("init x = W @ w",), _firsts),
    ("W @ v[child(n, 1)]", "[n]", ("init v = 2",), lambda s: s.W @ _spelt(s, _child(s, 0), np.eye(3)[2])),
    ("W @ v[child(n, 1)]", "[n]", (), lambda s: s.W @ _spelt(s, _child(s, 0), np.zeros(3))),
    ("x[parent(n)]", "[n]", ("init x[n] = z",), lambda s: s.x[s.above[0]] if s.above else s.z),
    ("x[parent(n)] * length(n)", "[n]", (), lambda s: len(s.x) * (s.x[s.above[0]] if s.above else np.zeros(3))),
    ("n + length(n)", "[n]", (), lambda s: s.place + 1 + len(s.children)),
    ("length(k)", "[n]", (), lambda s: len(s.below)),
    ("k * b[n, k]", "[n, k]", (), lambda s: (s.slot + 1) * s.b[s.edges[s.slot]]),
    ("2 if leaf(n) else 3", "[n]", (), lambda s: 3 - (not s.below)),
    ("a[n] if not leaf(n) and n > 1 else b0", "[n]", ("b0 = 7",), lambda s: s.a[s.place] if s.below and s.place else 7),
    ("a[k] - b[n, k]", "[n, k]", (), lambda s: s.a[s.below[s.slot]] - s.b[s.edges[s.slot]]),
    ("sum(U[i] @ x[child(n, i)] over i)", "[n]", ("init x[n] = z",), _by_place),
    ("u[child(n, i), i-1]", "[n, i]", ("u[n, i] = a[n] * i", "init u[n, i] = 4 * i"), _mixed),
    ("r[t-1, child(n, 1)]", "[t, n]", (), lambda s: s.r[s.time - 1, s.below[0]] if s.time and s.below else 0.0),
    (
        "u[t-1, child(n, 2)]",
        "[t, n]",
        ("u[t, n] = 2 * r[t, n]", "init u[t, n] = 5 * t"),
        lambda s: _both(s, _child(s, 1)),
    ),
    (
        "sum(u[t-1, k] over k)",
        "[t, n]",
        ("u[t, n] = r[t, n]", "init u[t, n] = sum(a[k] over k)"),
        lambda s: s.r[s.time - 1, s.below].sum() if s.time else sum(s.a[s.children[c]].sum() for c in s.below),
    ),
    ("h[n]", "[n]", ("h[n] = x[n] * sum(h[k] + w over k) + z",), lambda s: _up(s, s.place)),
    ("h[n]", "[n]", ("h[n] = x[n] + 0.5 * h[parent(n)]", "init h[n] = w"), lambda s: _down(s, s.place)),
)


@pytest.mark.parametrize(("expression", "points", "statements", "reference"), ON_TREES)
def test_read_on_trees(expression: str, points: str, statements: tuple[str, ...], reference: nodes.Reference) -> None:
    nodes.check(expression, reference, points, statements)


@pytest.mark.parametrize(
    ("expression", "points", "reference"),
    [
        ("y[child(d, 2)]", "[d]", lambda s: _at(s.y, _child(s, 1), np.zeros(3))),
        ("c[e] * f[d, e]", "[d, e]", lambda s: s.c[s.below[s.slot]] * s.f[s.edges[s.slot]]),
    ],
)
def test_read_on_dags(expression: str, points: str, reference: nodes.Reference) -> None:
    nodes.check(expression, reference, points, tree="d")


def test_trees_are_read_along_by_themselves() -> None:
    graph = nodes.net("o[t, n] = r[t-1, child(n, 1)]", "init r[t, n] = 2", "output o[t, n]")
    reads = [[index.name for index, _ in n.attr.at] for n in graph.nodes.values() if isinstance(n.attr, ReadAt)]
    assert sorted(reads) == [["n"], ["t"]]


def test_a_child_that_is_there_has_no_init() -> None:
    graph = nodes.net("o[n] = sum(x[k] over k)", "init x[n] = w", "output o[n]")
    assert [len(n.operands) for n in graph.nodes.values() if n.op is Op.READ] == [1]


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
