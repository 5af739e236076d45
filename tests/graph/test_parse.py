"""Reading the text form: every attribute, spans, sizes, and lines that are wrong."""

import pytest

from rnndsl.diagnostics.span import Span
from rnndsl.graph.errors import GraphError
from rnndsl.graph.graph import InputInfo
from rnndsl.graph.node import Attr, Choice, Draw, Labels, Node, Noise, Over, ReadAt
from rnndsl.graph.parse import parse_graph, parse_size
from rnndsl.graph.text import print_graph
from rnndsl.indices import Affine, Child, End, Parent, Root, here
from rnndsl.ops import DType, Op
from rnndsl.sizes import Size
from tests.autodiff.operators import CASES, graph_of
from tests.graph.examples import EXAMPLES, HIDDEN, SLOTS, VOCAB, C, D, E, J, K, M, N, Net, S, T

ATTRS: list[tuple[Op, Attr]] = [
    (Op.PARAM, 'odd "name" : } \\ {'),
    (Op.CONST, -1e-300),
    (Op.CONST, float("inf")),
    (Op.SIZE, (HIDDEN + 1) * VOCAB // 2 + SLOTS % HIDDEN - 3),
    (Op.IOTA, T),
    (Op.NOISE, Noise("h.drop, 1", 0.25)),
    (Op.RANDOM, Draw("y.draw, } 2", "gumbel")),
    (Op.OPTION, "mix"),
    (Op.TEMPER, Over(())),
    (Op.TOP, Over((T,))),
    (Op.BEAM, Choice((), K)),
    (Op.BEAM, Choice((S,), J)),
    (Op.READ, ReadAt(((T, Affine(((T, -1), (J, -1)), -12)), (M, End(last=True)), (K, Affine((), -2))))),
    (Op.READ, ReadAt(((N, Child(N, here(C))),))),
    (Op.READ, ReadAt(((T, Affine(((T, 1),), -1)), (N, Child(N, Affine(((J, 1),), 2))), (K, here(C))))),
    (Op.READ, ReadAt(((N, Parent(N)), (D, Root())))),
    (Op.USES, Child(N, here(C))),
    (Op.USES, Child(D, Affine(((J, -1),), -3))),
    (Op.MISSING, Child(N, Affine((), 1))),
    (Op.MISSING, Parent(N)),
    (Op.LENGTH, C),
    (Op.CONTRACT, Labels(("", "ij"), "ji")),
    (Op.CONTRACT, Labels(("",), "")),
    (Op.SOFTMAX, Over(())),
    (Op.SOFTMAX, Over((T, K))),
    (Op.SLICE, Size()),
    (Op.SEGMENTS, ((1.0, HIDDEN), (-0.5, VOCAB * 2 - 1))),
    (Op.ACTIVATE, ((Op.SIGMOID, HIDDEN), (Op.TANH, Size.of(2)))),
    (Op.LOOKUP, 1),
]


@pytest.mark.parametrize(("op", "attr"), ATTRS)
def test_attributes_and_provenance(op: Op, attr: Attr) -> None:
    graph = EXAMPLES["elman"]()
    span = Span('dir/a "b" @ 1:2.rnn', 3, 4, 5, 6)
    graph.nodes[9] = Node(op, (0, 1), (T,), (HIDDEN, Size.of(1)), True, DType.BOOL, attr, span, 2)  # type: ignore[index]  # noqa: FBT003
    assert parse_graph(print_graph(graph)) == graph


def test_graphs_with_every_operator() -> None:
    for cases in CASES.values():
        for case in cases:
            graph = graph_of(case)
            assert parse_graph(print_graph(graph)) == graph


def test_declarations() -> None:
    net = Net("Declared")
    net.input("s.x", (T, K), HIDDEN, VOCAB)
    net.input("y", (), token=VOCAB + 1, role="target")
    net.inputs["p"] = InputInfo("p", (T,), (), None, "target", point=N)
    net.input("f", (D, E), HIDDEN)
    net.param("cell.W_f", HIDDEN, over=(K, M))
    graph = net.finish(net.builder.const(2))
    assert parse_graph(print_graph(graph)) == graph


@pytest.mark.parametrize("text", ["0", "-3", "hidden", "2*hidden + 1", "(a // 2)*b - c % (d + 1)", "a*a"])
def test_sizes_are_read_as_they_are_printed(text: str) -> None:
    assert parse_size(str(parse_size(text))) == parse_size(text)


@pytest.mark.parametrize("text", ["", "a +", "f(2)", "1.5", "a / 2", "__import__('os')"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "%1 = add()",
        "%1 = frobnicate() : real [] ()",
        "%1 = add() : real [q] ()",
        "dim x = y",
        'output "a" = 3 []',
    ],
)
def test_a_line_that_is_wrong_is_named(line: str) -> None:
    with pytest.raises(GraphError, match="line 2"):
        parse_graph(f"graph Bad\n{line}\n")
