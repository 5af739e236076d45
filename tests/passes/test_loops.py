"""Loops are the strongly connected components with a cycle."""

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node
from rnndsl.ops import Op
from rnndsl.passes.loops import find_loops, leads_to
from tests.graph.examples import Net, T, shift
from tests.graph.trees import TREES
from tests.passes.cells import GRAPHS


def _loops(graph: RecurrenceGraph) -> list[set[int]]:
    found: dict[int, set[int]] = {}
    for number, loop in find_loops(graph.nodes).items():
        found.setdefault(loop, set()).add(number)
    return sorted(found.values(), key=min)


def test_loops_are_the_components_with_a_cycle() -> None:
    made = [make() for make in (*GRAPHS.values(), *TREES.values())]
    for graph in (*made, *map(differentiate, made)):
        cyclic = [set(component) for component in graph.components if graph.is_cyclic(component)]
        assert _loops(graph) == sorted(cyclic, key=min)


def test_a_loop_bears_the_number_of_its_first_member() -> None:
    graph = GRAPHS["two_layers"]()
    assert [{min(loop)} for loop in _loops(graph)] == [{n} for n in sorted(set(find_loops(graph.nodes).values()))]


def test_long_chains_need_no_recursion() -> None:
    net = Net("Long")
    h = net.equation("h", (T,))
    value = net.read(h, shift(T, -1))
    for _ in range(5000):
        value = net.op(Op.TANH, value)
    net.define("h", value)
    assert len(find_loops(net.finish(net.total(h)).nodes)) == 5001


def test_leads_to_follows_operands() -> None:
    nodes = {k: Node(Op.TANH, (k - 1,) if k else (), (), (), batch=False) for k in range(4)}
    assert leads_to(nodes, {1}, 3)
    assert leads_to(nodes, {3}, 3)
    assert not leads_to(nodes, {3}, 2)
