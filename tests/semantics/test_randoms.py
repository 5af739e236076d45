"""Random equations."""

import pytest

from rnndsl.semantics.model import Distribution, Number
from rnndsl.semantics.text import print_expression
from tests.semantics.specs import CELL, codes, expanded, net


def test_defaults_weights_and_scales() -> None:
    random = expanded(net("target y[t] : n\ny[t] ~ normal(x[t]) weight t scale 1 / n")).randoms[0]
    assert random.text == "y[t] ~ normal(x[t], 1)"
    assert [index.name for index in random.domain] == ["t"]
    assert random.weight is not None
    assert random.scale is not None
    assert print_expression(random.weight) == "t"
    assert print_expression(random.scale) == "1 / n"
    sd = random.distribution.arguments[1]
    assert isinstance(sd, Number)


def test_mixtures() -> None:
    body = "index m : 1..3\nparam a[m], l[m]\ntarget y[t] : n\ny[t] ~ mixture(l[m], normal(a[m] * x[t], sd = 2) over m)"
    random = expanded(net(body)).randoms[0]
    assert random.text == "y[t] ~ mixture(l[m], normal(a[m] * x[t], 2) over m)"
    assert isinstance(random.distribution.arguments[1], Distribution)
    assert [index.name for index in random.distribution.over] == ["m"]


def test_cells_may_stand_in_a_distribution() -> None:
    model = expanded(net("target y[t] : n\ny[t] ~ normal(Cell(n)(y[t-1]))", cells=CELL))
    assert model.randoms[0].text == "y[t] ~ normal(y.Cell.h[t], 1)"
    assert model.equations["y.Cell.x"].text == "y.Cell.x[t] = y[t-1]"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("y[t] ~ gauss(x[t])", "RNN224"),
        ("y[t] ~ tanh(x[t])", "RNN224"),
        ("y[t] ~ normal()", "RNN206"),
        ("y[t] ~ normal(x[t] over t)", "RNN406"),
        ("y[t] ~ categorical(x[t] over t)", "RNN490"),
        ("y[t] ~ mixture(x[t], normal(x[t]) over t)", "RNN403"),
        ("y[t] ~ mixture(x[t], x[t] over t)", "RNN224"),
        ("y ~ normal(x[t])", "RNN401"),
        ("x[t] ~ normal(1)\n    y[t] ~ normal(x[t])", "RNN223"),
        ("y[t] ~ normal(x[t])\n    y[t] ~ normal(x[t])", "RNN223"),
        ("y[t] ~ normal(x[t]) scale t", "RNN402"),
        ("y[t] ~ normal(q)", "RNN201"),
    ],
)
def test_mistakes(line: str, code: str) -> None:
    assert codes(net(f"target y[t] : n\n{line}".replace("\n    ", "\n"))) == [code]
