"""What a loop does not change leaves its sums and products."""

from rnndsl.ops import Op
from rnndsl.passes.hoist_sums import hoist_sums
from tests.graph.examples import HIDDEN, Net, S, T, shift
from tests.passes.cells import CELLS
from tests.passes.checks import assert_pure, inside, outside

N = HIDDEN


def test_what_the_loop_does_not_change_is_one_operand() -> None:
    net = Net("Sum")
    x, h, b = net.input("x", (T,), N), net.equation("h", (T,), N), net.param("b", N)
    inner = net.add(net.op(Op.EXP, x), net.read(h, shift(T, -1)), b, net.builder.const(1))
    net.define("h", net.op(Op.TANH, inner))
    graph = assert_pure(net.finish(net.total(h)), hoist_sums)
    (inside_sum,) = [n for n in graph.nodes.values() if n.op is Op.ADD and len(n.operands) == 2]
    (outside_sum,) = [n for n in graph.nodes.values() if n.op is Op.ADD and len(n.operands) == 3]
    assert graph.nodes[inside_sum.operands[1]] == outside_sum
    assert outside(graph)[Op.ADD] == 1


def test_a_single_outer_operand_stays() -> None:
    net = Net("One")
    x, h = net.input("x", (T,), N), net.equation("h", (T,), N)
    net.define("h", net.op(Op.TANH, net.add(x, net.read(h, shift(T, -1)))))
    graph = net.finish(net.total(h))
    assert assert_pure(graph, hoist_sums) is graph


def test_sums_outside_of_loops_stay() -> None:
    net = Net("None")
    value = net.add(net.input("x", (T,), N), net.input("y", (T,), N), net.param("p", N))
    graph = net.finish(net.total(value))
    assert assert_pure(graph, hoist_sums) is graph


def test_what_is_the_same_everywhere_is_added_first() -> None:
    net = Net("Biases")
    x, b, d = net.input("x", (T,), N), net.param("b", N), net.param("d", N)
    value = net.add(x, b, net.builder.const(1), d)
    graph = assert_pure(net.finish(net.total(value)), hoist_sums)
    sums = {n.operands: n for n in graph.nodes.values() if n.op is Op.ADD}
    (joined,) = [n for n in sums.values() if not n.domain]
    assert {graph.nodes[o].op for o in joined.operands} == {Op.PARAM}
    assert assert_pure(graph, hoist_sums) is graph


def test_another_loop_is_outside() -> None:
    graph = assert_pure(CELLS["two_layers"](), hoist_sums)
    assert inside(graph)[Op.CONTRACT] == 8


def test_a_sum_is_not_made_larger_than_its_parts() -> None:
    graph = assert_pure(CELLS["two_sequences"](), hoist_sums)
    made = [n for n in graph.nodes.values() if n.op is Op.ADD]
    outer = [n for n in made if n.domain == (S,)]
    assert len(outer) == 1  # Z @ z[s] + b; with x[t] in it, it would be over t and s
    assert all(n.domain == (T, S) for n in made if n not in outer)


def test_factors_are_grouped_outside() -> None:
    net = Net("Factors")
    h, p, q = net.equation("h", (T,), N), net.param("p", N), net.param("q", N)
    net.define("h", net.op(Op.SIN, net.mul(q, net.mul(net.read(h, shift(T, -1), net.input("h0", (), N)), p))))
    graph = net.finish(net.total(h))
    assert inside(graph)[Op.MUL] == 2
    result = assert_pure(graph, hoist_sums)
    assert inside(result)[Op.MUL] == 1
    assert outside(result)[Op.MUL] == 1


def test_what_is_the_same_at_all_points_is_added_up_once() -> None:
    net = Net("Biases")
    value = net.add(net.input("x", (T,), N), net.param("p", N), net.input("y", (T,), N), net.param("q", N))
    graph = assert_pure(net.finish(net.total(value)), hoist_sums)
    sums = [node for node in graph.nodes.values() if node.op is Op.ADD]
    assert [(node.batch, len(node.operands)) for node in sums] == [(False, 2), (True, 3)]
