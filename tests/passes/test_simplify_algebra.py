"""Constants are folded and neutral operations dropped."""

from collections.abc import Callable

import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels
from rnndsl.ops import Op
from rnndsl.passes.simplify_algebra import simplify_algebra
from tests.graph.examples import HIDDEN, Net, T, shift
from tests.growth import doubled
from tests.passes.checks import applied, assert_pure, inside

Make = Callable[[Net, int, int], int]


def _const(net: Net, value: float) -> int:
    return net.builder.const(value)


def _product(net: Net, a: int, b: int, *letters: str) -> int:
    return net.builder.product(Labels(letters[:-1], letters[-1]), a, b)


CASES: dict[str, tuple[Make, str]] = {
    "zero added": (lambda n, x, y: n.add(x, _const(n, 0), y), "add(x, y)"),
    "constants added": (lambda n, x, y: n.add(_const(n, 1), x, _const(n, 2)), "add(x, 3.0)"),
    "sum of sums": (lambda n, x, y: n.add(n.add(x, y), n.op(Op.NEG, x)), "add(x, y, neg(x))"),
    "sum of one": (lambda n, x, y: n.add(x), "x"),
    "nothing is left": (lambda n, x, y: n.add(x, n.add(_const(n, 2), _const(n, -2))), "x"),
    "times one": (lambda n, x, y: n.mul(_const(n, 1), x), "x"),
    "times minus one": (lambda n, x, y: n.mul(x, _const(n, -1)), "neg(x)"),
    "times zero stays": (lambda n, x, y: n.mul(x, _const(n, 0)), "mul(x, 0.0)"),
    "scaled twice": (lambda n, x, y: n.mul(_const(n, 2), n.mul(x, _const(n, 3))), "mul(x, 6.0)"),
    "beyond all numbers": (
        lambda n, x, y: n.mul(_const(n, 1e200), n.mul(x, _const(n, 1e200))),
        "mul(1e+200, mul(x, 1e+200))",
    ),
    "negated and scaled": (lambda n, x, y: n.mul(n.op(Op.NEG, x), _const(n, 3)), "mul(x, -3.0)"),
    "product of three": (lambda n, x, y: n.mul(x, y, x), "mul(mul(x, y), x)"),
    "double negation": (lambda n, x, y: n.op(Op.NEG, n.op(Op.NEG, x)), "x"),
    "minus zero": (lambda n, x, y: n.op(Op.SUB, x, _const(n, 0)), "x"),
    "zero minus": (lambda n, x, y: n.op(Op.SUB, _const(n, 0), x), "neg(x)"),
    "over one": (lambda n, x, y: n.op(Op.DIV, x, _const(n, 1)), "x"),
    "first power": (lambda n, x, y: n.op(Op.POW, x, _const(n, 1)), "x"),
    "square": (lambda n, x, y: n.op(Op.POW, x, _const(n, 2)), "mul(x, x)"),
    "folded": (lambda n, x, y: n.mul(x, n.op(Op.SQRT, n.op(Op.SUB, _const(n, 5), _const(n, 1)))), "mul(x, 2.0)"),
    "no number": (lambda n, x, y: n.op(Op.MAXIMUM, x, n.op(Op.LOG, _const(n, -1))), "maximum(x, log(-1.0))"),
    "infinite": (lambda n, x, y: n.op(Op.DIV, x, n.op(Op.EXP, _const(n, 1e9))), "div(x, exp(1000000000.0))"),
    "known to be true": (lambda n, x, y: n.op(Op.WHERE, n.op(Op.LESS, _const(n, 1), _const(n, 2)), x, y), "x"),
    "known to be false": (lambda n, x, y: n.op(Op.WHERE, n.op(Op.EQUAL, _const(n, 1), _const(n, 2)), x, y), "y"),
    "no choice": (lambda n, x, y: n.op(Op.WHERE, n.op(Op.LESS, x, y), x, x), "x"),
    "repeated one": (lambda n, x, y: n.mul(x, n.builder.broadcast(_const(n, 1), (T,), (HIDDEN,), batch=True)), "x"),
    "product of scalars": (lambda n, x, y: _product(n, x, y, "i", "i", "i"), "mul(x, y)"),
    "scaled product": (lambda n, x, y: _product(n, x, _const(n, 3), "i", "", "i"), "mul(x, 3.0)"),
    "scaled sum": (lambda n, x, y: _product(n, x, _const(n, 3), "i", "", ""), "mul(contract(x; i->), 3.0)"),
}


@pytest.mark.parametrize("name", CASES)
def test_simplified(name: str) -> None:
    make, expected = CASES[name]
    net = Net("Case")
    x, y = net.input("x", (T,), HIDDEN), net.input("y", (T,), HIDDEN)
    assert applied(simplify_algebra, net, make(net, x, y)) == expected


def test_what_carries_the_domain_is_kept_as_a_broadcast() -> None:
    net = Net("Wide")
    p, zero = net.param("p", HIDDEN), net.builder.broadcast(net.builder.const(0), (T,), (), batch=True)
    assert applied(simplify_algebra, net, net.add(p, zero)) == "broadcast(p)"


def test_sums_stay_on_their_own_domain() -> None:
    net = Net("Minimal")
    p, q, x = net.param("p", HIDDEN), net.param("q", HIDDEN), net.input("x", (T,), HIDDEN)
    assert applied(simplify_algebra, net, net.add(net.add(p, q), x)) == "add(add(p, q), x)"


def test_what_was_taken_out_of_a_loop_stays_out() -> None:
    net = Net("Loop")
    x, y, h = net.input("x", (T,), HIDDEN), net.input("y", (T,), HIDDEN), net.equation("h", (T,), HIDDEN)
    net.define("h", net.op(Op.TANH, net.add(net.read(h, shift(T, -1)), net.add(x, y))))
    graph = assert_pure(net.finish(net.total(h)), simplify_algebra)
    assert inside(graph) == {Op.READ: 1, Op.ADD: 1, Op.TANH: 1}


def test_a_long_chain_of_sums_is_not_quadratic() -> None:
    def chain(length: int) -> RecurrenceGraph:
        net = Net("Long")
        value = net.input("x", (T,))
        for k in range(length):
            value = net.add(value, net.op(Op.SIN, net.mul(net.input("x", (T,)), net.builder.const(k + 2))))
        return net.finish(net.total(value))

    graphs = {length: chain(length) for length in (400, 800)}
    assert doubled(lambda length: simplify_algebra(graphs[length]), 400) < 2.3
