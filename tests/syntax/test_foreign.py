"""Slips that come from other languages."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.syntax.foreign import FOREIGN_SLIPS
from rnndsl.syntax.messages import SLIPS
from tests.syntax.equality import statement


@pytest.mark.parametrize(
    ("text", "code", "message", "way"),
    [
        ("// why", "RNN121", "`//` does not begin a comment", "begins with `#`"),
        ("% why", "RNN121", "`%` does not begin a comment", "begins with `#`"),
        ("a = b // c", "RNN121", "`//` is not an operator", "write `/` to divide"),
        ("a = x[t-1:]", "RNN121", "does not cut a slice", "`slice(a, i, j)`"),
        ("a = x[t][1]", "RNN101", "a second pair of square brackets", "`x[t, m]`"),
        ("a = f(x)[1]", "RNN101", "square brackets read named quantities only", "give the value a name"),
        ("a = concat([b, c])", "RNN123", "square brackets without a name", "`concat(a, b)`"),
        ("param W : [n, m]", "RNN123", "square brackets without a name", "`W : n, m`"),
        ("a = sum((b, c))", "RNN101", "a `,` in parentheses that call nothing", "no tuples"),
        ("param W : (n, m)", "RNN101", "a `,` in parentheses that call nothing", "`W : n, m`"),
        ("a = sum(b for m in 1..3)", "RNN101", "`for` inside a call", "`sum(... over m)`"),
        ("for l in range(n):", "RNN130", "a `for` runs over a range", "`for l in 1..n:`"),
        ("for l in 1:n:", "RNN130", "a `for` runs over a range", "`1..n`"),
        ("h[t] <- x", "RNN121", "`<-` is not an operator", "write `=`"),
        ("if a:\n    b = 1\nelse if c:\n    b = 2", "RNN104", "`else if` is one word here", "write `elif`"),
        ("param b : n = 1", "RNN132", "`=` in a declaration of `param`", "~ constant(1)`"),
        ("index t = sequence", "RNN132", "`=` in a declaration of `index`", "`index t : sequence`"),
        ("input x = 0", "RNN132", "`=` in a declaration of `input`", "`input x[t] : n`"),
        ("param W ~ 0.1", "RNN101", "a number after `~`", "`~ normal(0.1)`"),
        ("y[t] ~ 0.1", "RNN101", "a number after `~`", "write `=` for an equation"),
        ("let e = LSTM(n)(x[t])", "RNN101", "inputs in a `let`", "`h[t] = e(x[t])`"),
        ("h^1 = x", "RNN101", "a `^` on the left side", "`h_{1}[t]`"),
        ("z = sum(x[t]) over t", "RNN101", "`over` outside of a call", "`sum(x[t] over t)`"),
        ("z = sum(over t x[t])", "RNN101", "`over` before the expression", "`sum(... over t)`"),
        ("param W U", "RNN124", "no `,` between two names", "`param W, U`"),
        ("input x[t] y[t]", "RNN124", "no `,` between two names", "`input x[t], y[t] : n`"),
        ("param W : n x n", "RNN124", "no `,` between two sizes", "`W : n, m`"),
        ("input : n", "RNN101", "expected a name after `input`, found `:`", "name what is declared"),
    ],
)
def test_each_gets_its_way_out(text: str, code: str, message: str, way: str) -> None:
    with pytest.raises(SpecError) as error:
        statement(text)
    (found,) = error.value.diagnostics
    assert found.code == code
    assert message in found.message
    assert way in found.help


def test_they_are_tried_before_the_general_ones() -> None:
    assert set(FOREIGN_SLIPS) < set(SLIPS)
