"""Nothing is repeated only to be multiplied and summed again."""

from collections.abc import Callable

import pytest

from rnndsl.graph.node import Labels
from rnndsl.indices import Domain
from rnndsl.ops import Op
from rnndsl.passes.drop_broadcasts import drop_broadcasts
from rnndsl.sizes import Shape
from tests.graph.examples import HIDDEN, K, M, Net, T
from tests.passes.checks import applied

N = HIDDEN
Make = Callable[[Net], int]


def _wide(net: Net, node: int, domain: Domain = (T,), shape: Shape = (N,)) -> int:
    return net.builder.broadcast(node, domain, shape, batch=any(index.ragged for index in domain))


def _x(net: Net) -> int:
    return net.input("x", (T,), N)


def _sum(net: Net, letters: str, *operands: int, domain: Domain = (), batch: bool = True) -> int:
    given, out = letters.split("->")
    return net.builder.contract(Labels(tuple(given.split(",")), out), operands, domain, batch=batch)


CASES: dict[str, tuple[Make, str]] = {
    "a function": (lambda n: n.op(Op.TANH, _wide(n, n.param("p", N))), "broadcast(tanh(p))"),
    "a factor": (lambda n: n.mul(_wide(n, n.param("p", N)), _x(n)), "mul(p, x)"),
    "both": (lambda n: n.mul(_wide(n, n.param("p")), _wide(n, n.param("q"))), "broadcast(mul(p, q))"),
    "a choice": (
        lambda n: n.op(Op.WHERE, n.op(Op.LESS, _x(n), n.builder.const(0)), _wide(n, n.param("p")), _x(n)),
        "where(less(x, 0.0), p, x)",
    ),
    "components": (
        lambda n: _sum(n, "i,i->", _wide(n, n.input("y", (T,))), _x(n), domain=(T,)),
        "contract(y, x; ,i->)",
    ),
    "points": (
        lambda n: _sum(n, "i,i->", _wide(n, n.param("p", N)), _x(n), batch=False),
        "contract(p, x; i,i->)",
    ),
    "how many components": (
        lambda n: _sum(n, "i->", _wide(n, n.input("y", (T,))), domain=(T,)),
        "mul(contract(y; ->), hidden)",
    ),
    "how many points of a range": (
        lambda n: _sum(n, "->", _wide(n, n.param("p"), (K, M), ()), batch=False),
        "mul(contract(p; ->), slots^2)",
    ),
    "repeated after the sum": (
        lambda n: _sum(n, "i->i", _wide(n, n.param("p", N, over=(K,)), (K, M)), domain=(M,), batch=False),
        "broadcast(contract(p; i->i))",
    ),
    "the number of points of a sequence": (
        lambda n: _sum(n, "->", _wide(n, n.builder.const(1), (T,), ()), batch=False),
        "contract(broadcast(1.0); ->)",
    ),
    "components, but not points": (
        lambda n: _sum(n, "i->", _wide(n, n.param("p")), batch=False),
        "mul(contract(broadcast(p); ->), hidden)",
    ),
    "a repeated result": (
        lambda n: _sum(n, "i->i", _wide(n, n.input("y", (T,))), batch=False),
        "broadcast(contract(y; ->))",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_dropped(name: str) -> None:
    make, expected = CASES[name]
    net = Net("Drop")
    assert applied(drop_broadcasts, net, make(net)).replace("slots*slots", "slots^2") == expected
