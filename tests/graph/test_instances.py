"""Instances: index sets at given lengths, where accesses fall, and what an instance needs."""

import pytest

from rnndsl.graph.instances import Extents, Instance, rows
from rnndsl.indices import Affine, End
from rnndsl.ops import Op
from tests.graph.examples import EXAMPLES, J, K, M, Net, S, T, shift

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
