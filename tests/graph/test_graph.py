"""Views of a graph: its network, its users, and components in an order that is the same on every run."""

from dataclasses import replace

from rnndsl.graph.graph import InputInfo, RecurrenceGraph, condense
from rnndsl.ops import Op
from tests.graph.examples import EXAMPLES, HIDDEN, Net, T, shift


def long_chain(length: int) -> RecurrenceGraph:
    net = Net("Long")
    value = net.input("x", (T,), HIDDEN)
    for k in range(length):
        value = net.op(Op.TANH if k % 2 else Op.SIN, value)
    return net.finish(net.total(value))


def test_the_network_has_an_edge_for_every_operand() -> None:
    net = Net("Square")
    x = net.input("x", (T,), HIDDEN)
    graph = net.finish(net.total(net.mul(x, x)))
    (square,) = (number for number, node in graph.nodes.items() if node.op is Op.MUL)
    assert [data["slot"] for _, _, data in graph.network.in_edges(square, data=True)] == [0, 1]
    assert graph.network.nodes[square]["node"] is graph.nodes[square]


def test_users_are_each_named_once() -> None:
    for make in EXAMPLES.values():
        graph = make()
        for number in graph.nodes:
            users = [user for user, node in graph.nodes.items() if number in node.operands]
            assert list(graph.users[number]) == users


def test_components_are_a_partition_with_operands_first() -> None:
    for make in EXAMPLES.values():
        graph = make()
        flat = [number for component in graph.components for number in component]
        assert sorted(flat) == sorted(graph.nodes)
        place = {number: k for k, component in enumerate(graph.components) for number in component}
        for number, node in graph.nodes.items():
            assert all(place[operand] <= place[number] for operand in node.operands)


def test_what_needs_a_loop() -> None:
    net = Net("Loops")
    h, g = (net.equation(name, (T,), HIDDEN) for name in "hg")
    for name, state, by in (("h", h, -1), ("g", g, 1)):
        net.define(name, net.op(Op.TANH, net.read(state, shift(T, by))))
    graph = net.finish(net.total(net.mul(h, g)))
    cyclic = [component for component in graph.components if graph.is_cyclic(component)]
    assert [sorted(graph.nodes[n].op for n in component) for component in cyclic] == [[Op.READ, Op.TANH]] * 2
    assert not long_chain(3).is_cyclic(long_chain(3).components[0])


def test_a_node_that_reads_itself_is_a_cycle() -> None:
    graph = long_chain(1)
    (sine,) = (number for number, node in graph.nodes.items() if node.op is Op.SIN)
    looped = replace(graph, nodes={**graph.nodes, sine: replace(graph.nodes[sine], operands=(sine,))})
    assert looped.is_cyclic((sine,))
    assert not graph.is_cyclic((sine,))


def test_ignored_edges_take_cycles_apart() -> None:
    graph = EXAMPLES["elman"]()
    (cycle,) = [component for component in graph.components if graph.is_cyclic(component)]
    ((read, state),) = [
        (number, graph.nodes[number].operands[0]) for number in cycle if graph.nodes[number].op is Op.READ
    ]
    assert condense(graph, cycle) == (cycle,)
    apart = condense(graph, cycle, [(read, state)])
    assert [len(component) for component in apart] == [1] * len(cycle)
    assert (apart[0], apart[-1]) == ((read,), (state,))


def test_only_members_count() -> None:
    graph = long_chain(4)
    sines = [number for number, node in graph.nodes.items() if node.op is Op.SIN]
    assert condense(graph, sines[::-1]) == tuple((number,) for number in sines)
    assert condense(graph, []) == ()


def test_long_chains_need_no_recursion() -> None:
    graph = long_chain(5000)
    assert len(graph.components) == 5002
    assert [component[0] for component in graph.components] == list(graph.nodes)


def test_which_data_are_whole_numbers() -> None:
    net = Net("Data")
    net.input("x", (T,))
    net.input("y", (T,), token=HIDDEN)
    pointer = InputInfo("p", (T,), (), None, "target", point=T)
    assert [info.whole for info in (*net.inputs.values(), pointer)] == [False, True, True]
