"""Elementwise operations on neighbouring slices are packed, and only where that is safe."""

from collections import Counter

import pytest

from rnndsl.ops import Op
from rnndsl.passes import BEFORE, run
from rnndsl.passes.pack_elementwise import pack_elementwise
from rnndsl.passes.simplify_algebra import simplify_algebra
from rnndsl.passes.stack_products import stack_products
from rnndsl.sizes import Size
from tests.graph.examples import EXAMPLES, HIDDEN, Net, S, T, shift
from tests.passes.cells import CELLS, GRAPHS
from tests.passes.checks import applied, assert_pure, assert_same, inside, meaning, outside

N = HIDDEN


def _halves(net: Net, node: int) -> tuple[int, int]:
    return tuple(net.builder.shaped(Op.SLICE, node, shape=(N,), attr=start) for start in (Size.of(0), N))  # type: ignore[return-value]


def test_sums_of_slices_are_one_sum_and_biases_are_joined() -> None:
    net = Net("Pack")
    p, q = _halves(net, net.input("x", (T,), N * 2)), _halves(net, net.input("y", (T,), N * 2))
    a = net.add(q[0], p[0], net.param("a", N))
    b = net.add(p[1], net.param("b", N), q[1], net.builder.const(1))
    pack = "add(x, y, concat(a, add(b, 1.0)))"
    assert applied(pack_elementwise, net, net.mul(a, b)) == f"mul({pack}[0:+hidden], {pack}[hidden:+hidden])"


def test_a_missing_bias_is_zero() -> None:
    net = Net("Missing")
    p = _halves(net, net.input("x", (T,), N * 2))
    q = _halves(net, net.input("y", (T,), N * 2))
    sums = net.add(p[0], q[0]), net.add(p[1], q[1], net.param("b", N))
    separate = applied(pack_elementwise, net, net.mul(*sums))
    pack = "add(x, y, concat(broadcast(0.0), b))"
    assert separate == f"mul({pack}[0:+hidden], {pack}[hidden:+hidden])"


def test_what_does_not_fit_is_added_after() -> None:
    net = Net("Rest")
    p, q = _halves(net, net.input("x", (T,), N * 2)), _halves(net, net.input("y", (T,), N * 2))
    z = net.input("z", (T,), N)
    sums = net.add(p[0], q[0], z), net.add(p[1], q[1])
    pack = "add(x, y)"
    expected = f"mul(add({pack}[0:+hidden], z), {pack}[hidden:+hidden])"
    assert applied(pack_elementwise, net, net.mul(*sums)) == expected


def test_other_orders_and_other_operators_are_no_pack() -> None:
    net = Net("Crossed")
    p, q = _halves(net, net.input("x", (T,), N * 2)), _halves(net, net.input("y", (T,), N * 2))
    crossed = net.op(Op.MINIMUM, net.mul(p[0], q[1]), net.mul(p[1], q[0]))
    value = net.op(Op.MAXIMUM, crossed, net.op(Op.SUB, net.op(Op.DIV, p[0], q[0]), net.mul(p[1], q[1])))
    net.output("out", value)
    graph = net.finish(net.total(value))
    assert assert_pure(graph, pack_elementwise) is graph


def test_towers_are_packed_level_by_level() -> None:
    net = Net("Tower")
    p, q = _halves(net, net.input("x", (T,), N * 2)), _halves(net, net.input("y", (T,), N * 2))
    half = net.builder.const(0.5)
    tops = [net.op(Op.SUB, net.mul(p[k], half), net.op(Op.DIV, p[k], q[k])) for k in (0, 1)]
    pack = "sub(mul(x, 0.5), div(x, y))"
    assert applied(pack_elementwise, net, net.add(*tops)) == f"add({pack}[0:+hidden], {pack}[hidden:+hidden])"


