"""Equations, inits, losses and outputs of the model."""

from rnndsl.semantics.text import print_expression
from tests.semantics.specs import CELL, codes, expanded, net

INNER = CELL.replace("    output", "    init h[t] = 1\n    output")
OUTER = (
    "cell Outer(n):\n    index t : sequence\n    input x[t]\n    a[t] = Cell(n)(x[t])\n    {init}\n    output a[t]\n\n"
)


def test_the_place_of_use_overrides_inits() -> None:
    for init, inside, wanted in (("", "", "1"), ("", "init a = 2", "2"), ("init h = 3", "init a = 2", "3")):
        cells = INNER + OUTER.format(init=inside or "param u ~ zeros").replace("    param u ~ zeros\n", "")
        model = expanded(net(f"h[t] = Outer(n)(x[t])\n{init}\noutput h[t]", cells=cells))
        assert {name: print_expression(one.value) for name, one in model.inits.items()} == {"h": wanted}
    deep = net("h[t] = Outer(n)(x[t])\ninit h.a[t] = 4\noutput h[t]", cells=INNER + OUTER.format(init="init a = 2"))
    assert print_expression(expanded(deep).inits["h"].value) == "4"


def test_inits_bind_the_point_that_was_read() -> None:
    body = "index m, k : 1..3\nparam w[m]\nh[t, m] = h[t-1, m] + x[t]\ninit h[t, k] = w[k] * t\noutput h[t, m]"
    init = expanded(net(body)).inits["h"]
    assert [index.name for index in init.indices] == ["t", "k"]
    assert print_expression(init.value) == "w[k] * t"
    assert codes(net("h[t] = h[t-1] + x[t]\ninit h = t\noutput h[t]")) == ["RNN402"]
    assert codes(net("index m : 1..3\nh[t] = h[t-1] + x[t]\ninit h[m] = 1\noutput h[t]")) == ["RNN403"]
    assert codes(net("index m : 1..3\nh[t] = h[t-1] + x[t]\ninit h[t, m] = 1\noutput h[t]")) == ["RNN401"]


def test_inputs_may_have_an_init() -> None:
    model = expanded(net("h[t] = x[t-1]\ninit x[t] = 1\noutput h[t]"))
    assert list(model.inits) == ["x"]


def test_outputs() -> None:
    model = expanded(net("index m : 1..3\nparam w[m]\nh[t] = x[t]\noutput h[t], w[m]\noutput z[t] = 2 * h[t]"))
    assert [(output.name, [index.name for index in output.domain]) for output in model.outputs] == [
        ("h", ["t"]),
        ("w", ["m"]),
        ("z", ["t"]),
    ]
    assert model.equations["z"].text == "z[t] = 2 * h[t]"
    inner = expanded(net("h[t] = Cell(n)(x[t])\noutput h.x[t], h[t]", cells=CELL))
    assert [output.name for output in inner.outputs] == ["h.x", "h"]
    assert codes(net("output n")) == ["RNN208"]
    assert codes(net("output x")) == ["RNN407"]


def test_an_output_with_an_expression_may_be_the_value_of_a_cell() -> None:
    cell = "cell Twice(n):\n    index t : sequence\n    input a[t]\n    output z[t] = 2 * a[t]\n\n"
    model = expanded(net("h[t] = Twice(n)(x[t])\noutput h[t]", cells=cell))
    assert [equation.text for equation in model.equations.values()] == ["h.a[t] = x[t]", "h[t] = 2 * h.a[t]"]


def test_a_cell_may_pass_an_input_on() -> None:
    cell = "cell Same(n):\n    index t : sequence\n    input a[t]\n    output a[t]\n\n"
    model = expanded(net("h[t] = Same(n)(x[t])\noutput h[t]", cells=cell))
    assert [equation.text for equation in model.equations.values()] == ["h.a[t] = x[t]", "h[t] = h.a[t]"]


def test_losses_have_no_free_indices() -> None:
    model = expanded(net("loss 0.5 * mean(sum(x[t] ^ 2) over t)\nloss n"))
    assert [print_expression(loss) for loss in model.losses] == ["0.5 * mean(sum(x[t] ^ 2) over t)", "n"]
    assert codes(net("loss sum(x[t])")) == ["RNN402"]
