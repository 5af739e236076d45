"""Builders make equal nodes once; `finish` forwards placeholders and drops what nobody needs."""

import pytest

from rnndsl.diagnostics.span import Span
from rnndsl.graph.build import Builder, finish
from rnndsl.graph.node import Labels
from rnndsl.indices import Affine, Kind, here
from rnndsl.ops import DType, Op
from rnndsl.sizes import Size
from tests.graph.examples import EXAMPLES, HIDDEN, VOCAB, C, D, K, N, Net, S, T, shift


def test_equal_nodes_are_made_once() -> None:
    net = Net("Twice")
    x = net.input("x", (T,), HIDDEN)
    first = net.op(Op.TANH, x)
    net.builder.span, net.builder.adjoint = Span("net.rnn", 9, 1, 9, 2), 1
    assert net.op(Op.TANH, x) == first
    assert net.builder.nodes[first].adjoint == 0
    later = net.op(Op.SIN, x)
    assert (net.builder.nodes[later].span.line, net.builder.nodes[later].adjoint) == (9, 1)


def test_a_builder_of_a_graph_knows_its_nodes() -> None:
    graph = EXAMPLES["lstm"]()
    builder = Builder.of(graph)
    for number, node in graph.nodes.items():
        assert builder.add(node) == number
    assert builder.nodes == graph.nodes
    assert builder.const(123.0) == len(graph.nodes)
    assert len(graph.nodes) < len(builder.nodes)


def test_sources() -> None:
    net = Net("Sources")
    build = net.builder
    assert build.nodes[build.size(Size.of(4))].attr == 4.0
    assert build.nodes[build.size(HIDDEN)].op is Op.SIZE
    token, family = net.input("y", (T,), token=VOCAB), net.param("E", HIDDEN, over=(K,))
    assert (build.nodes[token].dtype, build.nodes[token].shape, build.nodes[token].batch) == (DType.INT, (), True)
    assert (build.nodes[family].domain, build.nodes[family].batch) == ((K,), False)


def test_reads_of_the_same_point_are_dropped() -> None:
    net = Net("Reads")
    x = net.input("x", (T, S), HIDDEN)
    assert net.read(x, {T: here(T)}) == x
    assert net.read(x, {}) == x
    one = net.builder.nodes[net.read(x, {S: Affine(((S, 1),), 1), T: here(T)})]
    assert str(one.attr) == str(net.builder.nodes[net.read(x, shift(S, 1))].attr)


def test_products_keep_every_index_and_contractions_sum_what_is_left_out() -> None:
    net = Net("Products")
    x, z = net.input("x", (T,), HIDDEN), net.input("z", (S,), HIDDEN)
    kept = net.builder.nodes[net.builder.product(Labels(("i", "j"), "ij"), z, x)]
    assert (kept.domain, kept.shape, kept.batch) == ((T, S), (HIDDEN, HIDDEN), True)
    summed = net.builder.nodes[net.builder.contract(Labels(("i", "i"), ""), [x, z], (S,), batch=False)]
    assert (summed.domain, summed.shape, summed.batch) == ((S,), (), False)


def test_shapes_that_the_caller_says() -> None:
    net = Net("Shaped")
    x = net.input("x", (T,), HIDDEN * 2)
    node = net.builder.nodes[net.builder.shaped(Op.SLICE, x, shape=(HIDDEN,), attr=HIDDEN)]
    assert (node.shape, node.domain, node.batch) == ((HIDDEN,), (T,), True)


def test_broadcasts_only_where_something_lacks() -> None:
    net = Net("Wide")
    b, x = net.param("b", HIDDEN), net.input("x", (T,), HIDDEN)
    assert net.builder.broadcast(x, (T,), (HIDDEN,), batch=True) == x
    wide = net.builder.broadcast(b, (T,), (HIDDEN,), batch=True)
    assert net.builder.nodes[wide].op is Op.BROADCAST
    assert net.builder.nodes[wide].operands == (b,)


