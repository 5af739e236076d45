"""Operands, mapping, and names as they are declared."""

from dataclasses import replace

from rnndsl.evolve.rewriting import (
    applied_cells,
    declared,
    expressions,
    map_statement,
    operands,
    plain,
    reads,
    with_operands,
)
from rnndsl.syntax.notation import print_expression, print_name
from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree
from rnndsl.syntax.tree import Equation, Expression, Number, ParamDeclaration, Reference, Statement

EVERYTHING = """model All(n, k = 2):
    index  t : sequence
    index  m : 1..k
    input  x[t] : n
    target y[t] : n
    param  W_{a,b}, c, v[m]
    let enc = LSTM(n)

    a[t] = -x[t] if x[t] @ c > 0 else clip(x[t], low = 0, high = 1)
    init a[t] = c
    for l in 1..2:
        p_{l}[t] = LSTM(n)(a[t-1])
    if k > 1:
        q[t] = sum(v[m] * a[t] over m)
    else:
        q[t] = a[t]
    y[t] ~ normal(a[t], 1) weight 2 scale 0.5
    loss sum(c)
    output a[t], r[t] = W_a @ a[t]
"""


def statements() -> tuple[Statement, ...]:
    text = EVERYTHING.replace("output a[t], r[t] = W_a @ a[t]", "output r[t] = W_a @ a[t]")
    return parse(text, "<text>").blocks[0].body


def test_operands_can_be_replaced_one_by_one() -> None:
    """Whatever has operands has as many when each is replaced; conditions and reductions are no operands."""
    seen = 0
    for statement in statements():
        for one in expressions(statement):
            parts = operands(one)
            new = tuple(Reference(plain(f"n{k}"), None, one.span) for k in range(len(parts)))
            assert operands(with_operands(one, new)) == new
            assert with_operands(one, parts) == one
            seen += len(parts)
    assert seen > 15


def test_mapping_reaches_every_expression() -> None:
    def doubled(part: Expression) -> Expression:
        return replace(part, text="7") if isinstance(part, Number) else part

    tree = parse(EVERYTHING.replace("output a[t], r[t]", "output r[t]"), "<text>")
    body = tuple(map_statement(one, doubled) for one in tree.blocks[0].body)
    text = format_tree(replace(tree, blocks=(replace(tree.blocks[0], body=body),)))
    for expected in ("> 7 else clip(x[t], low = 7, high = 7)", "normal(a[t], 7) weight 7 scale 7"):
        assert expected in text
    assert "for l in 1..2:" in text, "bounds of loops are no values"


def test_expressions_are_those_that_are_computed() -> None:
    found = {print_expression(one) for statement in statements() for one in expressions(statement)}
    assert {"W_a @ a[t]", "v[m] * a[t]", "LSTM(n)(a[t-1])", "k > 1", "normal(a[t], 1)", "sum(c)", "0.5"} <= found


def test_cells_are_found_wherever_they_are_applied() -> None:
    assert [print_name(name) for one in statements() for name in applied_cells(one)] == ["LSTM", "LSTM"]


def test_a_declaration_stands_for_its_names() -> None:
    (params,) = (one for one in statements() if isinstance(one, ParamDeclaration))
    assert [declared(target.name) for target in params.targets] == [("W_a", "W_b"), ("c",), ("v",)]


def test_a_brace_may_mean_anything() -> None:
    text = "cell A(n):\n    index t : sequence\n    input x[t] : n\n    a[t] = b_{n}[t] + h.c[t]\n    output a[t]\n"
    (equation,) = (one for one in parse(text, "<text>").blocks[0].body if isinstance(one, Equation))
    brace, inner = (one for one in expressions(equation) if isinstance(one, Reference) and one.points)
    assert reads(brace, "b_3")
    assert not reads(brace, "c_3")
    assert reads(inner, "k_{n}")
    assert reads(inner, "h")
    assert not reads(inner, "c")
