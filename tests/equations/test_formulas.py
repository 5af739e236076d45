"""Expressions as LaTeX."""

import pytest

from rnndsl.equations.formulas import Formulas
from rnndsl.equations.symbols import Symbols
from tests.equations.test_ranks import RANKS, expression

PLAIN = Formulas(RANKS, Symbols(bold=False), {"t": "T"}, {"k": "n"})


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("tanh(W @ v[t-1] + v)", r"\tanh\left( W v_{t - 1} + v \right)"),
        ("sigmoid(v) * v", r"\sigma\left( v \right) \odot v"),
        ("s * v", r"s \, v"),
        ("s * 2", r"s \cdot 2"),
        ("v @ v", r"v^\top v"),
        ("v @ W", r"W^\top v"),
        ("v @ W @ v", r"v^\top W v"),
        ("(W + W) @ v", r"\left( W + W \right) v"),
        ("transpose(W) @ v", r"W^\top v"),
        ("outer(v, v + v)", r"v \left( v + v \right)^\top"),
        ("v / (1 + s)", r"\frac{v}{1 + s}"),
        ("1 - v ^ 2", r"1 - v^{2}"),
        ("h_{n}[t] ^ 2", r"\left( h^{(n)}_{t} \right)^{2}"),
        ("-s * v", r"-s \, v"),
        ("v - (v - v)", r"v - \left( v - v \right)"),
        ("sum(s * v over t)", r"\sum_{t} s \, v"),
        ("sum(v + v over t)", r"\sum_{t} \left( v + v \right)"),
        ("sum(v over t) * s", r"\left( \sum_{t} v \right) \, s"),
        ("s * sum(v over t)", r"s \, \sum_{t} v"),
        ("softmax(s over t)", r"\operatorname*{softmax}_{t} \left( s \right)"),
        ("max(s over t)", r"\max_{t} \left( s \right)"),
        ("uses(v over k)", r"\sum_{\text{parents }n, k} v"),
        ("stack(s over t)", r"\left[ s \right]_{t}"),
        ("s if t % 2 == 0 else 1", r"\begin{cases} s & \text{if } t \bmod 2 = 0 \\ 1 & \text{otherwise} \end{cases}"),
        ("s if not t < 2 and leaf(t) else 1", None),
        ("length(t)", "T"),
        ("length(n)", r"\lvert n \rvert"),
        ("concat(v, v)", r"\left[ v; v \right]"),
        ("component(v, 2)", r"\left( v \right)_{2}"),
        ("slice(v, 1, n)", r"\left( v \right)_{1 : n}"),
        ("leaky_relu(v, slope = 0.1)", r"\operatorname{leaky\_relu}\left( v, \mathrm{slope} = 0.1 \right)"),
        ("abs(s) + norm(v) + sqrt(s)", r"\lvert s \rvert + \lVert v \rVert + \sqrt{s}"),
        ("LSTM(n)(v)", r"\mathrm{LSTM}_{n}\left( v \right)"),
        ("LSTM(n)(v) backward over t", r"\overleftarrow{\mathrm{LSTM}}_{n}\left( v \right)"),
        ("1e-5 * infinity", r"1 \cdot 10^{-5} \, \infty"),
        ("v[child(n, 2)]", r"v_{\operatorname{child}\left( n, 2 \right)}"),
    ],
)
def test_formula(text: str, latex: str | None) -> None:
    found = PLAIN.text(expression(text))
    if latex is None:
        assert r"\lnot t < 2 \land t \text{ is a leaf}" in found
    else:
        assert found == latex


def test_long_sums_are_broken_before_signs() -> None:
    terms = " + ".join(f"W @ v[t-{k}] * s" for k in range(1, 12))
    lines = PLAIN.lines(expression(terms))
    assert len(lines) >= 2
    assert all(line.startswith("+ ") for line in lines[1:])
    assert " ".join(lines) == PLAIN.text(expression(terms))


def test_chains_may_be_of_any_length() -> None:
    for operator in ("+", "*", "-"):
        text = f" {operator} ".join(["s"] * 3000)
        assert PLAIN.text(expression(text)).count("s") == 3000
        assert "".join(PLAIN.lines(expression(text))).count("s") == 3000


def test_sums_over_indices_in_front_keep_to_themselves() -> None:
    for text in ("sum(v over t) + s", "sum(v over t) - v + s"):
        assert " ".join(PLAIN.lines(expression(text))) == PLAIN.text(expression(text))
