"""Elementwise rules: what they are made of (that they are right is in `test_rules`, kinks in `test_hazards`)."""

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.autodiff.elementwise import ELEMENTWISE_RULES, LOGISTIC
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import Op
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


def test_bulk_activations_stay_in_bulk_where_they_are_logistic() -> None:
    net = Net("Bulk")
    graph = differentiate(net.finish(net.total(activated(net))))
    constants = [node.attr for node in graph.nodes.values() if node.op is Op.SEGMENTS]
    first, second = (tuple((LOGISTIC[op][k], HIDDEN) for op in (Op.SIGMOID, Op.TANH, Op.SIGMOID)) for k in (0, 1))
    assert {first, second} <= set(constants)
    assert _count(graph, Op.SLICE) > 0
