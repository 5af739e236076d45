"""The text form: readable, deterministic, and read back without loss."""

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.graph.text import parse_graph, print_graph, print_node
from tests.graph.examples import EXAMPLES
from tests.graph.trees import TREES

ELMAN = """\
graph Elman
dim vocab = ?
dim hidden = ?
dim slots = ?
index t = sequence 0
index s = sequence 1
index m = range 2 1 .. slots cyclic
index k = range 3 1 .. slots
index j = range 4 -1 .. 1
index n = tree 5
index c = children 6 of n
index d = dag 7
index e = children 8 of d
param W : [] (hidden, hidden) ~ normal(0.5)
param U : [] (hidden, vocab) ~ normal(0.5)
param V : [] (vocab, hidden) ~ normal(0.5)
param b : [] (hidden) ~ normal(0.5)
param c : [] (vocab) ~ normal(0.5)
input x : [t] () token (vocab) role input
input y : [t] () token (vocab) role target
"""


def test_declarations_stand_first() -> None:
    assert print_graph(EXAMPLES["elman"]()).startswith(ELMAN)


def test_one_node_a_line() -> None:
    graph = EXAMPLES["elman"]()
    lines = print_graph(graph).splitlines()
    assert [line for line in lines if line.startswith("%")] == [print_node(n, node) for n, node in graph.nodes.items()]
    assert any(line.endswith(') {t: t-1} : real batch [t] (hidden) @ 1:1-1:20 "net.rnn"') for line in lines)
    h, logits = graph.equations["h"].node, graph.outputs["y.logits"].node
    assert f'equation "h" = %{h} [t] "h = ..." @ 1:1-1:20 "net.rnn"' in lines
    assert f'output "y.logits" = %{logits} [t]' in lines


def test_accesses_along_trees_are_printed_as_in_the_language() -> None:
    text = print_graph(differentiate(TREES["binary"]()))
    assert "{n: child(n, 2)} : real batch [n] (hidden)" in text
    assert "= missing() {child(n, 1)} : bool batch [n] ()" in text
    assert "{child(n, 2)} : real batch [n] (hidden) adjoint 1" in text
    assert "{n: c} : real batch [n, c] (hidden)" in print_graph(TREES["tree_lstm"]())
    assert "{n: parent(n)}" in print_graph(TREES["downward"]())
    assert "{n: root}" in text


def test_the_same_graph_gives_the_same_text() -> None:
    for make in EXAMPLES.values():
        assert print_graph(make()) == print_graph(make())
        assert print_graph(differentiate(make())) == print_graph(differentiate(make()))


def test_text_is_read_back_without_loss() -> None:
    for make in (*EXAMPLES.values(), *TREES.values()):
        for graph in (make(), differentiate(make())):
            text = print_graph(graph)
            assert parse_graph(text) == graph
            assert print_graph(parse_graph(text)) == text
