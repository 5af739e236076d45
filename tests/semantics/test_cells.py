"""Uses of cells: names, nesting, tying, direction, overriding."""

from tests.semantics.specs import CELL, codes, expanded, grove, mistakes, net, texts

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


UP = """\
cell Up(n):
    index k : children(v)
    index j : 1..2
    index v : tree
    input x[v], e[v, k]
    param W[j]
    h[v] : n = tanh(x[v] + sum(h[k] * e[v, k] over k) + sum(W[j] @ h[child(v, j)] over j))
    f[v, k] = sigmoid(h[k])
    output OUTPUT

"""


def test_a_cell_has_the_tree_and_the_children_of_its_place_of_use() -> None:
    model = expanded(grove("h[v] = Up(n)(z[v], z[k])\noutput h[v]", cells=UP.replace("OUTPUT", "h[v]")))
    assert model.equations["h.e"].text == "h.e[v, k] = z[k]"
    assert model.equations["h"].text == (
        "h[v] = tanh(h.x[v] + sum(h[k] * h.e[v, k] over k) + sum(h.W[h.j] @ h[child(v, h.j)] over h.j))"
    )
    assert model.equations["h.f"].text == "h.f[v, k] = sigmoid(h[k])"


def test_a_cell_has_children_of_its_own() -> None:
    model = expanded(grove("h[v] = Up(n)(z[v], v)\noutput h[v]", cells=UP.replace("OUTPUT", "h[v]")))
    assert model.equations["h.e"].text == "h.e[v, h.k] = v"
    own = next(index for index in model.indices if index.name == "h.k")
    assert own.of is not None
    assert own.of.name == "v"


def test_edges_of_a_cell_are_bound_with_their_node() -> None:
    cell = UP.replace("OUTPUT", "f[v, k]")
    model = expanded(grove("h[v, k] = Up(n)(z[v], v)\noutput h[v, k]", cells=cell))
    assert model.equations["h"].text == "h[v, k] = sigmoid(h.h[k])"
    for left in ("d, c", "v, m", "s, t"):
        assert codes(grove(f"h[{left}] = Up(n)(x[t], 1)\noutput x[t]", cells=cell))[:1] == ["RNN409"]


def test_a_cell_reads_out_a_tree() -> None:
    cell = UP.replace("OUTPUT", "y").replace("    f[v, k] =", "    y = root(h)\n    f[v, k] =")
    model = expanded(grove("h = Up(n)(z[v], 1)\noutput h", cells=cell))
    assert model.equations["h"].text == "h = root(h.h[v] over v)"
    assert codes(grove("h = Up(n)(x[t], 1)\noutput h", cells=cell)) == ["RNN409"]


def test_trees_have_no_way_back() -> None:
    for body in ("h[v] = Up(n)(z[v], 1) backward over v", "h[d] = Up(n)(w[d], 1) backward over d"):
        (found,) = mistakes(grove(f"{body}\noutput x[t]", cells=UP.replace("OUTPUT", "h[v]")))
        assert (found.code, "no way back" in found.message, "from the root" in found.help) == ("RNN409", True, True)
