"""What is said when a token cannot stand where it stands: found, expected, and the likely slip.

`SLIPS` is tried in order; each entry recognises one slip that authors make, and the last resort says what was found and
what could stand there.
"""

from collections.abc import Callable
from typing import Final

from rnndsl.diagnostics.diagnostic import Diagnostic, Label
from rnndsl.diagnostics.suggest import nearest
from rnndsl.syntax.expectations import INSIDE, LINES, STATEMENT, Expectation, expectation
from rnndsl.syntax.foreign import FOREIGN_SLIPS, foreign_statement
from rnndsl.syntax.grammar import state_after
from rnndsl.syntax.slip import DEPTH, Slip
from rnndsl.syntax.tokens import COMPARISONS, HEADERS, OPERATORS, RESERVED, STATEMENTS, SUFFIXES

__all__ = ["SLIPS", "Slip", "explain"]

_OPERANDS: Final = frozenset({"NAME", "NAME_OPEN", "NUMBER", "LPAR"})
_INFIX: Final = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "AT", "PERCENT", "CARET", "AND", "OR", "IF"}) | COMPARISONS
_PHRASES: Final[dict[str, str]] = {
    "LINE_END": "the end of the line",
    "NAME": "a name",
    "NAME_OPEN": "a name",
    "NAME_MIDDLE": "`}`",
    "NAME_CLOSE": "`}`",
    "NUMBER": "a number",
    "STRING": "a file name in quotes",
    **{kind: f"`{text}`" for table in (OPERATORS, RESERVED, STATEMENTS, SUFFIXES) for text, kind in table.items()},
}
_PYTHON_WORDS: Final = frozenset(
    {"lambda", "def", "class", "return", "while", "import", "with", "try", "del", "assert"}
)
_EMPTY: Final = Expectation("", "", ())


def explain(slip: Slip) -> Diagnostic:
    """Return the one diagnostic for a line that the grammar refuses."""
    for recognise in SLIPS:
        diagnostic = recognise(slip)
        if diagnostic is not None:
            return diagnostic
    return _expected(slip)


def _misspelt_statement(slip: Slip) -> Diagnostic | None:
    first = slip.tokens[0]
    if slip.position != 1 or first.type != "NAME" or slip.found.type not in {"NAME", "NAME_OPEN", "NUMBER"}:
        return None
    way = foreign_statement(first)
    if not way:
        meant = nearest(first.text, (*STATEMENTS, "for", "if", "elif", "else"))
        way = f"did you mean `{meant}`?" if meant else STATEMENT
    return Diagnostic("RNN104", f"unknown statement `{first.text}`", first.span, help=way)


def _misspelt_suffix(slip: Slip) -> Diagnostic | None:
    if slip.found.type != "NAME" or not slip.after_operand:
        return None
    words = [word for word, kind in (*SUFFIXES.items(), *RESERVED.items()) if kind in slip.accepts]
    meant = nearest(slip.found.text, words)
    if meant is None:
        return None
    return Diagnostic("RNN104", f"unknown word `{slip.found.text}`", slip.found.span, help=f"did you mean `{meant}`?")


def _missing_colon(slip: Slip) -> Diagnostic | None:
    first = slip.tokens[0]
    if not slip.at_end or "COLON" not in slip.accepts or first.type not in HEADERS:
        return None
    way = "a line that opens a block ends with `:`"
    return Diagnostic("RNN102", f"missing `:` at the end of the `{first.text}` line", slip.found.span, help=way)


def _one_line_block(slip: Slip) -> Diagnostic | None:
    if slip.before is None or slip.before.type != "COLON" or slip.accepts != {"LINE_END"}:
        return None
    way = "start a new line here and indent it by four spaces"
    return Diagnostic("RNN102", "a block begins on the line after the `:`", slip.found.span, help=way)


def _missing_equals(slip: Slip) -> Diagnostic | None:
    if not slip.at_end or "EQUAL" not in slip.accepts or slip.tokens[0].type in STATEMENTS.values():
        return None
    return _no_statement(slip)


