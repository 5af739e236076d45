"""Whole specs as LaTeX."""

import re
from pathlib import Path

import pytest

from rnndsl.compiler import check
from rnndsl.equations.latex import Style, complete, latex_of
from rnndsl.syntax.parse import parse
from rnndsl.syntax.tree import Equation, ForBlock, IfBlock, InitStatement, LossStatement, RandomEquation, Statement
from tests.equations.printed import SPECS

LIBRARY = sorted(SPECS.glob("*/*.rnn"))


def latex(text: str, *, bold: bool = True) -> str:
    """Return the LaTeX of a spec with one block."""
    typed = check(text).model
    return latex_of(parse(text, "a.rnn"), Style(bold, kinds={typed.model.name: typed.quantities}))


def rows(body: "tuple[Statement, ...]") -> int:
    """Count the equations of a body."""
    found = 0
    for statement in body:
        match statement:
            case ForBlock(body=inner):
                found += rows(inner)
            case IfBlock(body=inner, otherwise=otherwise):
                found += rows(inner) + rows(otherwise)
            case Equation() | RandomEquation() | InitStatement() | LossStatement():
                found += 1
    return found


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_library_is_well_formed(path: Path) -> None:
    tree = parse(path.read_text(encoding="utf-8"), str(path))
    text = latex_of(tree, Style())
    plain = re.sub(r"\\[{}]", "", text)
    depth = 0
    for character in plain:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert len(re.findall(r"\\left\b", text)) == len(re.findall(r"\\right\b", text))
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") >= 1
    signs = len(re.findall(r"&(=|\\sim|\\mathrel)", text))
    assert signs >= sum(rows(block.body) for block in tree.blocks)
    assert "\n\n" not in "".join(re.findall(r"\\begin\{align\*\}.*?\\end\{align\*\}", text, re.DOTALL))


def test_lstm_reads_as_in_its_paper() -> None:
    text = latex((SPECS / "cells" / "lstm.rnn").read_text(encoding="utf-8"), bold=False)
    assert r"  c_{t} &= f_{t} \odot c_{t - 1} + i_{t} \odot g_{t} \\" in text
    assert r"  f_{t} &= \sigma\left( W_{f} x_{t} + U_{f} h_{t - 1} + b_{f} \right) \\" in text
    assert text.startswith("Hochreiter \\& Schmidhuber (1997)")
    assert r"parameters $W_{f}$, $W_{i}$, $W_{o}$, $W_{g} \in \mathbb{R}^{n \times \mathrm{x\_size}}$" in text
    assert "Returned: $h_{t}$." in text


def test_every_kind_of_statement() -> None:
    text = latex(
        "# On top & more.\n"
        "model A(n = 2, layers = 2):\n    index t : sequence\n    index m : cyclic(3)\n    index j : 1..n\n"
        "    input x[t] : n\n    target y[t] : token(n)\n    param W_{a,b}, c[m] : n, n\n    param v : n\n"
        "    h_{1}[t] = tanh(W_a @ h_{1}[t-1] + W_b @ x[t])  # here\n    init h_{1}[t] = v\n"
        "    for l in 2..layers:\n        h_{l}[t] = h_{l-1}[t]\n"
        "    if layers > 1:\n        q = sum(v)\n    else:\n        q = 0 * sum(v)\n"
        "    output p[t, j] = j * q\n    loss q + sum(sum(c[m] * c[m]) over m)\n"
        "    y[t] ~ categorical(h_{layers}[t]) weight 2 scale 0.5\n"
    )
    for piece in (
        "On top \\& more.",
        r"\paragraph{A} with $n = 2, \mathrm{layers} = 2$.",
        r"$m$ from $1$ to $3$, around",
        r"$\boldsymbol{W}_{a}$, $\boldsymbol{W}_{b}$, $\boldsymbol{c}_{m} \in \mathbb{R}^{n \times n}$",
        r"\boldsymbol{h}^{(1)}_{t} &= \boldsymbol{v} \quad \text{where } t \text{ is outside}",
        r"& \text{for } l = 2, \dots, \mathrm{layers}\colon",
        r"& \text{if } \mathrm{layers} > 1\colon",
        r"& \text{otherwise}\colon",
        r"\mathcal{L} &\mathrel{+}= q +",
        r"p_{t, j} &= j \, q",
        r"&\sim \operatorname{categorical}\left( \boldsymbol{h}^{(\mathrm{layers})}_{t} \right) \quad",
        r"\text{with weight } 2",
        r"\in \{1, \dots, n\}",
        "here",
    ):
        assert piece in text


def test_document() -> None:
    text = complete("x")
    assert text.startswith(r"\documentclass")
    assert r"\usepackage{amsmath, amssymb}" in text
    assert text.rstrip().endswith(r"\end{document}")
