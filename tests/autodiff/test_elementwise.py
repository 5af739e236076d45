"""Elementwise rules: what they are made of (that they are right is in `test_rules`, kinks in `test_hazards`)."""

import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.autodiff.elementwise import ELEMENTWISE_RULES, LOGISTIC
from rnndsl.compiler import build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import Op
from tests.autodiff.complex_step import check_gradients
from tests.autodiff.operators import activated
from tests.graph.examples import HIDDEN, Net, T


def _made(op: Op, *more: float) -> RecurrenceGraph:
    net = Net("Made")
    w = net.param("w", HIDDEN)
    value = net.op(op, w, *(net.builder.const(number) for number in more))
    return differentiate(net.finish(net.total(net.mul(value, net.input("x", (T,), HIDDEN)))), wrt=["w"])


def _count(graph: RecurrenceGraph, op: Op) -> int:
    return sum(node.op is op for node in graph.nodes.values())


def test_the_table_is_of_elementwise_operators() -> None:
    assert set(ELEMENTWISE_RULES) <= ELEMENTWISE


def test_functions_are_not_evaluated_again() -> None:
    for op in (Op.TANH, Op.SIGMOID, Op.EXP, Op.SQRT, Op.RELU):
        assert _count(_made(op), op) == 1


def test_powers_of_numbers_need_no_logarithm_and_squares_no_power() -> None:
    assert [_count(_made(Op.POW, 3), op) for op in (Op.POW, Op.LOG, Op.WHERE)] == [2, 0, 0]
    assert [_count(_made(Op.POW, 2), op) for op in (Op.POW, Op.LOG, Op.WHERE)] == [1, 0, 0]
    assert [_count(_made(Op.POW, 0.5), op) for op in (Op.POW, Op.LOG, Op.WHERE)] == [2, 0, 2]


def test_a_quotient_is_divided_once() -> None:
    net = Net("Quotient")
    graph = net.finish(net.total(net.op(Op.DIV, net.input("x", (T,), HIDDEN), net.param("w", HIDDEN))))
    assert _count(differentiate(graph), Op.DIV) == 2


def _quotient(epsilon: float, size: int = 0, *, used_again: bool = False) -> RecurrenceGraph:
    """Return the loss of w x / sqrt(x.x / n + eps), or with `size` instead of n; the root may be used again."""
    net = Net("Quotient")
    x, w = net.mul(net.input("x", (T,), HIDDEN), net.param("w", HIDDEN)), net.param("v", HIDDEN)
    count = net.builder.const(size) if size else net.builder.size(HIDDEN)
    root = net.op(Op.SQRT, net.add(net.op(Op.DIV, net.dot(x, x), count), net.builder.const(epsilon)))
    value = net.mul(net.op(Op.DIV, x, root), w)
    return net.finish(net.total(net.mul(value, root) if used_again else value))


@pytest.mark.parametrize("used_again", [False, True])
@pytest.mark.parametrize("size", [0, 7])
def test_a_vector_over_the_root_of_its_mean_square_has_a_short_adjoint(size: int, used_again: bool) -> None:  # noqa: FBT001
    graph = check_gradients(_quotient(1e-5, size, used_again=used_again))
    if not used_again:  # nothing is differentiated but the quotient itself
        assert _count(graph, Op.WHERE) == _count(_quotient(1e-5, size), Op.WHERE)
        assert _count(graph, Op.DIV) == _count(_quotient(1e-5, size), Op.DIV) + 2


def test_layer_normalisation_has_the_adjoint_of_its_paper() -> None:
    lines = "model N(n = 4):\n    index t : sequence\n    input x[t] : n\n    param w\n    loss sum({} over t)\n"
    graph = check_gradients(build(check(lines.format("w @ layer_norm(x[t] * w)"))), dims={"n": 4})
    assert _count(graph, Op.SQRT) == 1
    assert _count(graph, Op.WHERE) == 0


def test_components_without_a_cotangent_count_in_a_branch() -> None:
    """A target of which a component is absent, and a maximum that another operand wins, leave a cotangent of zero."""
    lines = "model N(n = 4):\n    input x : n\n    target y : n\n    param v, w\n    y ~ normal({})\n"
    check_gradients(build(check(lines.format("maximum(x * v, layer_norm(w))"))), dims={"n": 4})


def test_a_quotient_that_only_looks_like_it_is_differentiated_as_any_other() -> None:
    assert _count(check_gradients(_quotient(0.0)), Op.WHERE) > _count(_quotient(0.0), Op.WHERE)  # at a root of 0
    net = Net("Other")
    x, y = (net.input(name, (T,), HIDDEN) for name in "xy")
    root = net.op(Op.SQRT, net.add(net.op(Op.DIV, net.dot(x, y), net.builder.const(3)), net.builder.const(9.0)))
    check_gradients(net.finish(net.total(net.op(Op.DIV, x, root))))


def test_bulk_activations_stay_in_bulk_where_they_are_logistic() -> None:
    net = Net("Bulk")
    graph = differentiate(net.finish(net.total(activated(net))))
    constants = [node.attr for node in graph.nodes.values() if node.op is Op.SEGMENTS]
    first, second = (tuple((LOGISTIC[op][k], HIDDEN) for op in (Op.SIGMOID, Op.TANH, Op.SIGMOID)) for k in (0, 1))
    assert {first, second} <= set(constants)
    assert _count(graph, Op.SLICE) > 0
