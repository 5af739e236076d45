"""Products of one vector are stacked, in an order that later passes need."""

from collections import Counter

import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels
from rnndsl.ops import Op
from rnndsl.passes.simplify_algebra import simplify_algebra
from rnndsl.passes.stack_products import stack_products
from tests.graph.examples import EXAMPLES, HIDDEN, VOCAB, Net, T
from tests.passes.cells import CELLS
from tests.passes.checks import applied, assert_pure, assert_same, inside, meaning


def _stacks(graph: RecurrenceGraph) -> list[str]:
    """Return the names in every concatenation of parameters."""
    return [
        " ".join(str(graph.nodes[operand].attr) for operand in node.operands)
        for node in graph.nodes.values()
        if node.op is Op.CONCAT and all(graph.nodes[operand].op is Op.PARAM for operand in node.operands)
    ]


@pytest.mark.parametrize(
    ("name", "stacks"),
    [
        ("lstm_on_vectors", ["l.W_f l.W_i l.W_o l.W_g", "l.U_f l.U_i l.U_o l.U_g"]),
        ("peephole", ["l.W_g l.W_f l.W_i l.W_o", "l.U_g l.U_f l.U_i l.U_o"]),
        ("gru", ["W_z W_r W_c", "U_z U_r"]),
        ("reset_after_gru", ["W_z W_r W_c", "U_z U_r U_c"]),
        (
            "two_layers",
            [
                "a.W_f a.W_i a.W_o a.W_g",
                "a.U_f a.U_i a.U_o a.U_g",
                "b.W_f b.W_i b.W_o b.W_g",
                "b.U_f b.U_i b.U_o b.U_g",
            ],
        ),
        (
            "bidirectional",
            [
                "a.W_f a.W_i a.W_o a.W_g b.W_f b.W_i b.W_o b.W_g",
                "a.U_f a.U_i a.U_o a.U_g",
                "b.U_f b.U_i b.U_o b.U_g",
            ],
        ),
        ("skip_in_time", []),
        ("multiplicative", ["W_b W_a", "U_b U_a"]),
    ],
)
def test_matrices_of_one_vector_are_stacked_by_activation(name: str, stacks: list[str]) -> None:
    graph = assert_pure(simplify_algebra(CELLS[name]()), stack_products)
    assert Counter(_stacks(graph)) == Counter(stacks)


def test_look_ups_of_one_token_are_one() -> None:
    graph = assert_pure(simplify_algebra(EXAMPLES["lstm"]()), stack_products)
    assert _stacks(graph) == ["W_f W_i W_o W_g", "U_f U_i U_o U_g"]
    assert Counter(node.op for node in graph.nodes.values())[Op.LOOKUP] == 1


def test_a_product_outside_of_a_loop_is_not_pulled_into_it() -> None:
    graph = CELLS["skip_in_time"]()
    assert inside(stack_products(graph)) == inside(graph)


def test_columns_are_stacked_as_rows() -> None:
    net = Net("Columns")
    x = net.input("x", (T,), VOCAB)
    p = net.builder.product(Labels(("j", "ji"), "i"), x, net.param("P", VOCAB, HIDDEN))
    q = net.matvec(net.param("Q", HIDDEN, VOCAB), x)
    product = "contract(concat(contract(P; ji->ij), Q), x; ij,j->i)"
    expected = f"mul({product}[0:+hidden], {product}[hidden:+hidden])"
    assert applied(stack_products, net, net.mul(p, q)) == expected


def test_rows_of_tokens_are_stacked_as_columns() -> None:
    net = Net("Rows")
    token = net.input("x", (T,), token=VOCAB)
    p = net.op(Op.LOOKUP, net.param("P", VOCAB, HIDDEN), token, attr=0)
    q = net.op(Op.LOOKUP, net.param("Q", HIDDEN, VOCAB), token, attr=1)
    product = "lookup(concat(contract(P; ji->ij), Q), x)"
    assert applied(stack_products, net, net.mul(p, q)) == f"mul({product}[0:+hidden], {product}[hidden:+hidden])"


def test_a_matrix_made_of_another_product_is_not_stacked_with_it() -> None:
    net = Net("Nested")
    c, x = net.param("c", HIDDEN), net.input("x", (T,), HIDDEN)
    first = net.matvec(net.param("A", HIDDEN, HIDDEN), c)
    matrix = net.builder.product(Labels(("i", "j"), "ij"), first, c)
    second = net.matvec(matrix, c)
    net.output("out", net.mul(net.add(first, second), x))
    graph = net.finish(net.total(net.mul(net.add(first, second), x)))
    result = assert_pure(graph, stack_products)
    assert result is graph


def test_rows_may_differ_in_number() -> None:
    net = Net("Sizes")
    x = net.input("x", (T,), HIDDEN)
    p, q = net.matvec(net.param("P", VOCAB, HIDDEN), x), net.matvec(net.param("Q", HIDDEN, HIDDEN), x)
    joint = net.op(Op.CONCAT, q, p)
    net.output("out", joint)
    graph = net.finish(net.total(joint))
    result = assert_pure(graph, stack_products)
    assert_same(meaning(graph), meaning(result))
    (stacked,) = [node for node in result.nodes.values() if node.op is Op.CONTRACT and len(node.operands) == 2]
    assert stacked.shape == (HIDDEN + VOCAB,)