def _no_statement(slip: Slip) -> Diagnostic:
    here = slip.tokens[0].span.to(slip.tokens[-2].span)
    message = "neither an equation nor a declaration"
    return Diagnostic("RNN103", message, here, "no `=` and no `~`", help=STATEMENT)


def _compare_or_define(slip: Slip) -> Diagnostic | None:
    found, before = slip.found, slip.tokens[: slip.position]
    if found.type == "EQUAL_EQUAL" and "EQUAL" in slip.accepts:
        return Diagnostic("RNN132", "`==` compares", found.span, help="an equation is written with `=`")
    if found.type not in {"EQUAL", "TILDE"} or not slip.after_operand:
        return None
    outside = not sum(DEPTH.get(token.type, 0) for token in before)
    types = {token.type for token in before}
    if outside and types & {"EQUAL", "TILDE"} and (found.type == "TILDE" or "IF" not in types):
        way = "one statement has one `=` or one `~`: write two lines"
        return Diagnostic("RNN132", f"a second `{found.text}` in one statement", found.span, help=way)
    if found.type == "EQUAL" and "EQUAL_EQUAL" in slip.accepts:
        return Diagnostic("RNN132", "`=` inside an expression", found.span, help="to compare, write `==`")
    return None


def _parentheses_for_points(slip: Slip) -> Diagnostic | None:
    if slip.found.type != "LPAR" or not {"LSQB", "EQUAL"} <= slip.accepts or slip.before is None:
        return None
    if not any(token.type in {"EQUAL", "TILDE"} for token in slip.tokens):
        return _no_statement(slip)
    name = slip.before.text
    way = f"points stand in square brackets: `{name}[t]`"
    return Diagnostic("RNN133", "parentheses after a name that is defined", slip.found.span, help=way)


def _chained_comparison(slip: Slip) -> Diagnostic | None:
    if slip.found.type not in COMPARISONS or not slip.after_operand or "AND" not in slip.accepts:
        return None
    before = [token for token in slip.tokens[: slip.position] if token.type in COMPARISONS]
    if not before:
        return None
    labels = (Label(before[-1].span, "the first comparison"),)
    way = "write `a < b and b < c`"
    return Diagnostic("RNN122", "comparisons cannot be chained", slip.found.span, labels=labels, help=way)


def _choice_without_else(slip: Slip) -> Diagnostic | None:
    asked = [token for token in slip.tokens[1 : slip.position] if token.type == "IF"]
    if "ELSE" not in slip.accepts or not asked or slip.found.type in _OPERANDS:
        return None
    way = "write `a if condition else b`"
    return Diagnostic("RNN134", "a choice without `else`", asked[-1].span, help=way)


def _reserved_word(slip: Slip) -> Diagnostic | None:
    first = slip.tokens[0]
    if slip.position == 1 and first.text in RESERVED and slip.found.type in {"LSQB", "EQUAL", "TILDE"}:
        return Diagnostic("RNN118", f"`{first.text}` is a reserved word", first.span, help="choose another name")
    if slip.found.text not in RESERVED or "NAME" not in slip.accepts:
        return None
    message = f"`{slip.found.text}` is a reserved word"
    return Diagnostic("RNN118", message, slip.found.span, help="choose another name")


def _text_in_expression(slip: Slip) -> Diagnostic | None:
    if slip.found.type != "STRING":
        return None
    way = 'a comment begins with `#`; a file name stands only in `from "file.rnn" import ...`'
    return Diagnostic("RNN119", "a text in quotes has no meaning here", slip.found.span, help=way)


