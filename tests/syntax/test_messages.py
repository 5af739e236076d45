"""What is said about tokens that cannot stand where they stand."""

import pytest

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.syntax.messages import SLIPS, Slip, explain
from rnndsl.syntax.tokens import Token
from tests.syntax.equality import statement


def refused(text: str) -> Diagnostic:
    with pytest.raises(SpecError) as error:
        statement(text)
    (found,) = error.value.diagnostics
    return found


@pytest.mark.parametrize(
    ("text", "code", "message", "way"),
    [
        ("parm W", "RNN104", "unknown statement `parm`", "did you mean `param`?"),
        ("import os", "RNN104", "unknown statement `import`", "from cells import LSTM"),
        ("return h", "RNN104", "unknown statement `return`", "output h[t]"),
        ("qqqq W", "RNN104", "unknown statement `qqqq`", "a statement is an equation"),
        ("y ~ D(x) scael 2", "RNN104", "unknown word `scael`", "did you mean `scale`?"),
        ("if a", "RNN102", "missing `:` at the end of the `if` line", "ends with `:`"),
        ("if a: b = 1", "RNN102", "a block begins on the line after the `:`", "start a new line"),
        ("h[t]", "RNN103", "neither an equation nor a declaration", "a statement is"),
        ("f(x)", "RNN103", "neither an equation nor a declaration", "a statement is"),
        ("h == 2", "RNN132", "`==` compares", "written with `=`"),
        ("h = 1 if a = 2 else 3", "RNN132", "`=` inside an expression", "write `==`"),
        ("h = f(a + b = c)", "RNN132", "`=` inside an expression", "write `==`"),
        ("h = a ~ b", "RNN132", "a second `~` in one statement", "two lines"),
        ("h = a = b", "RNN132", "a second `=` in one statement", "two lines"),
        ("h(t) = 2", "RNN133", "parentheses after a name that is defined", "`h[t]`"),
        ("h = a < b < c", "RNN122", "comparisons cannot be chained", "a < b and b < c"),
        ("h = a if b", "RNN134", "a choice without `else`", "a if condition else b"),
        ("if[t] = 2", "RNN118", "`if` is a reserved word", "another name"),
        ("param for", "RNN118", "`for` is a reserved word", "another name"),
        ('h = "a"', "RNN119", "a text in quotes", "a comment begins with `#`"),
        ("h[] = 2", "RNN123", "nothing between the brackets", "write the point"),
        ("h = ()", "RNN123", "nothing between the brackets", "what belongs between"),
        ("h_{} = 2", "RNN123", "nothing between the brackets", "a brace holds"),
        ("h = +2", "RNN123", "expected the value after `=`, found `+`", "no unary `+`"),
        ("h = 2 *", "RNN123", "expected an operand after `*`, found the end of the line", "write a name"),
        ("h = a b", "RNN124", "no operator between `a` and `b`", "`@` for a matrix product"),
        ("h = f(a b)", "RNN124", "no operator between `a` and `b`", "`,` between arguments"),
        ("h = lambda q", "RNN124", "no operator between", "nothing of Python's"),
        ("param", "RNN101", "expected a name, found the end of the line", "`param W, b`"),
        ("let a = b", "RNN101", "expected `(`, found the end of the line", "`let enc = LSTM(n)`"),
        ("h = a)", "RNN106", "`)` closes nothing", ""),
        ("index t sequence", "RNN101", "expected `,` or `:`, found `sequence`", "`index t : sequence`"),
        ("h[t = 2", "RNN105", "`[` is never closed", "add the missing `]`"),
    ],
)
def test_explanations(text: str, code: str, message: str, way: str) -> None:
    found = refused(text)
    assert found.code == code
    assert message in found.message
    assert way in found.help


def test_the_last_resort_names_what_is_found() -> None:
    found = refused("h = a if b else c : d")
    assert found.code == "RNN101"
    assert "found `:`" in found.message
    assert found.labels[0].span.column == 21


def test_slips_are_pure_and_ordered() -> None:
    token = Token("NAME", "a", refused("param").span)
    end = Token("LINE_END", "", token.span)
    slip = Slip((token, end), 1, frozenset({"COMMA"}))
    assert [recognise(slip) for recognise in SLIPS] == [None] * len(SLIPS)
    assert explain(slip).message == "expected `,`, found the end of the line"
