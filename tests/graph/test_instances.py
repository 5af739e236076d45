"""Instances: index sets at given lengths, where accesses fall, and what an instance needs."""

import pytest

from rnndsl.graph.instances import Extents, Instance, axes, rows
from rnndsl.indices import Affine, Child, End, Parent, Root, here
from rnndsl.ops import Op
from tests.graph.examples import EXAMPLES, STRUCTURE, C, D, E, J, K, M, N, Net, S, T, shift

EXTENTS = Extents({"slots": 4, "hidden": 3, "vocab": 5}, {"t": (3, 0), "s": (1, 2)}, 2)


def test_points_of_index_sets() -> None:
    assert list(EXTENTS.points(T, 0)) == [1, 2, 3]
    assert list(EXTENTS.points(T, 1)) == []
    assert list(EXTENTS.points(J, None)) == [-1, 0, 1]
    assert [list(env.values()) for env in EXTENTS.grid((S, J), 1)] == [[s, j] for s in (1, 2) for j in (-1, 0, 1)]
    with pytest.raises(ValueError, match="t has a length only in an example"):
        EXTENTS.points(T, None)


def test_where_accesses_fall() -> None:
    env = {T: 1, M: 4, K: 4, J: 1}
    assert EXTENTS.locate(T, Affine(((T, 1),), -1), env, 0) is None
    assert EXTENTS.locate(T, Affine(((T, 1),), 2), env, 0) == 3
    assert EXTENTS.locate(T, Affine(((T, 1),), 3), env, 0) is None
    assert EXTENTS.locate(M, Affine(((M, 1), (J, 1))), env, None) == 1
    assert EXTENTS.locate(K, Affine(((K, 1), (J, 1))), env, None) is None
    assert EXTENTS.locate(K, Affine((), 2), env, None) == 2
    assert [EXTENTS.locate(T, End(last=last), env, 0) for last in (False, True)] == [1, 3]
    assert [EXTENTS.locate(T, End(last=last), env, 1) for last in (False, True)] == [None, None]
    assert [EXTENTS.locate(J, End(last=last), env, None) for last in (False, True)] == [-1, 1]


NODES = Extents({"slots": 4}, {"t": (2,)}, 4, STRUCTURE)


def test_nodes_and_their_children() -> None:
    assert list(NODES.points(N, 0)) == [1, 2, 3, 4, 5]
    assert [list(NODES.points(C, 0, {N: node})) for node in (1, 2, 3)] == [[1], [1, 2, 3], []]
    assert [tuple(env.values()) for env in NODES.grid((N, C), 0)] == [(1, 1), (2, 1), (2, 2), (2, 3)]
    assert [env[C] for env in NODES.grid((C,), 0, {N: 2, T: 1})] == [1, 2, 3]
    assert [(env[C], env[N]) for env in NODES.grid((C, N), 0)] == [(1, 1), (1, 2), (2, 2), (3, 2)]
    assert [env[K] for env in NODES.grid((N, C, K), 0)][:5] == [1, 2, 3, 4, 1]
    assert NODES.parents(D, 0) == [[], [1, 3], [1], [2, 3]]
    with pytest.raises(ValueError, match="n has nodes only in an example"):
        NODES.points(N, None)


def test_where_accesses_along_trees_fall() -> None:
    child = [NODES.locate(N, Child(N, here(C)), {N: 2, C: c}, 0) for c in (1, 2, 3)]
    assert child == [5, 1, 4]
    assert [NODES.locate(N, Child(N, Affine((), k)), {N: 1}, 0) for k in (0, 1, 2)] == [None, 3, None]
    assert [NODES.locate(N, Parent(N), {N: node}, 0) for node in (1, 2, 3, 4)] == [2, None, 1, 2]
    assert [NODES.locate(N, Root(), {}, example) for example in range(4)] == [2, 1, 1, 3]
    assert [NODES.locate(D, Root(), {}, example) for example in range(4)] == [1, 1, 2, 2]
    assert NODES.locate(N, End(last=True), {}, 0) == 5
    assert Extents({}, {}, 1, {"n": [[]]}).locate(N, Root(), {}, 0) is None


def test_axes_of_arrays() -> None:
    assert axes((T, N, K)) == [(T,), (N,), (K,)]
    assert axes((N, C, K)) == [(N, C), (K,)]
    assert axes((T, D, N, C, K)) == [(T,), (D,), (N, C), (K,)]
    assert axes((C, T, N)) == [(N, C), (T,)]


def test_a_node_is_used_by_all_whose_child_it_is() -> None:
    net = Net("Uses")
    net.output("all", net.op(Op.USES, net.input("x", (D, E)), attr=Child(D, here(E))))
    net.output("second", net.op(Op.USES, net.input("u", (D,)), attr=Child(D, Affine((), 2))))
    graph = net.finish(net.builder.const(0))
    every, second = graph.outputs["all"].node, graph.outputs["second"].node
    used = [[row[0].point for row in rows(graph, NODES, Instance(every, 0, (node,)))] for node in (1, 2, 4)]
    assert used == [[], [(1, 1), (1, 2), (3, 2)], [(2, 1), (3, 1)]]
    assert [len(rows(graph, NODES, Instance(second, 0, (node,)))) for node in (1, 2, 3, 4)] == [0, 2, 0, 0]


def test_a_read_needs_its_operand_or_its_init_or_nothing() -> None:
    net = Net("Read")
    x, w = net.input("x", (T,)), net.param("w")
    net.output("a", net.read(x, shift(T, -1), w))
    graph = net.finish(net.read(x, shift(T, -1)))
    with_init, without = graph.outputs["a"].node, graph.outputs["loss"].node
    assert rows(graph, EXTENTS, Instance(with_init, 0, (2,))) == ((Instance(0, 0, (1,)),),)
    assert rows(graph, EXTENTS, Instance(with_init, 0, (1,))) == ((Instance(1, None, ()),),)
    assert rows(graph, EXTENTS, Instance(without, 0, (1,))) == ()


def test_a_sum_over_the_batch_needs_all_points_of_all_examples() -> None:
    net = Net("Sum")
    graph = net.finish(net.total(net.mul(net.input("x", (T, S)), net.input("y", (S,)))))
    found = rows(graph, EXTENTS, Instance(graph.outputs["loss"].node, None, ()))
    assert [(row[0].example, row[0].point) for row in found] == [(0, (1, 1)), (0, (2, 1)), (0, (3, 1))]


def test_every_instance_of_an_example_has_rows_of_its_operands() -> None:
    graph = EXAMPLES["shifts"]()
    for number, node in graph.nodes.items():
        place = Instance(number, 0 if node.batch else None, tuple(1 for _ in node.domain))
        found = rows(graph, EXTENTS, place)
        if node.op is not Op.READ:
            assert all([operand.node for operand in row] == list(node.operands) for row in found)