def test_a_definition_is_broadcast_to_what_was_promised() -> None:
    net = Net("Promise")
    x = net.input("x", (T,), HIDDEN)
    net.equation("h", (T,), HIDDEN)
    net.define("h", net.param("b", HIDDEN))
    net.output("h", net.equations["h"].node)
    graph = net.finish(net.total(x))
    node = graph.nodes[graph.equations["h"].node]
    assert (node.op, node.domain, node.batch) == (Op.BROADCAST, (T,), True)


def test_finishing_drops_what_no_output_needs() -> None:
    net = Net("Live")
    x = net.input("x", (T,), HIDDEN)
    for name in ("used", "spare"):
        net.equation(name, (T,), HIDDEN)
        net.define(name, net.op(Op.TANH if name == "used" else Op.SIN, x))
    graph = net.finish(net.total(net.equations["used"].node))
    assert sorted(node.op for node in graph.nodes.values()) == [Op.CONTRACT, Op.INPUT, Op.TANH]
    assert list(graph.equations) == ["used"]
    assert list(graph.nodes) == list(range(len(graph.nodes)))


def test_no_placeholder_is_left_and_cycles_are_closed() -> None:
    for make in EXAMPLES.values():
        graph = make()
        assert not any(node.op is Op.VAR for node in graph.nodes.values())
        assert all(operand in graph.nodes for node in graph.nodes.values() for operand in node.operands)
    net = Net("Cycle")
    h = net.equation("h", (T,), HIDDEN)
    net.define("h", net.op(Op.TANH, net.read(h, shift(T, -1))))
    graph = net.finish(net.total(h))
    tanh = graph.equations["h"].node
    (read,) = graph.nodes[tanh].operands
    assert graph.nodes[read].operands == (tanh,)


def test_a_chain_of_placeholders_ends_at_its_value() -> None:
    net = Net("Chain")
    x = net.input("x", (T,), HIDDEN)
    for k in range(3000):
        net.equation(f"a{k}", (T,), HIDDEN)
    net.define("a0", x)
    for k in range(1, 3000):
        net.define(f"a{k}", net.equations[f"a{k - 1}"].node)
    graph = net.finish(net.total(net.equations["a2999"].node))
    assert len(graph.nodes) == 2


def test_an_equation_that_is_only_itself_stays_for_the_verifier() -> None:
    net = Net("Loop")
    a, b = net.equation("a", (T,), HIDDEN), net.equation("b", (T,), HIDDEN)
    net.define("a", b)
    net.define("b", a)
    graph = net.finish(net.total(a))
    assert Op.VAR in {node.op for node in graph.nodes.values()}


def test_an_index_over_children_is_taken_or_made() -> None:
    builder = Builder.of(EXAMPLES["elman"]())
    assert builder.children_of(N) == C
    bare = Builder()
    made = bare.children_of(N)
    assert (made.kind, made.of, made.name) == (Kind.CHILDREN, N, "n.child")
    assert bare.children_of(N) == made
    assert bare.children_of(D) != made


def test_new_indices_become_the_graphs() -> None:
    frame = EXAMPLES["elman"]()
    builder = Builder.of(frame)
    first, second = builder.fresh(K), builder.fresh(K)
    assert [index.name for index in (first, second)] == ["k_2", "k_3"]
    assert (first.low, first.high, first.order) == (K.low, K.high, K.order)
    assert finish(builder, frame, frame.outputs.values()).indices == (*frame.indices, first, second)


def test_shapes_that_differ_are_a_bug_that_is_named() -> None:
    net = Net("Bug")
    x, b = net.input("x", (T,), HIDDEN), net.param("b", VOCAB)
    with pytest.raises(ValueError, match="shapes differ"):
        net.add(x, b)
    with pytest.raises(ValueError, match="label i is both"):
        net.builder.product(Labels(("i", "i"), ""), x, b)
