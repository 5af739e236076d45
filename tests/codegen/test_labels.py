"""Variables are called after equations, parameters and inputs, or after what they are for."""

import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.codegen.labels import WORDS, make_labels
from rnndsl.ops import Op
from rnndsl.passes import BEFORE, run
from tests.codegen.emitting import graph_of

TREE = ("index p : tree", "index c : children(p)", "input x[p] : n")
RNN = ("input x[t] : n", "param W, U", "h[t] : n = tanh(W @ h[t-1] + U @ x[t])", "loss sum(h[t] @ h[t] over t)")


def test_equations_parameters_and_inputs_keep_their_names() -> None:
    graph = graph_of(*RNN)
    labels = make_labels(graph)
    assert labels[graph.equations["h"].node] == "h"
    named = {labels[n] for n, node in graph.nodes.items() if node.op in {Op.PARAM, Op.INPUT}}
    assert named == {"x", "W", "U"}


def test_every_node_has_a_label() -> None:
    for graph in (graph_of(*RNN), run(graph_of(*RNN), BEFORE), differentiate(graph_of(*RNN))):
        labels = make_labels(graph)
        assert set(labels) == set(graph.nodes)
        assert all(labels.values())
        assert labels == make_labels(graph)


def test_reads_say_what_they_read() -> None:
    graph = graph_of(*RNN)
    (read,) = [n for n, node in graph.nodes.items() if node.op is Op.READ]
    assert make_labels(graph)[read] == f"h_{WORDS[Op.READ]}"


def test_gradients_begin_with_d() -> None:
    graph = differentiate(graph_of(*RNN))
    labels = make_labels(graph)
    own = [labels[n] for n, node in graph.nodes.items() if node.adjoint and node.op is not Op.CONST]
    assert own
    assert [name for name in own if not name.startswith("d")] == []


def test_many_equations_take_linear_time() -> None:
    lines = [f"a_{k}[t] = sin(a_{k - 1}[t]) + cos(a_{k - 1}[t])" for k in range(1, 2000)]
    graph = graph_of("input x[t] : n", "a_0[t] = sin(x[t])", *lines, "output a_1999[t]")
    assert len(make_labels(graph)) == len(graph.nodes) > 5000


READS = {
    "h_before": ("input x[t] : n", "h[t] : n = tanh(h[t-1] + x[t])", "output h[t]"),
    "h_after": ("input x[t] : n", "h[t] : n = tanh(h[t+1] + x[t])", "output h[t]"),
    "h_first": ("input x[t] : n", "h[t] = sin(x[t])", "output z = 2 * first(h[t] over t)"),
    "h_last": ("input x[t] : n", "h[t] = sin(x[t])", "output z = 2 * last(h[t] over t)"),
    "h_child": (*TREE, "h[p] : n = tanh(sum(h[c] over c) + x[p])", "output h[p]"),
    "h_parent": (*TREE, "h[p] : n = tanh(h[parent(p)] + x[p])", "output h[p]"),
    "h_root": (*TREE, "h[p] = sin(x[p])", "output z = 2 * root(h[p] over p)"),
}


@pytest.mark.parametrize("name", READS)
def test_reads_say_which_point_they_read(name: str) -> None:
    graph = graph_of(*READS[name])
    (read,) = [n for n, node in graph.nodes.items() if node.op is Op.READ]
    assert make_labels(graph)[read] == name
