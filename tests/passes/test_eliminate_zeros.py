"""What is zero everywhere is the number 0."""

from collections.abc import Callable

import pytest

from rnndsl.graph.node import Labels
from rnndsl.indices import Child, here
from rnndsl.ops import Op
from rnndsl.passes.eliminate_zeros import eliminate_zeros
from rnndsl.sizes import Size
from tests.graph.examples import HIDDEN, D, E, Net, T, shift
from tests.passes.checks import applied, assert_pure, assert_same, describe, inside, meaning

N = HIDDEN
LINK = Child(D, here(E))
Make = Callable[[Net, int, int], int]


def _zero(net: Net) -> int:
    return net.builder.broadcast(net.builder.const(0), (T,), (N,), batch=True)


CASES: dict[str, tuple[Make, str]] = {
    "placed": (lambda n, x, z: n.builder.shaped(Op.PLACE, z, shape=(N * 2,), attr=Size.of(0)), "broadcast(0.0)"),
    "sum of zeros": (lambda n, x, z: n.op(Op.ADD, z, n.op(Op.NEG, z)), "broadcast(0.0)"),
    "one term": (lambda n, x, z: n.add(z, x), "add(broadcast(0.0), x)"),
    "read without a start": (lambda n, x, z: n.read(z, shift(T, 1)), "broadcast(0.0)"),
    "read with a start": (
        lambda n, x, z: n.read(z, shift(T, -1), n.param("p", N)),
        "read(broadcast(0.0), p; t-1)",
    ),
    "used by parents": (
        lambda n, x, z: n.op(Op.USES, n.builder.broadcast(n.builder.const(0), (D, E), (N,), batch=True), attr=LINK),
        "broadcast(0.0)",
    ),
    "constants": (lambda n, x, z: n.op(Op.SEGMENTS, attr=((0.0, N), (0.0, N))), "broadcast(0.0)"),
    "choice of zeros": (lambda n, x, z: n.op(Op.WHERE, n.op(Op.LESS, x, z), z, n.op(Op.SIN, z)), "broadcast(0.0)"),
    "not zero at zero": (lambda n, x, z: n.op(Op.COS, z), "cos(broadcast(0.0))"),
    "single sum": (lambda n, x, z: n.sum(z), "broadcast(0.0)"),
}


@pytest.mark.parametrize("name", CASES)
def test_zeros(name: str) -> None:
    make, expected = CASES[name]
    net = Net("Zero")
    value = make(net, net.input("x", (T,), N), _zero(net))
    assert applied(eliminate_zeros, net, value) == expected


@pytest.mark.parametrize("adjoint", [0, 1])
def test_products_vanish_in_an_adjoint_only(adjoint: int) -> None:
    net = Net("Product")
    x, z = net.input("x", (T,), N), _zero(net)
    net.builder.adjoint = adjoint
    product, dot = net.mul(x, z), net.builder.product(Labels(("i", "i"), ""), x, z)
    net.output("out", product)
    net.output("dot", dot)
    graph = assert_pure(net.finish(net.builder.const(0)), eliminate_zeros)
    assert describe(graph, "out") == ("broadcast(0.0)" if adjoint else "mul(x, broadcast(0.0))")
    assert describe(graph, "dot") == ("broadcast(0.0)" if adjoint else "contract(x, broadcast(0.0); i,i->)")


def test_a_cycle_that_nothing_feeds_is_zero() -> None:
    net = Net("Unfed")
    x, g = net.input("x", (T,), N), net.equation("g", (T,), N)
    net.builder.adjoint = 1
    net.define("g", net.mul(net.add(net.read(g, shift(T, 1)), net.builder.const(0)), x))
    net.output("g", g)
    net.output("fed", net.add(g, x))
    graph = net.finish(net.total(g))
    result = assert_pure(graph, eliminate_zeros)
    assert not inside(result)
    assert describe(result, "g") == "broadcast(0.0)"
    assert_same(meaning(graph), meaning(result))


def test_a_cycle_that_something_feeds_is_not() -> None:
    net = Net("Fed")
    x, g = net.input("x", (T,), N), net.equation("g", (T,), N)
    net.define("g", net.add(net.read(g, shift(T, 1)), x))
    graph = net.finish(net.total(g))
    assert assert_pure(graph, eliminate_zeros) is graph
