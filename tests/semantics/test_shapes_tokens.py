"""Which values are tokens."""

import pytest

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.semantics.expand import expand
from rnndsl.semantics.model import Apply, Number, Read
from rnndsl.semantics.shapes_tokens import distribution_roots, random_roots, roots, token_expressions, whole_number
from rnndsl.syntax.parse import parse

HEADER = """model Net(n):
    index  t : sequence
    input  x[t], u[t] : token(n)
    param  c : n
"""

CASES: tuple[tuple[tuple[str, ...], bool], ...] = (
    (("h[t] = x[t]",), True),
    (("h[t] = x[t-1]",), True),
    (("g[t] = x[t-1]", "h[t] = g[t+1]"), True),
    (("h[t] = x[t] if t > 3 else u[t]",), True),
    (("h[t] = last(x[t] over t)",), True),
    (("h[t] = x[t] * 1",), False),
    (("h[t] = x[t] if t > 3 else c",), False),
    (("h[t] = x[t] if t > 3 else h[t-1]",), False),
    (("h[t] = x[t-1]", "init x[t] = 2"), False),
    (("h[t] = x[t-1]", "init x[t] = -1"), True),
    (("h[t] = x[t-1]", "init x[t] = c"), False),
    (("h[t] = x[t-1]", "init u[t] = c"), True),
    (("h[t] = x[t]", "init x[t] = c"), True),
)


@pytest.mark.parametrize(("lines", "token"), CASES)
def test_tokens(lines: tuple[str, ...], token: bool) -> None:  # noqa: FBT001
    text = HEADER + "".join(f"    {line}\n" for line in (*lines, "output h[t]"))
    model, _ = expand(parse(text, "net.rnn"))
    expressions, names = token_expressions(model)
    assert ("h" in names) == token
    assert (model.equations["h"].value in expressions) == token


def test_whole_numbers() -> None:
    three = Number(3.0, NOWHERE)
    assert whole_number(three) == 3
    assert whole_number(Apply("neg", (three,), NOWHERE)) == -3
    assert whole_number(Number(0.5, NOWHERE)) is None
    assert whole_number(Number(float("inf"), NOWHERE)) is None
    assert whole_number(Read("x", (), NOWHERE)) is None


def test_roots_are_all_right_hand_sides() -> None:
    text = (
        HEADER
        + "    target y[t] : n\n    h[t] = c * 2\n    init h = 1\n"
        + "    y[t] ~ normal(h[t], 2) weight 3 scale 4\n    loss 5\n"
    )
    model, _ = expand(parse(text, "net.rnn"))
    numbers = {expr.value for expr in roots(model) if isinstance(expr, Number)}
    assert numbers == {1.0, 2.0, 3.0, 4.0, 5.0}


def test_expressions_of_a_random_equation() -> None:
    lines = ("target y[t] : scalar", "index m : 1..2", "param a[m], b[m] : scalar")
    random = "y[t] ~ mixture(a[m], normal(b[m], 1) over m) weight 2 scale 3"
    text = HEADER + "".join(f"    {line}\n" for line in (*lines, random))
    model, _ = expand(parse(text, "net.rnn"))
    (equation,) = model.randoms
    inside = list(distribution_roots(equation.distribution))
    assert [type(root) for root in inside] == [Read, Read, Number]
    assert list(random_roots(equation)) == [equation.weight, equation.scale, *inside]
