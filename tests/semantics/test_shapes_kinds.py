"""Targets and their distributions; expressions that are only numbers."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.diagnostics.span import NOWHERE
from rnndsl.semantics.expand import expand
from rnndsl.semantics.model import Apply, Dimension, Expr, Number
from rnndsl.semantics.shapes import infer_shapes
from rnndsl.semantics.shapes_kinds import check_kinds, number_of
from rnndsl.sizes import Size
from rnndsl.syntax.parse import parse
from tests.semantics.specs import expanded, grove


def spec(target: str, distribution: str) -> str:
    head = "model Net(n):\n    index t : sequence\n    input x[t] : n\n"
    return head + f"    target y[t] : {target}\n    y[t] ~ {distribution}\n"


@pytest.mark.parametrize(
    ("target", "distribution", "text"),
    [
        ("n", "categorical(x[t])", "`categorical` draws a token, and `y` is none"),
        ("token(n)", "bernoulli(x[t])", "`bernoulli` draws real numbers, and `y` is a token"),
        ("token(n)", "normal(x[t])", "`normal` draws real numbers, and `y` is a token"),
    ],
)
def test_wrong_kind_of_target(target: str, distribution: str, text: str) -> None:
    model, _ = expand(parse(spec(target, distribution), "net.rnn"))
    with pytest.raises(SpecError) as caught:
        infer_shapes(model)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.labels[0].span.line) == ("RNN304", text, 4)


def test_right_kind_of_target() -> None:
    model, _ = expand(parse(spec("token(n)", "categorical(x[t])"), "net.rnn"))
    assert check_kinds(model, {"y"}) == []


def binary(symbol: str, left: Expr, right: Expr) -> Expr:
    return Apply(symbol, (left, right), NOWHERE)


def test_numbers() -> None:
    two, four = Number(2.0, NOWHERE), Dimension(Size.of(4), NOWHERE)
    assert number_of(binary("-", binary("*", two, four), binary("/", two, four))) == 7.5
    assert number_of(Apply("neg", (two,), NOWHERE)) == -2.0
    assert number_of(binary("/", two, Number(0.0, NOWHERE))) is None
    assert number_of(binary("+", two, Dimension(Size.of("n"), NOWHERE))) is None
    chain: Expr = two
    for _ in range(5000):
        chain = binary("+", chain, two)
    assert number_of(chain) == 10002.0


@pytest.mark.parametrize(
    ("target", "distribution", "text"),
    [
        ("point(s)", "categorical(x[t])", "`categorical` draws a token, and `y` is a point of `s`"),
        ("point(s)", "normal(1)", "`normal` draws real numbers, and `y` is a point of `s`"),
        ("token(n)", "categorical(s over s)", "`categorical` draws a point of `s`, and `y` is a token"),
        ("n", "categorical(s over s)", "`categorical` draws a point of `s`, and `y` is none"),
        ("point(s)", "categorical(m over m)", "`categorical` draws a point of `m`, and `y` is a point of `s`"),
        ("point(m)", "mixture(1, categorical(s over s) over m)", "draws a point of `s`, and `y` is a point of `m`"),
    ],
)
def test_wrong_kind_of_point(target: str, distribution: str, text: str) -> None:
    with pytest.raises(SpecError) as caught:
        infer_shapes(expanded(grove(f"target y[t] : {target}\ny[t] ~ {distribution}")))
    (found,) = caught.value.diagnostics
    assert (found.code, text in found.message, bool(found.help)) == ("RNN304", True, True)


@pytest.mark.parametrize("index", ["s", "m", "v"])
def test_right_kind_of_point(index: str) -> None:
    body = f"target y[t] : point({index})\ny[t] ~ categorical({index} * t over {index})"
    assert check_kinds(expanded(grove(body)), set()) == []
