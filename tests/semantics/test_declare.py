"""Every name gets its meaning, and mistakes leave broken names behind."""

import pytest

from rnndsl.indices import Kind
from rnndsl.semantics.frame import Broken, Constant, IndexName, Quantity, SharedCell
from tests.semantics.specs import CELL, codes, expanded, grove, mistakes, net, opened


def test_kinds_of_names() -> None:
    body = "index m : 1..3\nlet enc = Cell(n)\nparam w[m]\nfor l in 1..2:\n    h_{l}[t, m] = x[t]\noutput h_1[t, m]"
    frame, expansion = opened(net(body, cells=CELL))
    kinds = {name: type(symbol) for name, symbol in frame.symbols.items()}
    assert kinds == {
        "n": Constant,
        "l": Constant,
        "t": IndexName,
        "m": IndexName,
        "x": Quantity,
        "w": Quantity,
        "enc": SharedCell,
        "h_1": Quantity,
        "h_2": Quantity,
    }
    assert list(expansion.params) == ["w"]
    assert [index.name for index in expansion.params["w"].domain] == ["m"]


def test_lists_in_braces_are_plain_words() -> None:
    frame, _ = opened(net("index f : 1..3\nparam W_{f,i}_{a,b} : n ~ normal(0.5) frozen\noutput x[t]"))
    assert [name for name in frame.symbols if name.startswith("W")] == ["W_f_a", "W_f_b", "W_i_a", "W_i_b"]


def test_parameters_keep_what_is_declared() -> None:
    _, expansion = opened(net("param W, b : n, 2 * n ~ orthogonal frozen\noutput x[t]"))
    found = expansion.params["b"]
    assert found.initialiser == ("orthogonal", (1.0,))
    assert found.frozen
    assert (expansion.params["W"].matrix, found.matrix) == (True, False)
    assert found.shape is not None
    assert [str(size) for size in found.shape.sizes] == ["n", "2*n"]


def test_both_places_of_a_clash_are_told() -> None:
    (found,) = mistakes(net("param a\na = 1\noutput x[t]"))
    assert (found.code, found.span.line, found.labels[0].span.line) == ("RNN205", 5, 4)
    (found,) = mistakes(net("a = 1\na = 2\noutput x[t]"))
    assert (found.code, found.span.line, found.labels[0].span.line) == ("RNN203", 5, 4)


def test_broken_names_keep_quiet() -> None:
    frame, _ = opened(net("h[s] = 1\nindex k : children(t)\noutput x[t]"))
    assert isinstance(frame.symbols["h"], Broken)
    assert isinstance(frame.symbols["k"], Broken)
    assert codes(net("h[s] = 1\ng[t] = h[t-1] + h.c[t]\ninit h = 1\noutput h[t], g[t]")) == ["RNN405"]


def test_both_sides_of_a_double_equation_are_checked() -> None:
    assert codes(net("h[t] = a\nh[t] = b\noutput x[t]")) == ["RNN201", "RNN203", "RNN201"]


def test_a_cell_has_inputs_in_order() -> None:
    cell = CELL.replace("input x[t]", "input x[t], y\n    input z[t]").replace("W @ x[t]", "W @ x[t] + y + z[t]")
    frame, _ = opened(net("h[t] = Cell(n)(x[t], 1, x[t])\noutput h[t]", cells=cell))
    child = frame.children["h"]
    assert [one.quantity.name for one in child.inputs] == ["h.x", "h.y", "h.z"]
    assert child.output is not None
    assert child.output.name == "h"


def test_children_may_be_declared_before_their_nodes() -> None:
    model = expanded(grove("output z[v]"))
    found = {index.name: (index.kind, index.of and index.of.name) for index in model.indices}
    assert found["v"] == (Kind.TREE, None)
    assert found["k"] == (Kind.CHILDREN, "v")
    assert found["c"] == (Kind.CHILDREN, "d")
    assert [index.order for index in model.indices] == list(range(len(model.indices)))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("index e : children(t)", "RNN416"),
        ("index e : children(m)", "RNN416"),
        ("index e : children(k)", "RNN416"),
        ("index e : children(2)", "RNN405"),
        ("index e : children(x)", "RNN405"),
        ("index e : children(q)", "RNN405"),
        ("index e : children(e)", "RNN405"),
        ("index e : children(v + 1)", "RNN405"),
        ("param e[v]", "RNN415"),
        ("param e[d, c]", "RNN415"),
        ("input e[k]", "RNN417"),
        ("input e[k, v]", "RNN417"),
        ("input e[v, t, k]", "RNN417"),
        ("input e : point(k)", "RNN490"),
        ("input e : point(x)", "RNN405"),
        ("param e : point(t)", "RNN232"),
    ],
)
def test_wrong_structures(line: str, code: str) -> None:
    (found,) = mistakes(grove(f"{line}\noutput x[t]"))
    assert found.code == code
    assert found.help


def test_data_of_nodes_edges_and_points() -> None:
    model = expanded(grove("input e[v, k], f[t, v, k, m] : n\ninput at[v] : point(d)\noutput x[t]"))
    assert [index.name for index in model.data["f"].domain] == ["t", "v", "k", "m"]
    shape = model.data["at"].shape
    assert shape is not None
    assert shape.point is not None
    assert (shape.point.name, shape.sizes, shape.token) == ("d", (), None)
