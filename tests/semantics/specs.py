"""Specs in a few lines, for the tests of the semantic stage."""

from collections.abc import Mapping
from textwrap import indent

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.semantics.arguments import bind_dims
from rnndsl.semantics.cells import open_frame
from rnndsl.semantics.dims import Dims
from rnndsl.semantics.expand import default_sources, expand
from rnndsl.semantics.expansion import Expansion
from rnndsl.semantics.findings import Findings
from rnndsl.semantics.frame import Cell, Frame, Place
from rnndsl.semantics.imports import Importer
from rnndsl.semantics.limits import Budget
from rnndsl.semantics.model import Model
from rnndsl.semantics.static import Static, Value
from rnndsl.sizes import Size
from rnndsl.syntax.parse import parse
from rnndsl.syntax.tree import Equation, Expression

HEAD = "    index t : sequence\n    input x[t] : n\n"
GROVE = """\
index k : children(v)
index v : tree
index d : dag
index c : children(d)
index s : sequence
index m : 1..3
input z[v], w[d], u[s] : n
input p[t] : point(s)
"""
CELL = """\
cell Cell(n):
    index t : sequence
    input x[t]
    param W
    h[t] : n = tanh(W @ x[t] + h[t-1])
    output h[t]

"""


def net(body: str, *, cells: str = "", header: str = "model Net(n):") -> str:
    """Return a model with a sequence `t` and an input `x[t]`, after some cells."""
    return f"{cells}{header}\n{HEAD}{indent(body.strip(), '    ')}\n"


def grove(body: str, *, cells: str = "") -> str:
    """Return a model that has, beside `x[t]`, a tree, a dag, a second sequence and a range, with data on all of them.

    `z[v]` and `k : children(v)` are the tree's, `w[d]` and `c` the dag's, `u[s]` and the point `p[t]` of s the
    sequence's, `m` is the range.
    """
    return net(f"{GROVE}{body}", cells=cells)


def expanded(text: str, dims: Mapping[str, int | float] | None = None, model: str | None = None) -> Model:
    """Expand a text without mistakes."""
    return expand(parse(text, "spec.rnn"), dims=dims, model=model)[0]


def warnings(text: str) -> list[tuple[str, int]]:
    """Return code and line of every warning of a text without mistakes."""
    return [(one.code, one.span.line) for one in expand(parse(text, "spec.rnn"))[1]]


def mistakes(text: str, dims: Mapping[str, int | float] | None = None, model: str | None = None) -> list[Diagnostic]:
    """Return every finding of a text with mistakes, none for one without."""
    try:
        expand(parse(text, "spec.rnn"), dims=dims, model=model)
    except SpecError as error:
        return list(error.diagnostics)
    return []


def codes(text: str, dims: Mapping[str, int | float] | None = None, model: str | None = None) -> list[str]:
    """Return the codes of the findings of a text."""
    return [one.code for one in mistakes(text, dims, model)]


def texts(model: Model) -> list[str]:
    """Return all equations of a model as they are printed."""
    return [equation.text for equation in model.equations.values()]


def expression(text: str) -> Expression:
    """Parse an expression."""
    statement = parse(f"model Net(n):\n    h = {text}\n", "spec.rnn").blocks[0].body[0]
    assert isinstance(statement, Equation)
    return statement.value


def static(**names: Value) -> Static:
    """Return compile-time names; dimensions n and m are declared, n is known to be 4."""
    findings = Findings()
    dims = Dims(findings)
    for name, value in (("n", 4), ("m", None)):
        dims.declare(name, value, expression(name).span)
    return Static({"n": Size.of("n"), "m": Size.of("m"), **names}, dims, findings)


def opened(text: str) -> tuple[Frame, Expansion]:
    """Declare the first model of a text, without resolving its right sides."""
    tree, findings = parse(text, "spec.rnn"), Findings()
    unit = Importer(default_sources(None), findings).main(tree)
    block = next(block for block in tree.blocks if block.kind == "model")
    expansion = Expansion(findings, Dims(findings), Budget(findings))
    frame = Frame(Cell(block, unit), Place(), bind_dims(block, {}, expansion.dims))
    open_frame(frame, expansion)
    return frame, expansion
