"""Slices, placements and concatenations cancel."""

from collections.abc import Callable

import pytest

from rnndsl.ops import Op
from rnndsl.passes.join_slices import join_slices
from rnndsl.sizes import Size
from tests.graph.examples import HIDDEN, VOCAB, Net, T
from tests.passes.checks import applied

N, M = HIDDEN, VOCAB
Make = Callable[[Net, int, int, int], int]


def _cut(net: Net, node: int, start: Size, size: Size = N) -> int:
    return net.builder.shaped(Op.SLICE, node, shape=(size,), attr=start)


def _put(net: Net, node: int, start: Size, size: Size = N * 3) -> int:
    return net.builder.shaped(Op.PLACE, node, shape=(size,), attr=start)


O = Size.of(0)  # noqa: E741

CASES: dict[str, tuple[Make, str]] = {
    "whole": (lambda n, x, y, v: _cut(n, x, O), "x"),
    "slice of a slice": (lambda n, x, y, v: _cut(n, _cut(n, v, N, N * 2), N), "v[2*hidden:+hidden]"),
    "an operand": (lambda n, x, y, v: _cut(n, n.op(Op.CONCAT, x, y), N), "y"),
    "several operands": (lambda n, x, y, v: _cut(n, n.op(Op.CONCAT, v, x, y), N * 3, N * 2), "concat(x, y)"),
    "part of an operand": (lambda n, x, y, v: _cut(n, n.op(Op.CONCAT, x, v), N * 2), "v[hidden:+hidden]"),
    "across operands": (
        lambda n, x, y, v: _cut(n, n.op(Op.CONCAT, x, y), Size.of(1)),
        "concat(x, y)[1:+hidden]",
    ),
    "what was placed": (lambda n, x, y, v: _cut(n, _put(n, x, N), N), "x"),
    "beside it": (lambda n, x, y, v: _cut(n, _put(n, x, N), O), "broadcast(0.0)"),
    "around it": (lambda n, x, y, v: _cut(n, _put(n, x, N), O, N * 2), "place(x, hidden)"),
    "inside it": (lambda n, x, y, v: _cut(n, _put(n, v, N, N * 5), N * 2), "v[hidden:+hidden]"),
    "partly": (lambda n, x, y, v: _cut(n, _put(n, x, N), Size.of(1)), "place(x, hidden)[1:+hidden]"),
    "placed twice": (lambda n, x, y, v: _put(n, _put(n, x, N), N, N * 4), "place(x, 2*hidden)"),
    "placed as the whole": (lambda n, x, y, v: _put(n, x, O, N), "x"),
    "repeated": (
        lambda n, x, y, v: _cut(n, n.builder.broadcast(n.param("p"), (T,), (N * 2,), batch=True), N),
        "broadcast(p)",
    ),
    "tiles": (lambda n, x, y, v: n.add(_put(n, y, N, N * 2), _put(n, x, O, N * 2)), "concat(x, y)"),
    "tiles and more": (
        lambda n, x, y, v: n.add(_put(n, y, N * 2), v, _put(n, x, N)),
        "add(place(concat(x, y), hidden), v)",
    ),
    "the same place": (
        lambda n, x, y, v: n.add(_put(n, x, N), _put(n, y, N)),
        "place(add(x, y), hidden)",
    ),
    "overlapping": (
        lambda n, x, y, v: n.add(_put(n, x, N), _put(n, y, N * 2), _put(n, y, Size.of(1))),
        "add(place(x, hidden), place(y, 2*hidden), place(y, 1))",
    ),
    "joined again": (lambda n, x, y, v: n.op(Op.CONCAT, _cut(n, v, O), _cut(n, v, N, N * 2)), "v"),
    "partly joined": (
        lambda n, x, y, v: n.op(Op.CONCAT, x, _cut(n, v, O), _cut(n, v, N), y),
        "concat(x, v[0:+2*hidden], y)",
    ),
    "in another order": (
        lambda n, x, y, v: n.op(Op.CONCAT, _cut(n, v, N), _cut(n, v, O)),
        "concat(v[hidden:+hidden], v[0:+hidden])",
    ),
    "nested": (lambda n, x, y, v: n.op(Op.CONCAT, n.op(Op.CONCAT, x, y), x), "concat(x, y, x)"),
    "of one": (lambda n, x, y, v: n.op(Op.CONCAT, x), "x"),
}


@pytest.mark.parametrize("name", CASES)
def test_joined(name: str) -> None:
    make, expected = CASES[name]
    net = Net("Join")
    x, y, v = net.input("x", (T,), N), net.input("y", (T,), N), net.input("v", (T,), N * 3)
    assert applied(join_slices, net, make(net, x, y, v)) == expected


def test_sizes_that_cannot_be_compared_stay() -> None:
    net = Net("Sizes")
    x = net.input("x", (T,), N)
    placed = _put(net, x, N, N * 2 + M)
    assert applied(join_slices, net, _cut(net, placed, M)) == "place(x, hidden)[vocab:+hidden]"
