"""Expressions: precedence, calls, names, places."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.syntax.expressions import plain_word
from rnndsl.syntax.tree import Binary, Call, CellCall, Conditional, Name, Number, Reference, Unary
from tests.syntax.equality import expression, without_spans


def test_names_have_parts() -> None:
    found = expression("h_{l-1}x_{k}.c_{2}")
    assert isinstance(found, Reference)
    literal = [part for part in found.name.parts if isinstance(part, str)]
    assert literal == ["h_", "x_", ".c_"]
    assert [type(part) for part in found.name.parts if not isinstance(part, str)] == [Binary, Reference, Number]
    assert found.points is None


def test_a_brace_with_one_word_is_an_expression() -> None:
    assert without_spans(expression("{k}[t]").name) == without_spans(Name((expression("k"),), expression("k").span))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("-a ^ 2", "-(a ^ 2)"),
        ("2 ^ -1", "2 ^ (-1)"),
        ("a ^ b ^ c", "a ^ (b ^ c)"),
        ("-a * b", "(-a) * b"),
        ("a - b - c", "(a - b) - c"),
        ("a / b * c @ d % e", "(((a / b) * c) @ d) % e"),
        ("a + b * c", "a + (b * c)"),
        ("a + b < c * d", "(a + b) < (c * d)"),
        ("not a < b", "not (a < b)"),
        ("not a and b or c", "((not a) and b) or c"),
        ("a or b if c or d else e or f", "(a or b) if (c or d) else (e or f)"),
        ("a if b else c if d else e", "a if b else (c if d else e)"),
        ("-a if b else -c", "(-a) if b else (-c)"),
        ("f(x)", "(f(x))"),
    ],
)
def test_precedence(text: str, same: str) -> None:
    assert without_spans(expression(text)) == without_spans(expression(same))


@pytest.mark.parametrize(
    "text", ["lambda", "class", "None", "True", "match", "type", "np", "xp", "range", "is", "self"]
)
def test_words_of_python_are_names(text: str) -> None:
    found = expression(f"{text}[t] + {text}")
    assert isinstance(found, Binary)
    assert plain_word(found.right) == text


@pytest.mark.parametrize("text", ["input", "cell", "loss", "over", "weight", "scale", "frozen", "backward", "import"])
def test_contextual_keywords_are_names_in_expressions(text: str) -> None:
    found = expression(f"f({text}[t] over over) * {text}")
    assert isinstance(found, Binary)
    assert plain_word(found.right) == text


def test_calls() -> None:
    found = expression("clip(a, 0, high = 1 over s, t)")
    assert isinstance(found, Call)
    assert len(found.arguments) == 2
    assert [keyword.name for keyword in found.keywords] == ["high"]
    assert [name.parts for name in found.over] == [("s",), ("t",)]


def test_cell_applications() -> None:
    found = expression("LSTM(n, k = 2)(x[t], y) backward over i, j")
    assert isinstance(found, CellCall)
    assert found.applied
    assert (len(found.sizes), len(found.size_keywords), len(found.arguments), len(found.backward)) == (1, 1, 2, 2)
    tied = expression("enc(x[t]) backward over s")
    assert isinstance(tied, CellCall)
    assert (tied.applied, tied.sizes, len(tied.arguments)) == (False, (), 1)
    assert isinstance(expression("enc(x[t])"), Call)


def test_backward_inside_arguments_takes_one_index() -> None:
    found = expression("concat(L(n)(x) backward over s, y)")
    assert isinstance(found, Call)
    assert [type(argument) for argument in found.arguments] == [CellCall, Reference]
    both = expression("concat((L(n)(x) backward over s, t), y)").arguments[0]  # type: ignore[union-attr]
    assert isinstance(both, CellCall)
    assert len(both.backward) == 2


def test_spans_cover_the_text() -> None:
    found = expression("(a + b) * f(c)")
    assert isinstance(found, Binary)
    assert (found.span.column, found.span.end_column) == (9, 23)
    assert (found.left.span.column, found.left.span.end_column) == (9, 16)
    assert found.operator_span.column == 17


def test_unary_and_conditional() -> None:
    assert isinstance(expression("-a"), Unary)
    found = expression("a if t % 4 == 0 else b")
    assert isinstance(found, Conditional)
    assert isinstance(found.condition, Binary)
    assert found.condition.operator == "=="


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("f(k = 1, 2)", "RNN128"),
        ("f(k = 1, k = 2)", "RNN128"),
        ("L(n)(x = 1)", "RNN128"),
        ("L(n over t)(x)", "RNN128"),
        ("f(x over t) backward over t", "RNN128"),
        ("enc(x = 1) backward over t", "RNN128"),
        ("a.b(c)", "RNN129"),
        ("f(a.b = c)", "RNN129"),
        ("W_{a,b}", "RNN130"),
        ("W_{a,1}", "RNN130"),
        ("sum(x over s_{a,b})", "RNN130"),
        ("h[d[t]]", "RNN190"),
        ("h[t - f(d[t])]", "RNN190"),
        ("sum(x over s < t)", "RNN190"),
    ],
)
def test_refused(text: str, code: str) -> None:
    with pytest.raises(SpecError) as error:
        expression(text)
    assert [one.code for one in error.value.diagnostics] == [code]