def _empty_brackets(slip: Slip) -> Diagnostic | None:
    closes = slip.found.type in {"RSQB", "RPAR", "NAME_CLOSE", "NAME_MIDDLE"}
    opens = slip.before is not None and slip.before.type in {"LSQB", "LPAR", "NAME_OPEN", "NAME_MIDDLE"}
    if not (closes and opens and slip.before):
        return None
    span = slip.before.span.to(slip.found.span)
    ways = {"LSQB": "write the point, `h[t]`, or no brackets at all", "LPAR": "write what belongs between them"}
    way = ways.get(slip.before.type, "a brace holds a word, an expression or a list of words")
    return Diagnostic("RNN123", "nothing between the brackets", span, help=way)


def _missing_operand(slip: Slip) -> Diagnostic | None:
    if not slip.wants_operand or slip.after_operand or slip.before is None:
        return None
    known = _expectation(slip)
    message = f"expected {known.wanted or 'an operand'} after `{slip.before.text}`, found {_found(slip)}"
    way = "there is no unary `+`: remove it" if slip.found.type == "PLUS" else known.way
    return Diagnostic("RNN123", message, slip.found.span, labels=(Label(slip.before.span, ""),), help=way)


def _missing_operator(slip: Slip) -> Diagnostic | None:
    if slip.found.type not in _OPERANDS or not slip.after_operand or "STAR" not in slip.accepts or slip.before is None:
        return None
    if slip.tokens[0].text in _PYTHON_WORDS or slip.before.text in _PYTHON_WORDS:
        way = "a spec holds equations only, nothing of Python's"
    else:
        way = "write `*` for a product of components, `@` for a matrix product"
        if "COMMA" in slip.accepts:
            way += ", `,` between arguments"
    message = f"no operator between `{slip.before.text}` and `{slip.found.text}`"
    return Diagnostic("RNN124", message, slip.before.span.to(slip.found.span), help=way)


def _expected(slip: Slip) -> Diagnostic:
    known = _expectation(slip)
    wanted = known.wanted or _wanted(slip)
    message = f"expected {wanted}, found {_found(slip)}" if wanted else f"unexpected {_found(slip)}"
    labels = () if slip.before is None or slip.at_end else (Label(slip.before.span, "after this"),)
    return Diagnostic("RNN101", message, slip.found.span, labels=labels, help=known.way or _way(slip))


def _expectation(slip: Slip) -> Expectation:
    return expectation(state_after(slip.tokens[: slip.position], "line")) or _EMPTY


def _way(slip: Slip) -> str:
    """Return how that is written which the found token interrupts: the innermost bracket, or the line."""
    opener = slip.opener
    inside = "" if opener is None else INSIDE["call" if slip.called and opener.type == "LPAR" else opener.type]
    return inside or LINES.get(slip.first.type, STATEMENT)


def _found(slip: Slip) -> str:
    if slip.at_end:
        return "the end of the line"
    return f"`{slip.found.text}`"


def _wanted(slip: Slip) -> str:
    accepts = set(slip.accepts)
    phrases = []
    if slip.wants_operand:
        accepts -= {"NAME", "NAME_OPEN", "NUMBER", "LPAR", "MINUS", "NOT"}
        phrases.append("an expression")
    if "STAR" in accepts:
        accepts -= _INFIX
        phrases.append("an operator")
    rest = sorted({_PHRASES[kind] for kind in accepts if kind in _PHRASES}, key=_phrase_order)
    phrases += rest
    if len(phrases) > 1:
        return ", ".join(phrases[:-1]) + " or " + phrases[-1]
    return "".join(phrases)


def _phrase_order(phrase: str) -> tuple[bool, str]:
    return phrase.startswith("the end"), phrase


SLIPS: Final[tuple[Callable[[Slip], Diagnostic | None], ...]] = (
    _misspelt_statement,
    *FOREIGN_SLIPS,
    _text_in_expression,
    _missing_colon,
    _one_line_block,
    _missing_equals,
    _compare_or_define,
    _parentheses_for_points,
    _chained_comparison,
    _choice_without_else,
    _reserved_word,
    _misspelt_suffix,
    _empty_brackets,
    _missing_operand,
    _missing_operator,
)
"""In the order in which they are tried: the special before the general."""
