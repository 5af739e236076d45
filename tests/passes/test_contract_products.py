"""Sums of products are contractions of their factors."""

from collections.abc import Callable

import pytest

from rnndsl.graph.node import Labels
from rnndsl.indices import Affine, Domain
from rnndsl.ops import Op
from rnndsl.passes.contract_products import contract_products
from tests.graph.examples import HIDDEN, J, K, Net, S, T
from tests.passes.checks import applied, assert_pure, assert_same, describe, meaning

N = HIDDEN
Make = Callable[[Net], int]


def _sum(net: Net, letters: str, *operands: int, domain: Domain = (T,)) -> int:
    given, out = letters.split("->")
    return net.builder.contract(Labels(tuple(given.split(",")), out), operands, domain, batch=True)


def _z(net: Net) -> int:
    return net.input("z", (S,), N)


def _alpha(net: Net) -> int:
    """A scalar over both sequences."""
    return net.op(Op.TANH, net.dot(net.input("x", (T,), N), _z(net)))


ALPHA = "tanh(contract(x, z; i,i->))"

CASES: dict[str, tuple[Make, str]] = {
    "a product": (lambda n: _sum(n, "i->i", n.mul(_alpha(n), _z(n))), f"contract({ALPHA}, z; ,i->i)"),
    "a square": (lambda n: _sum(n, "i->", n.mul(_z(n), _z(n)), domain=(S,)), "contract(z, z; i,i->)"),
    "a number": (
        lambda n: _sum(n, "i->", n.mul(_z(n), n.builder.const(3)), domain=(S,)),
        "mul(contract(z; i->), 3.0)",
    ),
    "not summed": (
        lambda n: _sum(n, ",i->i", _alpha(n), n.input("y", (T,), N)),
        f"mul(contract({ALPHA}; ->), y)",
    ),
    "a factor not summed": (
        lambda n: _sum(n, "i,i->i", n.mul(_alpha(n), n.param("v", N)), _z(n)),
        f"mul(contract({ALPHA}, z; ,i->i), v)",
    ),
    "three factors": (
        lambda n: _sum(n, "i,->", n.mul(_z(n), n.input("w", (T,), N)), n.input("q", (T,)), domain=()),
        "contract(z, mul(w, q); i,i->)",
    ),
    "a matrix product": (
        lambda n: _sum(n, "ij,j->i", n.param("W", N, N), n.input("w", (T,), N)),
        "contract(W, w; ij,j->i)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_contracted(name: str) -> None:
    make, expected = CASES[name]
    net = Net("Contract")
    assert applied(contract_products, net, make(net)) == expected


def test_a_product_that_is_needed_is_summed_as_it_is() -> None:
    net = Net("Shared")
    x, y = net.input("x", (T,), N), net.input("y", (T,), N)
    product = net.mul(x, y)
    net.output("product", net.op(Op.TANH, product))
    net.output("a", net.builder.contract(Labels(("i",), "i"), [product], (), batch=False))
    net.output("b", net.builder.contract(Labels(("i", "i"), ""), [y, x], (T,), batch=True))
    graph = net.finish(net.builder.const(0))
    result = assert_pure(graph, contract_products)
    assert_same(meaning(graph), meaning(result))
    assert describe(result, "a") == "contract(mul(x, y); i->i)"
    assert describe(result, "b") == "contract(mul(x, y); i->)"


def test_only_what_varies_is_read_elsewhere() -> None:
    net = Net("Read")
    w = net.op(Op.TANH, net.param("w", over=(K,)))
    product = net.mul(w, net.param("s", over=(J,)))
    moved = net.read(product, {K: Affine(((K, 1), (J, 1)))})
    assert applied(contract_products, net, net.sum(moved, J)) == "contract(read(tanh(w); k+j), s; ,->)"
