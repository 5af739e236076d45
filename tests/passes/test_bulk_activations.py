"""Activations of neighbouring slices are one operation."""

from rnndsl.ops import Op
from rnndsl.passes.bulk_activations import bulk_activations
from rnndsl.sizes import Size
from tests.graph.examples import HIDDEN, Net, T, shift
from tests.passes.checks import applied, assert_pure, assert_same, meaning

N = HIDDEN


def _slice(net: Net, node: int, start: int, size: int = 1) -> int:
    return net.builder.shaped(Op.SLICE, node, shape=(N * size,), attr=N * start)


def test_neighbours_are_one_operation_and_equal_functions_one_segment() -> None:
    net = Net("Bulk")
    x = net.input("x", (T,), N * 4)
    functions = (Op.SIGMOID, Op.SIGMOID, Op.TANH, Op.EXP)
    value = net.op(Op.CONCAT, *[net.op(f, _slice(net, x, k)) for k, f in enumerate(functions)])
    net.output("out", value)
    graph = net.finish(net.total(value))
    result = assert_pure(graph, bulk_activations)
    assert_same(meaning(graph), meaning(result))
    (bulk,) = [node for node in result.nodes.values() if node.op is Op.ACTIVATE]
    assert bulk.attr == ((Op.SIGMOID, N * 2), (Op.TANH, N), (Op.EXP, N))
    assert bulk.shape == (N * 4,)


def test_one_function_on_all_is_that_function() -> None:
    net = Net("Same")
    x = net.input("x", (T,), N * 3)
    value = net.mul(net.op(Op.TANH, _slice(net, x, 1)), net.op(Op.TANH, _slice(net, x, 2)))
    bulk = "tanh(x[hidden:+2*hidden])"
    assert applied(bulk_activations, net, value) == f"mul({bulk}[0:+hidden], {bulk}[hidden:+hidden])"


def test_a_gap_or_an_overlap_is_no_run() -> None:
    net = Net("Gap")
    x = net.input("x", (T,), N * 4)
    value = net.mul(net.op(Op.TANH, _slice(net, x, 0)), net.op(Op.TANH, _slice(net, x, 2)))
    value = net.add(value, net.op(Op.EXP, net.builder.shaped(Op.SLICE, x, shape=(N,), attr=Size.of(1))))
    net.output("out", value)
    graph = net.finish(net.total(value))
    assert assert_pure(graph, bulk_activations) is graph


def test_functions_inside_and_outside_of_a_loop_stay_apart() -> None:
    net = Net("Loop")
    x, h = net.input("x", (T,), N * 2), net.equation("h", (T,), N)
    past = net.mul(net.builder.const(1.5), net.read(h, shift(T, -1)))
    net.define("h", net.op(Op.SIN, net.mul(past, net.op(Op.TANH, _slice(net, x, 0)))))
    joint = net.op(Op.CONCAT, h, past)
    inner = net.op(Op.TANH, _slice(net, joint, 0))
    value = net.mul(inner, net.op(Op.TANH, _slice(net, x, 1)))
    net.output("out", value)
    graph = net.finish(net.total(value))
    result = assert_pure(graph, bulk_activations)
    assert_same(meaning(graph), meaning(result))
    assert sum(node.op is Op.TANH for node in result.nodes.values()) == 2
