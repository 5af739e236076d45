"""The order of nodes at one point."""

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.graph.order import same_point, same_point_order
from rnndsl.ops import Op
from tests.graph.examples import EXAMPLES
from tests.graph.trees import TREES


def test_at_a_point_operands_come_first() -> None:
    graph = EXAMPLES["lstm"]()
    (cycle,) = [component for component in graph.components if graph.is_cyclic(component)]
    order = same_point_order(graph, cycle)
    place = {number: k for k, number in enumerate(order)}
    assert sorted(order) == sorted(cycle)
    for number in order:
        node = graph.nodes[number]
        operands = node.operands[1:] if node.op is Op.READ else node.operands
        assert all(place[operand] < place[number] for operand in operands if operand in place)


def test_reads_of_other_points_are_left_out_but_not_their_inits() -> None:
    for graph in (EXAMPLES["lstm"](), differentiate(TREES["tree_lstm"]())):
        needs = same_point(graph)
        for number, node in graph.nodes.items():
            expected = set(node.operands[1:] if node.op in {Op.READ, Op.USES} else node.operands)
            assert set(needs[number]) == expected


def test_one_node_is_its_own_order() -> None:
    assert same_point_order(EXAMPLES["elman"](), (3,)) == [3]
