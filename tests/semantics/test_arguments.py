"""Sizes of cells, dimensions and constants of models."""

from tests.semantics.specs import codes, expanded, mistakes, net

LEAKY = """\
cell Leaky(n, rate = 0.5, steps = 2):
    index t : sequence
    input x[t]
    h[t] : n = rate * h[t-steps] + x[t]
    output h[t]

"""


def test_sizes_are_given_in_order_or_by_name() -> None:
    model = expanded(net("h[t] = Leaky(n, steps = 3, rate = 1 / 4)(x[t])\noutput h[t]", cells=LEAKY))
    assert model.equations["h"].text == "h[t] = 0.25 * h[t-3] + h.x[t]"
    default = expanded(net("h[t] = Leaky(n)(x[t])\noutput h[t]", cells=LEAKY))
    assert default.equations["h"].text == "h[t] = 0.5 * h[t-2] + h.x[t]"


def test_wrong_sizes_are_named() -> None:
    assert codes(net("h[t] = Leaky(n, 0.1, 2, 3)(x[t])\noutput h[t]", cells=LEAKY)) == ["RNN212"]
    assert codes(net("h[t] = Leaky(n, n = 2)(x[t])\noutput h[t]", cells=LEAKY)) == ["RNN212"]
    assert codes(net("h[t] = Leaky(n, steps = 0.5)(x[t])\noutput h[t]", cells=LEAKY)) == ["RNN222"]
    (found,) = mistakes(net("h[t] = Leaky(n, rat = 0.1)(x[t])\noutput h[t]", cells=LEAKY))
    assert found.help == "did you mean `rate`?"


def test_constants_are_numbers_and_dimensions_symbols() -> None:
    text = net("h[t] = rate * x[t] + k\noutput h[t]", header="model Net(n, k = 3, rate = 0.5):")
    assert expanded(text).equations["h"].text == "h[t] = 0.5 * x[t] + k"
    assert expanded(text, {"rate": 2}).equations["h"].text == "h[t] = 2 * x[t] + k"
    assert list(expanded(text).dims) == ["n", "k"]


def test_a_default_over_other_dimensions_stays_an_expression() -> None:
    text = net("h[t] = x[t] * m\noutput h[t]", header="model Net(n, m = 2 * n):")
    assert expanded(text).equations["h"].text == "h[t] = x[t] * (2*n)"
    assert list(expanded(text).dims) == ["n"]
    assert expanded(text, {"m": 7}).dims["m"].value == 7
