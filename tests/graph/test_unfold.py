"""Unfolding into a plain acyclic graph."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import networkx as nx
import pytest

from rnndsl.graph.errors import GraphError
from rnndsl.graph.graph import EquationInfo
from rnndsl.graph.instances import Instance, Structure
from rnndsl.graph.unfold import label, quantities, unfold
from rnndsl.ops import Op
from tests.graph.examples import DIMS, EXAMPLES, LENGTHS, STRUCTURE, Net, S, T, shift
from tests.graph.trees import TREES


def _labels(lengths: dict[str, tuple[int, ...]]) -> list[tuple[str, str]]:
    net = Net("Chain")
    h = net.equation("h", (T,))
    net.define("h", net.op(Op.TANH, net.add(net.read(h, shift(T, -1)), net.input("x", (T,)))))
    unfolded = unfold(net.finish(net.total(h)), lengths, DIMS)
    names = nx.get_node_attributes(unfolded, "label")
    return [(names[a], names[b]) for a, b in unfolded.edges]


def test_a_recurrence_becomes_a_chain() -> None:
    edges = _labels({"t": (3,)})
    assert {("h@1", "read@2"), ("read@2", "add@2"), ("x@2", "add@2"), ("add@2", "h@2"), ("h@3", "contract")} <= set(
        edges
    )
    assert ("h@3", "read@4") not in edges


def _labels_of(name: str, structure: Mapping[str, Sequence[Structure]]) -> set[tuple[str, str]]:
    unfolded = unfold(TREES[name](), {"t": (2,), "s": (3,)}, DIMS, structure=structure)
    names = nx.get_node_attributes(unfolded, "label")
    return {(names[a], names[b]) for a, b in unfolded.edges}


def test_several_indices_stand_in_brackets() -> None:
    edges = _labels_of("grid", {})
    assert {("h@(1,3)", "read@(2,3)"), ("h@(2,2)", "read@(2,3)"), ("x@(2,3)", "add@(2,3)")} <= edges
    assert {a for a, _ in edges if "@(3," in a} == {"z@(3,1)", "z@(3,2)"}, "z[s, t] is labelled as it is written"


def test_a_node_bears_its_outermost_name_and_a_random_equation_not_that_of_its_data() -> None:
    net = Net("Names")
    x = net.input("x", (S, T))
    y = net.input("y", (), role="target")
    for name, node in (("cell.h", net.add(x, y)), ("h", net.add(x, y)), ("y", net.op(Op.TANH, y))):
        net.equations[name] = EquationInfo(name, node, (S, T), f"{name} = ...")
    graph = net.finish(net.total(net.mul(net.add(x, y), net.op(Op.TANH, y))))
    named = sorted((quantity.name, quantity.domain) for quantity in quantities(graph).values())
    assert named == [("h", (S, T)), ("x", (S, T)), ("y", ()), ("y.nll", ())]


def test_labels() -> None:
    assert [label("h", ()), label("h", (3,)), label("h", (2, 3))] == ["h", "h@3", "h@(2,3)"]
    assert label("h", (3,), 0) == "h@3#1"


def test_trees_and_their_edges() -> None:
    edges = _labels_of("tree_lstm", {"n": [[[], [2, 0], []]]})
    assert {("h@3", "read@(2,1)"), ("h@1", "read@(2,2)"), ("read@(2,1)", "contract@2"), ("x@2", "lookup@2")} <= edges
    assert not any(b in {"read@(1,1)", "read@(2,3)"} for _, b in edges)
    several = unfold(TREES["dag"](), {}, DIMS, structure=STRUCTURE)
    assert {"h@4#1", "h@1#2", "softmax@(1,3)#1"} <= set(nx.get_node_attributes(several, "label").values())


def test_examples_are_told_apart() -> None:
    edges = _labels({"t": (1, 2)})
    assert ("h@1#2", "read@2#2") in edges
    assert ("h@1#1", "contract") in edges
    assert not any("@2#1" in a or "@2#1" in b for a, b in edges)


def test_every_example_unfolds_into_an_acyclic_graph_of_labelled_instances() -> None:
    for make in EXAMPLES.values():
        unfolded = unfold(make(), LENGTHS, DIMS)
        assert nx.is_directed_acyclic_graph(unfolded)
        assert all(isinstance(node, Instance) for node in unfolded)
        assert len(nx.get_node_attributes(unfolded, "label")) == len(unfolded)


def test_a_value_that_needs_itself_is_refused() -> None:
    net = Net("Loop")
    h = net.equation("h", (T,))
    net.define("h", net.add(net.read(h, shift(T, -1)), net.input("x", (T,))))
    graph = net.finish(net.total(h))
    (number,) = [n for n, node in graph.nodes.items() if node.op is Op.ADD]
    nodes = {**graph.nodes, number: replace(graph.nodes[number], operands=(number, number))}
    with pytest.raises(GraphError, match="needs itself"):
        unfold(replace(graph, nodes=nodes), {"t": (2,)}, DIMS)


def test_long_sequences_unfold() -> None:
    assert len(_labels({"t": (3000,)})) > 3000
