"""Offsets of reads, and the way that a cycle moves."""

from collections.abc import Mapping

import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.offsets import access_offset, direction, read_offset, reads_inside
from rnndsl.indices import Access, Affine, Child, End, Index, Parent, Root, here
from rnndsl.ops import Op
from tests.graph.examples import HIDDEN, C, D, J, K, M, N, Net, S, T, shift
from tests.graph.trees import TREES

DIMS: Mapping[str, int | None] = {"slots": None, "hidden": 3}


@pytest.mark.parametrize(
    ("access", "index", "offset"),
    [
        (here(T), T, (0, 0)),
        (Affine(((T, 1),), -3), T, (-3, -3)),
        (Affine(((T, 1), (J, 1))), T, (-1, 1)),
        (Affine(((T, 1), (J, -1)), -2), T, (-3, -1)),
        (Affine(((M, 1), (J, -1))), M, None),  # round and round
        (Affine(((T, 1), (K, 1))), T, None),  # slots are not known
        (Affine(((T, 1), (S, 1))), T, None),  # no length is
        (Affine(((T, -1),)), T, None),
        (Affine((), 2), T, None),
        (Affine(((S, 1),)), T, None),
        (End(last=True), T, None),
        (Child(N, here(C)), N, (-1, -1)),
        (Child(N, Affine(((K, 1),))), N, (-1, -1)),
        (Parent(N), N, (1, 1)),
        (Root(), N, None),
    ],
)
def test_how_far_an_access_steps(access: Access, index: Index, offset: tuple[int, int] | None) -> None:
    assert access_offset(access, index, DIMS) == offset


def test_known_dimensions_bound_a_step() -> None:
    assert access_offset(Affine(((T, 1), (K, -1))), T, {"slots": 4}) == (-4, -1)


def cycle(*reads: Mapping[Index, Access], domain: tuple[Index, ...] = (T,)) -> tuple[RecurrenceGraph, tuple[int, ...]]:
    """Return a graph of one state that sums several reads of itself, and its component."""
    net = Net("Cycle")
    x, h = net.input("x", domain, HIDDEN), net.equation("h", domain, HIDDEN)
    net.define("h", net.op(Op.TANH, net.add(x, *(net.read(h, at) for at in reads))))
    graph = net.finish(net.total(h))
    (component,) = [component for component in graph.components if graph.is_cyclic(component)]
    return graph, component


@pytest.mark.parametrize(
    ("reads", "way"),
    [
        ((shift(T, -1),), True),
        ((shift(T, 1),), False),
        ((shift(T, -1), shift(T, -4)), True),
        ((shift(T, 2), shift(T, 1)), False),
        ((shift(T, -1), shift(T, 1)), None),
        (({T: End(last=True)},), None),
        (({T: Affine(((T, 1), (J, 1)), -2)},), True),
        (({T: Affine(((T, 1), (J, 1)), 2)},), False),
        (({T: Affine(((T, 1), (J, 1)))},), None),
        (({T: Affine(((T, 1), (J, 1)), -1)},), None),
    ],
)
def test_which_way_a_cycle_moves(reads: tuple[Mapping[Index, Access], ...], way: bool | None) -> None:  # noqa: FBT001
    # `t + j` brings j into the domain: it is a member of the cycle's
    graph, component = cycle(*reads, domain=(T, J) if any("j" in str(at) for at in reads) else (T,))
    assert direction(graph, component, T) is way


def test_each_index_has_a_way_of_its_own() -> None:
    graph, component = cycle(shift(T, -1), shift(S, 1), domain=(T, S))
    assert direction(graph, component, T) is True
    assert direction(graph, component, S) is False
    graph, component = cycle(shift(T, -1), domain=(T, S))
    assert direction(graph, component, S) is None


def test_trees_are_walked_up_or_down_and_their_adjoints_the_other_way() -> None:
    for name, ways in (("tree_lstm", [True]), ("dag", [True]), ("downward", [True, False])):
        graph = TREES[name]()
        index = D if name == "dag" else N
        assert [direction(graph, c, index) for c in graph.components if graph.is_cyclic(c)] == ways
        adjoint = differentiate(graph)
        found = [direction(adjoint, c, index) for c in adjoint.components if adjoint.is_cyclic(c)]
        assert found == ways + [not way for way in reversed(ways)]


def test_uses_are_at_the_parents() -> None:
    graph = differentiate(TREES["tree_lstm"]())
    uses = [number for number, node in graph.nodes.items() if node.op is Op.USES]
    assert {read_offset(graph, user, N) for user in uses} == {(1, 1)}
    assert {read_offset(graph, user, T) for user in uses} == {(0, 0)}
    cyclic = [component for component in graph.components if graph.is_cyclic(component)]
    inside = [user for component in cyclic for user, _ in reads_inside(graph, component)]
    assert set(uses) & set(inside)


def test_a_grid_moves_along_each_of_its_indices() -> None:
    graph = TREES["grid"]()
    (component,) = [component for component in graph.components if graph.is_cyclic(component)]
    assert [direction(graph, component, index) for index in (T, S)] == [True, True]


def test_reads_of_members_only() -> None:
    net = Net("Reads")
    x, h = net.input("x", (T,), HIDDEN), net.equation("h", (T,), HIDDEN)
    outer = net.read(x, shift(T, -1))
    net.define("h", net.op(Op.TANH, net.add(net.read(h, shift(T, -1)), outer)))
    graph = net.finish(net.total(h))
    (component,) = [component for component in graph.components if graph.is_cyclic(component)]
    ((user, operand),) = reads_inside(graph, component)
    assert (graph.nodes[user].op, graph.nodes[operand].op) == (Op.READ, Op.TANH)
    assert read_offset(graph, user, T) == (-1, -1)
    assert read_offset(graph, user, S) == (0, 0)
    assert read_offset(graph, operand, T) == (0, 0)


def test_reads_outside_of_a_range_do_not_count() -> None:
    graph, component = cycle({T: Affine(((T, 1), (J, -1)), 1), J: Affine(((J, 1),), -1)}, domain=(T, J))
    ((user, _),) = reads_inside(graph, component)
    assert read_offset(graph, user, T) == (0, 1)  # j is 0 or 1 where j - 1 is a point
    assert read_offset(graph, user, J) == (-1, -1)
