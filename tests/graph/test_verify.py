"""The verifier: what it accepts, and one broken graph for each of its clauses."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.diagnostics.span import NOWHERE, Span
from rnndsl.graph.errors import GraphError
from rnndsl.graph.graph import OutputInfo, RecurrenceGraph
from rnndsl.graph.node import Choice, Draw, Labels, Node, Over, ReadAt
from rnndsl.graph.signatures import RESULT, SHAPED
from rnndsl.graph.verify import ANY_KIND, ARITY, ATTRS, KINDS, verify_graph
from rnndsl.indices import Access, Affine, Child, End, Index, Parent, Root, here
from rnndsl.ops import DType, Op
from rnndsl.sizes import Size
from tests.autodiff.operators import CASES, graph_of
from tests.graph.examples import EXAMPLES, HIDDEN, VOCAB, C, D, E, J, K, N, Net, S, T, shift
from tests.graph.trees import TREES

Change = Callable[[Node], Node]


def test_the_examples_are_well_formed() -> None:
    for make in (*EXAMPLES.values(), *TREES.values()):
        verify_graph(make())
    for cases in CASES.values():
        for case in cases:
            verify_graph(graph_of(case))


def test_its_tables_are_total() -> None:
    assert set(ARITY) == set(Op)
    assert set(RESULT) | SHAPED == set(Op)
    assert not set(KINDS) & ANY_KIND
    assert set(ATTRS) <= set(Op)


def everything() -> RecurrenceGraph:
    """Return a graph with what the clauses are about."""
    net = Net("Everything")
    build = net.builder
    x, y, w = net.input("x", (T,), HIDDEN), net.input("y", (T,), token=VOCAB), net.param("W", HIDDEN, VOCAB)
    h = net.equation("h", (T,), HIDDEN)
    net.define("h", net.op(Op.TANH, net.add(net.read(h, shift(T, -1), net.param("h0", HIDDEN)), x)))
    looked = net.op(Op.LOOKUP, w, y, attr=1)
    joint = net.op(Op.CONCAT, h, looked)
    part = build.shaped(Op.SLICE, joint, shape=(HIDDEN,), attr=HIDDEN)
    alone = net.op(Op.SOFTMAX, part, attr=Over(()))
    product = build.product(Labels(("ij", "i"), "j"), w, alone)
    picked = net.op(Op.PICK, product, y)
    put = build.shaped(Op.PUT, picked, y, shape=(VOCAB,))
    hot = build.shaped(Op.ONE_HOT, y, shape=(VOCAB,))
    seen = net.op(Op.SEEN, y)
    where = net.op(Op.WHERE, seen, net.op(Op.SUB, put, hot), build.const(0))
    wide = build.broadcast(where, (T, S), (VOCAB,), batch=True)
    scatter = Node(Op.SCATTER, (h, y), (), (HIDDEN, VOCAB), batch=False, attr=1)
    return net.finish(net.add(net.total(wide), net.total(build.add(scatter))))


def _size(node: Node) -> Node:
    return replace(node, shape=(*node.shape, Size.of(7)))


BROKEN: list[tuple[Op, Change, str]] = [
    (Op.TANH, lambda n: replace(n, operands=(999,)), "operand %999 does not exist"),
    (Op.TANH, lambda n: replace(n, operands=n.operands * 2), "does not take 2 operands"),
    (Op.ADD, lambda n: replace(n, operands=()), "does not take 0 operands"),
    (Op.TANH, lambda n: replace(n, op=Op.VAR, attr="h"), "a placeholder was left"),
    (Op.TANH, lambda n: replace(n, attr=1.0), "attribute"),
    (Op.SOFTMAX, lambda n: replace(n, attr=None), "attribute"),
    (Op.LOOKUP, lambda n: replace(n, attr=2), "no axis"),
    (Op.BROADCAST, lambda n: replace(n, domain=(S, T)), "canonical order"),
    (Op.BROADCAST, lambda n: replace(n, domain=(T, T)), "repeated"),
    (Op.BROADCAST, lambda n: replace(n, batch=False), "not over the batch"),
    (Op.BROADCAST, lambda n: replace(n, shape=(VOCAB,) * 3), "3 axes"),
    (Op.BROADCAST, lambda n: replace(n, domain=(S,)), "loses an index"),
    (Op.BROADCAST, lambda n: replace(n, shape=(HIDDEN,)), "cannot be repeated"),
    (Op.BROADCAST, lambda n: replace(n, dtype=DType.INT), "changes the kind"),
    (Op.PARAM, lambda n: replace(n, attr="nobody"), "not declared"),
    (Op.PARAM, lambda n: replace(n, domain=(K,)), "not as it was declared"),
    (Op.INPUT, lambda n: replace(n, dtype=DType.BOOL), "not as it was declared"),
    (Op.WHERE, lambda n: replace(n, operands=(n.operands[1], *n.operands[1:])), "condition is not a truth"),
    (Op.WHERE, lambda n: replace(n, operands=(*n.operands[:2], n.operands[0])), "different kinds"),
    (Op.PICK, lambda n: replace(n, operands=n.operands[:1] * 2), "operand 1 is real, not int"),
    (Op.READ, lambda n: replace(n, attr=ReadAt(())), "indices of a read"),
    (Op.READ, lambda n: replace(n, attr=ReadAt(((S, End(last=True)), (T, End(last=True))))), "canonical order"),
    (Op.READ, lambda n: replace(n, attr=ReadAt(((T, Affine(((T, 1),))),))), "same point"),
    (Op.READ, lambda n: replace(n, attr=ReadAt(((T, Affine(((T, 2),))),))), "one form"),
    (Op.READ, lambda n: replace(n, attr=ReadAt(((T, Affine(((J, 1), (T, 1)))),))), "one form"),
    (Op.READ, lambda n: replace(n, domain=(T, S)), "its domain is"),
    (Op.SLICE, lambda n: replace(n, shape=()), "shapes of its operands"),
    (Op.PUT, _size, "shapes of its operands"),
    (Op.ONE_HOT, _size, "shapes of its operands"),
    (Op.SCATTER, lambda n: replace(n, shape=(VOCAB, HIDDEN)), "shapes of its operands"),
    (Op.LOOKUP, lambda n: replace(n, shape=(VOCAB,)), "shapes of its operands"),
    (Op.CONCAT, _size, "shapes of its operands"),
    (Op.CONTRACT, lambda n: replace(n, attr=Labels(("ii", "i"), "i")), "a letter stands twice"),
    (Op.CONTRACT, lambda n: replace(n, attr=Labels(("ij", "j"), "j")), "letters do not fit"),
    (Op.CONTRACT, lambda n: replace(n, attr=Labels(("ij", "i"), "k")), "letters do not fit"),
    (Op.CONTRACT, lambda n: replace(n, attr=Labels(("ij", "i"), "i")), "its letters say"),
    (Op.CONTRACT, lambda n: replace(n, domain=(T, S)), "varies over what none"),
    (Op.SCATTER, lambda n: replace(n, domain=(K,)), "varies over what none"),
    (Op.SOFTMAX, _size, "its operands say"),
    (Op.SOFTMAX, lambda n: replace(n, dtype=DType.INT), "its kind is int"),
    (Op.TANH, lambda n: replace(n, domain=(T, S)), "its domain is"),
    (Op.CONST, lambda n: replace(n, batch=True), "its domain is"),
    (Op.SUB, lambda n: replace(n, shape=()), "its operands say"),
    (Op.TANH, lambda n: replace(n, span=Span("net.rnn", 0, 1, 1, 1)), "no line"),
]


@pytest.mark.parametrize(("op", "change", "message"), BROKEN)
def test_a_broken_node_is_refused(op: Op, change: Change, message: str) -> None:
    graph = everything()
    verify_graph(graph)
    number = next(n for n, node in graph.nodes.items() if node.op is op)
    broken = replace(graph, nodes={**graph.nodes, number: change(graph.nodes[number])})
    with pytest.raises(GraphError, match=message) as caught:
        verify_graph(broken)
    assert caught.value.node is not None


def tree() -> RecurrenceGraph:
    """Return a graph with what the clauses about trees are about."""
    net = Net("Tree")
    x, w = net.input("x", (N,), HIDDEN), net.param("w", HIDDEN, over=(K,))
    below = net.read(x, {N: Child(N, here(C))})
    dual = net.op(Op.USES, below, attr=Child(N, here(C)))
    weights = net.op(Op.SOFTMAX, below, attr=Over((C,)))
    largest = net.op(Op.MAX, weights, attr=Over((N, C)))
    numbers = net.op(Op.NUMBER, net.input("y", (N,), token=VOCAB))
    missing = net.op(Op.MISSING, attr=Child(N, Affine((), 2)))
    count = net.op(Op.WHERE, missing, net.op(Op.LENGTH, attr=C), net.op(Op.IOTA, attr=C))
    return net.finish(net.add(*map(net.total, (dual, largest, numbers, count, net.mul(w, w)))))


def at(*places: tuple[Index, Access]) -> ReadAt:
    return ReadAt(places)


BROKEN_ON_TREES: list[tuple[Op, Change, str]] = [
    (Op.READ, lambda n: replace(n, attr=at((N, Child(D, here(C))))), "is no point of n"),
    (Op.READ, lambda n: replace(n, attr=at((N, Child(N, here(E))))), "is no point of n"),
    (Op.READ, lambda n: replace(n, attr=at((N, Child(N, Affine(((K, 2),)))))), "one form"),
    (Op.READ, lambda n: replace(n, attr=at((N, Child(N, Affine(((K, 1), (J, 1))))))), "its domain is"),
    (Op.READ, lambda n: replace(n, attr=at((N, Child(N, Affine(((J, 1), (K, 1))))))), "one form"),
    (Op.READ, lambda n: replace(n, attr=at((N, Parent(D)))), "is no point of n"),
    (Op.READ, lambda n: replace(n, attr=at((D, Parent(D)))), "has no one parent"),
    (Op.READ, lambda n: replace(n, attr=at((T, Root()))), "t has no root"),
    (Op.READ, lambda n: replace(n, attr=at((N, here(T)))), "n is read at a number"),
    (Op.READ, lambda n: replace(n, attr=at((T, Affine(((T, 1),), -1)), (N, Root()))), "names another index, too"),
    (Op.READ, lambda n: replace(n, domain=(N,)), "its domain is"),
    (Op.USES, lambda n: replace(n, operands=(0,)), "does not vary over"),
    (Op.USES, lambda n: replace(n, attr=Child(N, Affine((), 1))), "c runs over a parent's children"),
    (Op.USES, lambda n: replace(n, attr=Child(N, here(E))), "does not vary over"),
    (Op.USES, lambda n: replace(n, attr=Parent(N)), "attribute"),
    (Op.MISSING, lambda n: replace(n, attr=N), "attribute"),
    (Op.MISSING, lambda n: replace(n, attr=Child(T, Affine((), 1))), "is no point of t"),
    (Op.MISSING, lambda n: replace(n, attr=Parent(T)), "is no point of t"),
    (Op.MISSING, lambda n: replace(n, domain=()), "its domain is"),
    (Op.MAX, lambda n: replace(n, attr=Over((N,)), domain=(N, C)), "c would be left without its node"),
    (Op.SOFTMAX, lambda n: replace(n, domain=(C,)), "canonical order"),
    (Op.NUMBER, lambda n: replace(n, operands=(0,)), "operand 0 is real, not int"),
    (Op.LENGTH, lambda n: replace(n, domain=()), "its domain is"),
    (Op.IOTA, lambda n: replace(n, batch=False), "not over the batch"),
]


@pytest.mark.parametrize(("op", "change", "message"), BROKEN_ON_TREES)
def test_a_broken_node_on_a_tree_is_refused(op: Op, change: Change, message: str) -> None:
    graph = tree()
    verify_graph(graph)
    number = next(n for n, node in graph.nodes.items() if node.op is op)
    broken = replace(graph, nodes={**graph.nodes, number: change(graph.nodes[number])})
    with pytest.raises(GraphError, match=message):
        verify_graph(broken)


def test_edges_are_read_at_their_own_point_only() -> None:
    graph = tree()
    edges = next(n for n, node in graph.nodes.items() if node.op is Op.SOFTMAX)
    for access in (Root(), Child(N, Affine((), 1)), End(last=True)):
        read = Node(Op.READ, (edges,), (N, C), (HIDDEN,), batch=True, attr=at((N, access)))
        with pytest.raises(GraphError, match="edges are read elsewhere"):
            verify_graph(replace(graph, nodes={**graph.nodes, 99: read}))


def drawing() -> RecurrenceGraph:
    """Return a graph that draws a token and searches for one."""
    net = Net("Drawing")
    build, y = net.builder, net.input("y", (T,), token=VOCAB)
    numbers = build.add(Node(Op.RANDOM, (), (T,), (VOCAB,), batch=True, attr=Draw("y.draw", "gumbel")))
    scores = net.add(net.op(Op.TEMPER, net.param("w", VOCAB), attr=Over(())), numbers)
    drawn = net.op(Op.TOP, scores, attr=Over(()))
    found = net.op(Op.BEAM, scores, y, attr=Choice((), K))
    point = net.op(Op.BEAM, net.input("e", (T, S)), y, attr=Choice((S,), K))
    own = net.op(Op.LESS, net.op(Op.OPTION, attr="mix"), build.const(0.5))
    tokens = net.op(Op.WHERE, own, net.op(Op.WHERE, own, drawn, found), point)
    return net.finish(net.total(build.shaped(Op.ONE_HOT, tokens, shape=(VOCAB,))))


BROKEN_DRAWS: list[tuple[Op, Change, str]] = [
    (Op.RANDOM, lambda n: replace(n, attr=Draw("y.draw", "cauchy")), "cauchy is no kind of random number"),
    (Op.RANDOM, lambda n: replace(n, dtype=DType.INT), "draws real numbers of its own"),
    (Op.RANDOM, lambda n: replace(n, domain=(), batch=False), "draws real numbers of its own"),
    (Op.RANDOM, lambda n: replace(n, attr="y"), "attribute"),
    (Op.TOP, lambda n: replace(n, attr=Over((K,))), "shapes of its operands"),
    (Op.TOP, lambda n: replace(n, dtype=DType.REAL), "its kind is real"),
    (Op.BEAM, lambda n: replace(n, operands=n.operands[:1]), "does not take 1 operands"),
    (Op.BEAM, lambda n: replace(n, operands=n.operands[:1] * 2), "operand 1 is real, not int"),
    (Op.BEAM, lambda n: replace(n, operands=n.operands[1:] * 2), "operand 0 is int, not real"),
    (Op.BEAM, lambda n: replace(n, domain=(T,)), "its domain is"),
    (Op.BEAM, lambda n: replace(n, attr=Choice((K,), J), domain=(T, J)), "shapes of its operands"),
    (Op.BEAM, lambda n: replace(n, attr="y"), "attribute"),
    (Op.OPTION, lambda n: replace(n, batch=True), "its domain is"),
    (Op.TEMPER, _size, "its operands say"),
]


@pytest.mark.parametrize(("op", "change", "message"), BROKEN_DRAWS)
def test_a_broken_draw_is_refused(op: Op, change: Change, message: str) -> None:
    graph = drawing()
    verify_graph(graph)
    number = next(n for n, node in graph.nodes.items() if node.op is op)
    broken = replace(graph, nodes={**graph.nodes, number: change(graph.nodes[number])})
    with pytest.raises(GraphError, match=message):
        verify_graph(broken)


def test_cycles_along_trees_and_grids_are_legal() -> None:
    for make in TREES.values():
        verify_graph(differentiate(make()))


def test_a_cycle_at_one_point_is_refused() -> None:
    graph = everything()
    state = graph.equations["h"].node
    (inner,) = graph.nodes[state].operands
    broken = replace(graph.nodes[inner], operands=(graph.nodes[inner].operands[1], state))
    with pytest.raises(GraphError, match="needs itself at the same point"):
        verify_graph(replace(graph, nodes={**graph.nodes, inner: broken}))


def test_an_init_that_needs_the_read_is_refused() -> None:
    graph = everything()
    number = next(n for n, node in graph.nodes.items() if node.op is Op.READ)
    broken = replace(graph.nodes[number], operands=(graph.nodes[number].operands[0],) * 2)
    with pytest.raises(GraphError, match="needs itself at the same point"):
        verify_graph(replace(graph, nodes={**graph.nodes, number: broken}))


def test_outputs_and_equations_have_to_exist_with_their_indices() -> None:
    graph = everything()
    state = graph.equations["h"].node
    for info, message in (
        (OutputInfo("other", state, (T,)), "is listed as"),
        (OutputInfo("out", 999, (T,)), "does not exist"),
        (OutputInfo("out", state, ()), "does not have all indices"),
    ):
        with pytest.raises(GraphError, match=message):
            verify_graph(replace(graph, outputs={"out": info}))
    missing = {"h": replace(graph.equations["h"], node=999)}
    with pytest.raises(GraphError, match="does not exist"):
        verify_graph(replace(graph, equations=missing))


def test_the_place_of_an_equation_is_kept() -> None:
    graph = everything()
    state = graph.equations["h"].node
    broken = {**graph.nodes, state: replace(graph.nodes[state], span=NOWHERE)}
    with pytest.raises(GraphError, match="the place of h was lost"):
        verify_graph(replace(graph, nodes=broken))
