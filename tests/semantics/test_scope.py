"""Namespaces and looking names up."""

import pytest

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.semantics.findings import Findings, ReportedError
from rnndsl.semantics.frame import Broken, Quantity
from rnndsl.semantics.scope import add_symbol, find_symbol
from tests.semantics.specs import CELL, codes, grove, mistakes, net, opened

OUTER = "cell Outer(n):\n    index t : sequence\n    input x[t]\n    a[t] = Cell(n)(x[t])\n    output a[t]\n\n"


def test_dots_look_into_cells() -> None:
    body = "h[t] = Outer(n)(x[t])\ng[t] = 2 * Cell(n)(h[t])\noutput g[t]"
    frame, expansion = opened(net(body, cells=CELL + OUTER))
    for name, meant in (("h", "h"), ("h.a", "h"), ("h.a.W", "h.a.W"), ("g.Cell.h", "g.Cell.h"), ("x", "x")):
        symbol = find_symbol(frame, name, NOWHERE, expansion.findings)
        assert isinstance(symbol, Quantity)
        assert symbol.name == meant
    for name in ("h.b", "h.a.q", "x.a", "q.a"):
        with pytest.raises(ReportedError):
            find_symbol(frame, name, NOWHERE, Findings())


def test_names_are_reserved_and_unique() -> None:
    frame, _ = opened(net("output x[t]"))
    findings = Findings()
    for name in ("tanh", "x"):
        with pytest.raises(ReportedError):
            add_symbol(frame, name, Broken(NOWHERE), findings)
    assert {one.code for one in findings.all} == {"RNN203", "RNN204"}
    add_symbol(frame, "X", Broken(NOWHERE), findings)


def test_suggestions_look_into_cells_too() -> None:
    (found,) = mistakes(net("h[t] = Cell(n)(x[t])\ng = h.w\noutput h[t], g", cells=CELL))
    assert found.help == "did you mean `h.W`?"


def test_indices_of_the_left_side() -> None:
    assert codes(net("index i, j : 1..3\nh[i, i] = 1\noutput x[t]")) == ["RNN408"]
    assert codes(net("h[s] = 1\noutput x[t]")) == ["RNN405"]
    assert codes(net("index s : sequence\nh[s, t] = 1\ng[t, s] = 2\noutput x[t]")) == []


def test_children_stand_right_after_their_node() -> None:
    assert codes(grove("f[v, k] = z[k]\ng[t, v, k, m] = 1\noutput f[v, k]")) == []
    (found,) = mistakes(grove("f[k] = z[k]\noutput x[t]"))
    assert (found.code, "there is no `v` here" in found.message) == ("RNN417", True)
    (found,) = mistakes(grove("f[k, v] = z[k]\noutput x[t]"))
    assert (found.code, "`[v, k]`" in found.help) == ("RNN417", True)
    assert codes(grove("f[v, m, k] = z[k]\noutput x[t]")) == ["RNN417"]
    assert codes(grove("index j : children(v)\nf[v, k, j] = z[k]\noutput x[t]")) == ["RNN490"]


@pytest.mark.parametrize(
    ("value", "way"),
    [
        ("x.T", "a transposed matrix is `transpose(x)`"),
        ("x_t", "points stand in square brackets: `x[t]`"),
        ("leaf", "it is a function: write `leaf(n)`"),
        ("h_3[t]", "there are `h_1`, `h_2`"),
        ("h_1.a[t]", "declare it as `input` or `target`, or give `h_1.a` an equation"),
        ("q", "declare it: `param q`"),
    ],
)
def test_habits_have_their_own_way_out(value: str, way: str) -> None:
    (found,) = mistakes(net(f"h_1[t] = x[t]\nh_2[t] = x[t]\nz[t] = {value}\noutput h_1[t], h_2[t], z[t]"))
    assert (found.code, way in found.help) == ("RNN201", True), found.help


def test_the_name_that_was_meant_is_shown_where_it_is_declared() -> None:
    (found,) = mistakes(net("hidden[t] = x[t]\noutput hiden[t]"))
    assert [(label.span.line, label.text) for label in found.labels] == [(4, "`hidden` is declared here")]
    (found,) = mistakes(
        "model N(n):\n    index time : sequence\n    input x[time] : n\n    output z = sum(x[time] over tim)\n"
    )
    assert [(label.span.line, label.text) for label in found.labels] == [(2, "`time` is declared here")]


def test_an_index_that_is_not_declared_is_told_once() -> None:
    assert codes("model N(n):\n    input x[t] : n\n    h[t] = 2 * x[t]\n    output h[t]\n") == ["RNN405"]
