"""Declarations, statements, blocks and files."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.diagnostics.span import NOWHERE
from rnndsl.syntax.notation import print_expression, print_target
from rnndsl.syntax.parse import parse
from rnndsl.syntax.tree import (
    DataDeclaration,
    Equation,
    ForBlock,
    IfBlock,
    IndexDeclaration,
    InitStatement,
    LetStatement,
    LossStatement,
    OutputStatement,
    ParamDeclaration,
    RandomEquation,
)
from tests.syntax.equality import statement


def test_index() -> None:
    found = statement("index i, p : -1..n + 1")
    assert isinstance(found, IndexDeclaration)
    assert [name.parts for name in found.names] == [("i",), ("p",)]
    assert (found.kind, [print_expression(bound) for bound in found.bounds]) == ("range", ["-1", "n + 1"])


def test_data() -> None:
    found = statement("target y[t, s], z : token(n)")
    assert isinstance(found, DataDeclaration)
    assert (found.role, [print_target(one) for one in found.targets]) == ("target", ["y[t, s]", "z"])
    assert found.shape is not None
    assert found.shape.kind == "token"
    bare = statement("input x[t]")
    assert isinstance(bare, DataDeclaration)
    assert bare.shape is None


def test_param() -> None:
    found = statement("param W_{f,i}, M[m] : n, k ~ normal(0.1) frozen")
    assert isinstance(found, ParamDeclaration)
    assert found.targets[0].name.parts == ("W_", ("f", "i"))
    assert found.initialiser is not None
    assert found.initialiser.function.parts == ("normal",)
    assert found.frozen
    bare = statement("param W ~ glorot")
    assert isinstance(bare, ParamDeclaration)
    assert bare.initialiser is not None
    assert (bare.initialiser.arguments, bare.frozen, bare.shape) == ((), False, None)
    frozen = statement("param W frozen")
    assert isinstance(frozen, ParamDeclaration)
    assert (frozen.initialiser, frozen.frozen) == (None, True)


def test_init_loss_let() -> None:
    init = statement("init h.c[t] = 0")
    assert isinstance(init, InitStatement)
    assert init.target.name.parts == ("h.c",)
    assert isinstance(statement("loss 0.1 * mean(h[t] over t)"), LossStatement)
    assert isinstance(statement("loss -a"), LossStatement)
    let = statement("let enc = LSTM(256, k = 2)")
    assert isinstance(let, LetStatement)
    assert (let.cell.parts, len(let.sizes), len(let.size_keywords)) == (("LSTM",), 1, 1)


def test_output() -> None:
    found = statement("output a[t], h.c[t]")
    assert isinstance(found, OutputStatement)
    assert (len(found.targets), found.value) == (2, None)
    defined = statement("output z[t] = 2 * a[t]")
    assert isinstance(defined, OutputStatement)
    assert defined.value is not None


def test_equations() -> None:
    found = statement("h[t] : n = f(x[t])")
    assert isinstance(found, Equation)
    assert found.shape is not None
    random = statement("y[t] ~ categorical(o[t]) weight w[t] scale 0.5")
    assert isinstance(random, RandomEquation)
    assert random.weight is not None
    assert random.scale is not None
    scaled = statement("y ~ D(o) scale scale")
    assert isinstance(scaled, RandomEquation)
    assert (scaled.weight, scaled.distribution.function.parts) == (None, ("D",))
    assert scaled.scale is not None


@pytest.mark.parametrize("name", ["input", "cell", "loss", "index", "model", "output", "target", "from", "init", "let"])
def test_statement_keywords_can_be_defined(name: str) -> None:
    found = statement(f"{name}[t] = 2 * {name}[t-1]")
    assert isinstance(found, Equation)
    assert print_target(found.target) == f"{name}[t]"


def test_for() -> None:
    found = statement("for l in 2..n-1:\n    h_{l} = 1\n    g_{l} = 2")
    assert isinstance(found, ForBlock)
    assert found.bounds is not None
    assert (found.variable, len(found.body), found.words) == ("l", 2, ())
    listed = statement("for k in {read, in, write}:\n    {k} = 1")
    assert isinstance(listed, ForBlock)
    assert (listed.bounds, listed.words) == (None, ("read", "in", "write"))
    single = statement("for k in {only}:\n    {k} = 1")
    assert isinstance(single, ForBlock)
    assert single.words == ("only",)


def test_if() -> None:
    found = statement("if n > 1:\n    a = 1\nelif n > 0:\n    a = 2\nelse:\n    a = 3")
    assert isinstance(found, IfBlock)
    assert found.else_span == NOWHERE
    (inner,) = found.otherwise
    assert isinstance(inner, IfBlock)
    assert inner.else_span.line == 6
    assert isinstance(inner.otherwise[0], Equation)
    assert found.span.end_line == 7


def test_file() -> None:
    text = (
        'from "a/b.rnn" import A, B\nfrom cells import C\nmodel M(n, k = 3, r = 0.5,):\n    a = 1\ncell N:\n    b = 2\n'
    )
    tree = parse(text, "f.rnn")
    assert [(one.path, one.library, one.names) for one in tree.imports] == [
        ("a/b.rnn", None, ("A", "B")),
        (None, "cells", ("C",)),
    ]
    assert [(block.kind, block.name) for block in tree.blocks] == [("model", "M"), ("cell", "N")]
    assert [argument.name for argument in tree.blocks[0].arguments] == ["n", "k", "r"]
    assert (tree.blocks[0].header.line, tree.blocks[0].span.end_line) == (3, 4)
    assert tree.blocks[1].arguments == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("h.c[t] = 1", "RNN129"),
        ("param a.b", "RNN129"),
        ("input a.b", "RNN129"),
        ("index a.b : sequence", "RNN129"),
        ("let a.b = L(n)", "RNN129"),
        ("param a ~ b.c", "RNN129"),
        ("y.c ~ D(x)", "RNN129"),
        ("for a.b in 1..2:\n    c = 1", "RNN129"),
        ("let a = L(n over t)", "RNN128"),
        ("h_{a,b} = 1", "RNN130"),
        ("output h_{a,b}", "RNN130"),
        ("init h_{a,b} = 1", "RNN130"),
        ("index u : t // 2", "RNN190"),
        ("h = " + "-" * 80 + "a", "RNN501"),
        ("loss " + "a if b else " * 80 + "c", "RNN501"),
        ("param W : " + "2 ^ " * 80 + "n", "RNN501"),
        ("y ~ D(" + "not " * 80 + "n)", "RNN501"),
        ("let a = L(" + "-" * 80 + "n)", "RNN501"),
        ("param W ~ D(" + "-" * 80 + "n)", "RNN501"),
        ("if " + "not " * 80 + "a:\n    b = 1", "RNN501"),
    ],
)
def test_refused(text: str, code: str) -> None:
    with pytest.raises(SpecError) as error:
        statement(text)
    assert [one.code for one in error.value.diagnostics] == [code]
