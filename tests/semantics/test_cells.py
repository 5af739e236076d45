"""Uses of cells: names, nesting, tying, direction, overriding."""

from tests.semantics.specs import CELL, codes, expanded, net, texts

NESTED = (
    CELL
    + """\
cell Outer(n):
    index t : sequence
    input x[t]
    a[t] = Cell(n)(x[t])
    b[t] = Cell(n)(a[t]) backward over t
    output b[t]

"""
)


def test_the_output_of_a_whole_right_side_bears_the_name_on_the_left() -> None:
    model = expanded(net("h[t] = Cell(n)(x[t-1])\noutput h[t]", cells=CELL))
    assert texts(model) == ["h.x[t] = x[t-1]", "h[t] = tanh(h.W @ h.x[t] + h[t-1])"]
    assert list(model.params) == ["h.W"]


def test_uses_inside_expressions_are_numbered() -> None:
    model = expanded(net("h[t] = 2 * Cell(n)(x[t]) + Cell(n)(Cell(n)(x[t]))\noutput h[t]", cells=CELL))
    assert list(model.params) == ["h.Cell.W", "h.Cell_2.W", "h.Cell_3.W"]
    assert model.equations["h"].text == "h[t] = 2 * h.Cell.h[t] + h.Cell_2.h[t]"
    assert model.equations["h.Cell_2.x"].text == "h.Cell_2.x[t] = h.Cell_3.h[t]"


def test_cells_nest_and_mirror() -> None:
    model = expanded(net("g[t] = Outer(n)(x[t]) backward over t\noutput g[t]", cells=NESTED))
    assert texts(model) == [
        "g.x[t] = x[t]",
        "g.a.x[t] = g.x[t]",
        "g.a[t] = tanh(g.a.W @ g.a.x[t] + g.a[t+1])",
        "g.b.x[t] = g.a[t]",
        "g[t] = tanh(g.b.W @ g.b.x[t] + g[t-1])",
    ]


def test_a_let_shares_parameters_but_not_quantities() -> None:
    body = "let enc = Outer(n)\nh[t] = enc(x[t])\ng[t] = enc(h[t-1]) backward over t\nk[t] = 2 * enc(g[t])\noutput k[t]"
    model = expanded(net(body, cells=NESTED))
    assert list(model.params) == ["enc.a.W", "enc.b.W"]
    assert {"h.a", "g.a", "k.enc.a"} <= model.equations.keys()


def test_sizes_are_those_of_the_place_of_use() -> None:
    model = expanded(net("h[t] = Cell(2 * n + 1)(x[t])\noutput h[t]", cells=CELL))
    shape = model.equations["h"].shape
    assert shape is not None
    assert [str(size) for size in shape.sizes] == ["2*n + 1"]


def test_a_shape_on_the_left_is_kept() -> None:
    untyped = CELL.replace("h[t] : n", "h[t]")
    model = expanded(net("h[t] : n = Cell(n)(x[t])\noutput h[t]", cells=untyped))
    assert model.equations["h"].shape is not None
    both = expanded(net("h[t] : n = Cell(n)(x[t])\noutput h[t]", cells=CELL))
    assert both.equations["h"].text == "h[t] = h.h[t]"


def test_recursion_and_places_without_equations_are_refused() -> None:
    own = CELL.replace("tanh(W @ x[t] + h[t-1])", "Cell(n)(x[t])")
    assert codes(net("h[t] = Cell(n)(x[t])\noutput h[t]", cells=own)) == ["RNN211"]
    assert codes(net("output x[t]\nloss mean(Cell(n)(x[t]) over t)", cells=CELL)) == ["RNN215"]


def test_a_mistake_in_a_cell_is_told_once_for_all_its_uses() -> None:
    wrong = CELL.replace("W @ x[t]", "V @ x[t]")
    body = "h[t] = Cell(n)(x[t])\ng[t] = Cell(n)(h[t])\nk[t] = g.W @ h.x[t]\noutput k[t]"
    assert codes(net(body, cells=wrong)) == ["RNN201"]
