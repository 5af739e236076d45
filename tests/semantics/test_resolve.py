"""Right sides."""

import pytest

from rnndsl.semantics.model import Dimension, Number, Over, Position, Read
from tests.semantics.specs import CELL, codes, expanded, net


def printed(value: str, before: str = "") -> str:
    model = expanded(net(f"{before}\nh[t] = {value}\noutput h[t]", header="model Net(n, k = 3, rate = 0.5):"))
    return model.equations["h"].text.removeprefix("h[t] = ")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("x[t] * rate", "x[t] * 0.5"),
        ("x[t] * k", "x[t] * k"),
        ("x[t] * -2", "x[t] * -2"),
        ("-x[t] ^ 2", "-x[t] ^ 2"),
        ("x[t] > 1", "1 < x[t]"),
        ("x[t] >= 1 or not t != 2", "1 <= x[t] or not t != 2"),
        ("x[t] if t % 4 == 0 else x[t-1]", "x[t] if t % 4 == 0 else x[t-1]"),
        ("x[t] if k > 2 else nothing", "x[t]"),
        ("nothing if not k > 2 else x[t]", "x[t]"),
        ("minimum(x[t], infinity)", "minimum(x[t], infinity)"),
        ("last(x)", "last(x[t] over t)"),
        ("first(x) - mean(x[t] over t)", "first(x[t] over t) - mean(x[t] over t)"),
        ("sum(x[t])", "sum(x[t])"),
        ("(x[t] - 1) - (x[t] - 2)", "x[t] - 1 - (x[t] - 2)"),
    ],
)
def test_meanings(written: str, meant: str) -> None:
    assert printed(written) == meant


def test_nodes() -> None:
    model = expanded(net("a[t] = t\nb = n\nc = 2\nd[t] = x[t-1]\ne = max(x[t] over t)\noutput a[t], b, c, d[t], e"))
    kinds = [type(equation.value) for equation in model.equations.values()]
    assert kinds == [Position, Dimension, Number, Read, Over]


def test_loop_variables_are_numbers() -> None:
    model = expanded(net("for l in 1..2:\n    h_{l}[t] = x[t-l] * l\noutput h_2[t]"))
    assert model.equations["h_2"].text == "h_2[t] = x[t-2] * 2"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("q", ["RNN201"]),
        ("q + p + q", ["RNN201", "RNN201", "RNN201"]),
        ("x", ["RNN407"]),
        ("n[1]", ["RNN401"]),
        ("t[1]", ["RNN401"]),
        ("h.c[t]", ["RNN201"]),
        ("softmax(x[t] * m over m)", ["RNN414"]),
        ("log_prob(x[t])", ["RNN206"]),
        ("h[t-1] if q > 1 else x[t]", ["RNN201"]),
    ],
)
def test_mistakes(written: str, found: list[str]) -> None:
    assert codes(net(f"index m : 1..3\nh[t] = {written}\noutput h[t]")) == found


def test_log_prob_of_a_target() -> None:
    body = "target y[t] : n\ny[t] ~ normal(x[t]) scale 0\nloss -mean(log_prob(y[t]) over t)"
    assert len(expanded(net(body)).losses) == 1


def test_the_end_of_a_quantity_inside_a_cell() -> None:
    twice = CELL.replace("output h[t]", "output z[t] = 2 * h[t]")
    model = expanded(net("h[t] = Cell(n)(x[t])\ne = last(h.h)\noutput e", cells=twice))
    assert model.equations["e"].text == "e = last(h.h[t] over t)"
    assert codes(net("h[t] = Cell(n)(x[t])\ne = last(h.q)\noutput e", cells=twice)) == ["RNN201"]


def test_a_let_is_no_value() -> None:
    assert codes(net("let enc = Cell(n)\nh[t] = enc + x[t]\noutput h[t]", cells=CELL)) == ["RNN208"]


def test_two_sequences_in_one_value() -> None:
    body = "index s : sequence\ninput z[s] : n\nm = mean(z[s] over s)\nh[t] = x[t] + mean(z[s] over s) + m\noutput h[t]"
    assert expanded(net(body)).equations
    assert expanded(net(body.replace("mean(z[s] over s) + m", "mean(z[s] * x[t] over s)"))).equations