def test_a_bias_that_depends_on_a_member_is_refused() -> None:
    graph = stack_products(simplify_algebra(CELLS["chained_biases"]()))
    before = Counter(node.op for node in graph.nodes.values())
    packed = assert_pure(graph, pack_elementwise)
    assert Counter(node.op for node in packed.nodes.values()) == before
    assert_same(meaning(graph), meaning(packed))


def test_members_of_different_loops_are_no_pack() -> None:
    net = Net("Directions")
    x = _halves(net, net.input("x", (T,), N * 2))
    for name, part, by in (("h", x[0], -1), ("g", x[1], 1)):
        state = net.equation(name, (T,), N)
        net.define(name, net.op(Op.TANH, net.add(net.read(state, shift(T, by)), part, net.param(f"b_{name}", N))))
        net.output(name, state)
    graph = net.finish(net.total(net.mul(net.equations["h"].node, net.equations["g"].node)))
    assert assert_pure(graph, pack_elementwise) is graph


def test_a_bias_over_other_points_does_not_widen_its_neighbours() -> None:
    net = Net("Widths")
    p = _halves(net, net.matvec(net.param("W", N * 2, N), net.input("x", (T,), N)))
    wide = net.add(p[0], net.read(net.param("a", N), {S: shift(S, -1)[S]}))
    net.output("narrow", net.add(p[1], net.param("b", N)))
    net.output("wide", wide)
    graph = net.finish(net.total(wide))
    packed = assert_pure(graph, pack_elementwise)
    assert {n: o.domain for n, o in packed.outputs.items()} == {n: o.domain for n, o in graph.outputs.items()}
    assert_same(meaning(graph), meaning(packed))


@pytest.mark.parametrize("name", ["lstm_on_vectors", "lstm"])
def test_an_lstm_has_one_product_one_sum_and_one_activation_of_all_gates(name: str) -> None:
    graph = run(GRAPHS[name](), BEFORE)
    ops = inside(graph)
    expected = {Op.CONTRACT: 1, Op.ADD: 2, Op.ACTIVATE: 1, Op.SLICE: 4, Op.TANH: 1, Op.MUL: 3, Op.READ: 2}
    assert ops == expected  # the second sum is the cell's
    wide = [node for node in graph.nodes.values() if node.shape[:1] == (N * 4,) and node.batch]
    product = Op.LOOKUP if name == "lstm" else Op.CONTRACT
    assert sorted(node.op for node in wide) == sorted((product, Op.CONTRACT, Op.ADD, Op.ADD, Op.ACTIVATE))


def test_a_gru_packs_what_its_gates_share() -> None:
    ops = inside(run(CELLS["gru"](), BEFORE))
    assert (ops[Op.CONTRACT], ops[Op.SIGMOID], ops[Op.TANH]) == (2, 1, 1)
    ops = inside(run(CELLS["reset_after_gru"](), BEFORE))
    assert (ops[Op.CONTRACT], ops[Op.SIGMOID], ops[Op.TANH]) == (1, 1, 1)


def test_two_layers_and_two_directions_have_one_product_per_loop() -> None:
    for name in ("two_layers", "bidirectional"):
        graph = run(CELLS[name](), BEFORE)
        ops = inside(graph)
        assert (ops[Op.CONTRACT], ops[Op.ACTIVATE], ops[Op.ADD], ops[Op.SIGMOID]) == (2, 2, 4, 0)
    assert outside(run(CELLS["bidirectional"](), BEFORE))[Op.CONTRACT] == 1 + 2  # the inputs'; dot and sum of the loss


def test_a_peephole_cell_adds_its_peepholes_after_the_pack() -> None:
    ops = inside(run(CELLS["peephole"](), BEFORE))
    assert (ops[Op.CONTRACT], ops[Op.ADD], ops[Op.SIGMOID], ops[Op.TANH]) == (1, 1 + 3 + 1, 3, 2)


def test_every_example_keeps_its_points() -> None:
    for make in EXAMPLES.values():
        graph = make()
        packed = run(graph, BEFORE)
        assert {n: o.domain for n, o in packed.outputs.items()} == {n: o.domain for n, o in graph.outputs.items()}
