"""Random equations."""

import pytest

from rnndsl.semantics.model import Distribution, Number
from rnndsl.semantics.text import print_expression
from tests.semantics.specs import CELL, codes, expanded, grove, net


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
        ("y[t] ~ categorical(x[t] over t)", "RNN408"),
        ("y[t] ~ categorical(m over m, m)", "RNN406"),
        ("y[t] ~ categorical(q over q)", "RNN405"),
        ("y[t] ~ categorical(m, 2 over m)", "RNN206"),
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
    assert codes(net(f"index m : 1..3\ntarget y[t] : n\n{line}".replace("\n    ", "\n"))) == [code]


@pytest.mark.parametrize("index", ["s", "m", "v", "d"])
def test_choices_of_a_point(index: str) -> None:
    body = f"target y[t] : point({index})\ny[t] ~ categorical({index} * t over {index})"
    random = expanded(grove(body)).randoms[0]
    assert random.text == f"y[t] ~ categorical({index} * t over {index})"
    assert [one.name for one in random.distribution.over] == [index]


def test_what_is_bound_is_another_index_than_the_target_has() -> None:
    choice = "target y[s] : point(s)\ny[s] ~ categorical(sum(u[s]) over s)"
    mixture = "target y[t, m] : n\ny[t, m] ~ mixture(m, normal(m * x[t]) over m)"
    children = "target y[t] : point(v)\ny[t] ~ categorical(sum(z[k]) over k)"
    assert [codes(grove(body)) for body in (choice, mixture, children)] == [["RNN408"], ["RNN408"], ["RNN417"]]
