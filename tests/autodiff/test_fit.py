"""Undoing broadcasting."""

from typing import cast

import numpy as np
import pytest

from rnndsl.autodiff.fit import fit, letters, total
from rnndsl.graph.interpret import interpret
from rnndsl.graph.node import Labels
from rnndsl.indices import Domain
from rnndsl.ops import Op
from rnndsl.sizes import Shape
from tests.autodiff.complex_step import Array
from tests.graph.examples import DIMS, HIDDEN, VOCAB, K, Net, S, T, sample

OPERANDS: list[tuple[Domain, Shape, bool]] = [
    ((T, K), (HIDDEN,), True),
    ((K,), (HIDDEN,), False),
    ((T,), (), True),
    ((), (HIDDEN,), True),
    ((), (), False),
    ((T, S, K), (HIDDEN,), True),
]


@pytest.mark.parametrize(("domain", "shape", "batch"), OPERANDS)
@pytest.mark.parametrize("product", [False, True])
def test_sums_what_the_operand_lacks(domain: Domain, shape: Shape, *, batch: bool, product: bool) -> None:
    """A contribution on (t, k) of a use on (t, s, k): its sum over all uses is what counts, however it is spread."""
    net = Net("Fit")
    value = net.mul(net.input("x", (T,), HIDDEN), net.param("w", over=(K,)))
    contribution = value if product else net.op(Op.NEG, net.op(Op.NEG, value))
    like = net.builder.nodes[net.builder.placeholder("like", domain, shape, batch=batch)]
    found = fit(net.builder, contribution, like, ((T, S, K), True))
    node = net.builder.nodes[found]
    assert node.shape == shape
    assert set(node.domain) <= set(domain)
    assert batch or not node.batch
    whole = net.builder.broadcast(contribution, (T, S, K), (HIDDEN,), batch=True)
    spread = net.builder.broadcast(found, domain, shape, batch=batch)
    if set(domain) == {T, S, K}:
        expected = net.total(whole)
    else:
        expected = net.total(net.builder.contract(Labels(("i",), letters(like)), [whole], domain, batch=batch))
    net.output("expected", expected)
    net.output("found", net.total(spread))
    graph = net.finish(net.builder.const(0))
    params, data = sample(graph)
    got = interpret(graph, params, data, dims=DIMS, lengths={"t": (2, 1), "s": (1, 3)})
    assert float(cast("Array", got["found"])) == pytest.approx(float(cast("Array", got["expected"])), rel=1e-12)


def test_a_sum_of_a_product_is_one_contraction() -> None:
    net = Net("Product")
    x, w, v = net.input("x", (T,), HIDDEN), net.param("w", HIDDEN), net.param("v", HIDDEN)
    like = net.builder.nodes[w]
    found = net.builder.nodes[fit(net.builder, net.mul(x, net.mul(x, v)), like, ((T,), True))]
    assert (found.op, found.attr, len(found.operands)) == (Op.CONTRACT, Labels(("i", "i"), "i"), 2)


def test_what_fits_is_left_alone() -> None:
    net = Net("Same")
    x = net.input("x", (T,), HIDDEN)
    assert fit(net.builder, x, net.builder.nodes[x], ((T,), True)) == x


def test_totals_of_components() -> None:
    net = Net("Components")
    net.output("sum", total(net.builder, net.param("W", HIDDEN, VOCAB), set(), components=True))
    graph = net.finish(net.builder.const(0))
    params, _ = sample(graph)
    found = interpret(graph, params, {}, dims=DIMS)["sum"]
    assert float(cast("Array", found)) == pytest.approx(float(np.sum(params["W"])))
