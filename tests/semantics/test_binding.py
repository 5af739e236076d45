"""Which cell a use means, and how its indices are bound."""

from tests.semantics.specs import CELL, codes, expanded, mistakes, net

SHARED = """\
cell Mix(k):
    index t : sequence
    index m : 1..k
    index j : 1..2
    input a[t], b[t, m]
    param s[j], w[m]
    output z[t, m] = sum(s[j] over j) * w[m] * b[t, m] * a[t]

"""


def test_indices_of_the_output_are_bound_in_order() -> None:
    body = "index u : 1..n\nz[t, u] = Mix(n)(x[t], x[t] * u)\noutput z[t, u]"
    model = expanded(net(body, cells=SHARED))
    assert [index.name for index in model.indices] == ["t", "u", "z.j"]
    assert [index.name for index in model.params["z.w"].domain] == ["u"]
    assert [index.name for index in model.equations["z.b"].domain] == ["t", "u"]
    assert model.equations["z"].text == "z[t, u] = sum(z.s[z.j] over z.j) * z.w[u] * z.b[t, u] * z.a[t]"


def test_bound_indices_must_run_over_the_same_sets() -> None:
    body = "index u : 1..n\nz[t, u] = Mix(n + 1)(x[t], x[t] * u)\noutput z[t, u]"
    (found,) = mistakes(net(body, cells=SHARED))
    assert found.code == "RNN409"
    assert "1..n" in found.message
    assert found.labels


def test_an_index_that_only_an_input_has_is_bound_by_its_argument() -> None:
    pool = "cell Pool():\n    index s : sequence\n    input x[s]\n    output z\n    z = mean(x[s] over s)\n\n"
    model = expanded(net("z = Pool()(2 * x[t-1])\noutput z", cells=pool))
    assert model.equations["z.x"].text == "z.x[t] = 2 * x[t-1]"
    assert model.equations["z"].text == "z = mean(z.x[t] over t)"
    assert [index.name for index in model.indices] == ["t"]


def test_an_argument_sees_the_indices_of_its_input_only() -> None:
    body = "index u : 1..n\nz[t, u] = Mix(n)(x[t] * u, x[t])\noutput z[t, u]"
    assert codes(net(body, cells=SHARED)) == ["RNN402"]


def test_cells_must_exist_and_have_one_output() -> None:
    assert codes(net("h[t] = Cells(n)(x[t])\noutput h[t]", cells=CELL)) == ["RNN210"]
    none = CELL.replace("    output h[t]\n", "")
    assert codes(net("h[t] = Cell(n)(x[t])\noutput h[t]", cells=none)) == ["RNN214"]
    assert codes(net("h[t] = Cell(n)(x[t], x[t])\noutput h[t]", cells=CELL)) == ["RNN213"]
