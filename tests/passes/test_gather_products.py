"""Products that share an operand are one."""

from collections.abc import Callable

import pytest

from rnndsl.graph.node import Labels, Node
from rnndsl.ops import Op
from rnndsl.passes.gather_products import gather_products
from rnndsl.sizes import Size
from tests.graph.examples import HIDDEN, VOCAB, Net, T
from tests.passes.checks import applied

N = HIDDEN
Make = Callable[[Net], int]


def _input(net: Net, name: str, size: Size = N) -> int:
    return net.input(name, (T,), size)


def _outer(net: Net, a: int, b: int) -> int:
    return net.builder.contract(Labels(("i", "j"), "ij"), [a, b], (), batch=False)


def _part(net: Net, node: int, start: Size) -> int:
    return net.builder.shaped(Op.SLICE, node, shape=(N,), attr=start)


def _scatter(net: Net, value: int) -> int:
    token = net.input("k", (T,), token=VOCAB)
    return net.builder.add(Node(Op.SCATTER, (value, token), (), (N, VOCAB), batch=False, attr=1))


def _rows(net: Net) -> int:
    p, x = _input(net, "p", N * 2), _input(net, "x")
    parts = [_outer(net, _part(net, p, start), x) for start in (N, Size.of(0))]
    return net.mul(*parts)


def _needed(net: Net) -> int:
    w = net.param("W", N, N)
    first = net.matvec(w, _input(net, "x"))
    return net.mul(net.add(first, net.matvec(w, _input(net, "y"))), first)


CASES: dict[str, tuple[Make, str]] = {
    "one matrix": (
        lambda n: n.add(
            n.matvec(n.param("W", N, N), _input(n, "x")), _input(n, "z"), n.matvec(n.param("W", N, N), _input(n, "y"))
        ),
        "add(contract(W, add(x, y); ij,j->i), z)",
    ),
    "one vector": (
        lambda n: n.add(_outer(n, _input(n, "x"), _input(n, "z")), _outer(n, _input(n, "y"), _input(n, "z"))),
        "contract(add(x, y), z; i,j->ij)",
    ),
    "one token": (
        lambda n: n.add(_scatter(n, _input(n, "x")), _scatter(n, _input(n, "y"))),
        "scatter(add(x, y), k)",
    ),
    "needed elsewhere": (
        _needed,
        "mul(add(contract(W, x; ij,j->i), contract(W, y; ij,j->i)), contract(W, x; ij,j->i))",
    ),
    "other points": (
        lambda n: n.add(n.matvec(n.param("W", N, N), _input(n, "x")), n.matvec(n.param("W", N, N), n.param("p", N))),
        "add(contract(W, x; ij,j->i), contract(W, p; ij,j->i))",
    ),
    "rows": (
        _rows,
        "mul(contract(p, x; i,j->ij)[hidden:+hidden], contract(p, x; i,j->ij)[0:+hidden])",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_gathered(name: str) -> None:
    make, expected = CASES[name]
    net = Net("Gather")
    assert applied(gather_products, net, make(net)) == expected
