"""Slips that come from other languages: slices, lists, tuples, generators, comments, words.

Each recogniser returns what is said about one slip, or None when it is not that one.
"""

from collections.abc import Callable
from typing import Final

from rnndsl.diagnostics.diagnostic import Diagnostic
from rnndsl.diagnostics.habits import STATEMENTS, known_habit
from rnndsl.syntax.slip import Slip
from rnndsl.syntax.tokens import Token

_COMMENT: Final = "a comment begins with `#` and ends with the line"
_SIZES: Final = "sizes stand without brackets, separated by `,`: `W : n, m`"
_COMPONENTS: Final = "several points stand in one pair, `x[t, m]`; components are `component(a, k)`, `slice(a, i, j)`"
_KINDS: Final = frozenset({"sequence", "tree", "dag", "cyclic", "children", "scalar", "token"})
_DECLARATIONS: Final = frozenset({"INDEX", "INPUT", "TARGET", "PARAM", "OUTPUT"})


def _comment(slip: Slip) -> Diagnostic | None:
    sign, before = slip.found.type, slip.before
    opens = before is None or (before.type == "COLON" and slip.accepts == {"LINE_END"})
    if sign == "DOUBLE_SLASH" or (sign == "PERCENT" and before is None):
        if opens:
            return Diagnostic("RNN121", f"`{slip.found.text}` does not begin a comment", slip.found.span, help=_COMMENT)
        if slip.after_operand:
            way = f"write `/` to divide; {_COMMENT}"
            return Diagnostic("RNN121", "`//` is not an operator", slip.found.span, help=way)
    return None


def _slice(slip: Slip) -> Diagnostic | None:
    opener = slip.opener
    if slip.found.type != "COLON" or opener is None or opener.type != "LSQB":
        return None
    way = "`x[t-1]` is one point; reduce over points with `sum(x[t] over t)`, cut components with `slice(a, i, j)`"
    return Diagnostic("RNN121", "`:` in brackets does not cut a slice", slip.found.span, help=way)


def _second_brackets(slip: Slip) -> Diagnostic | None:
    if slip.found.type != "LSQB" or slip.before is None or slip.before.type not in {"RSQB", "RPAR"}:
        return None
    if slip.before.type == "RSQB":
        return Diagnostic("RNN101", "a second pair of square brackets", slip.found.span, help=_COMPONENTS)
    way = "give the value a name with an equation, and read that at a point; " + _COMPONENTS.split("; ")[1]
    return Diagnostic("RNN101", "square brackets read named quantities only", slip.found.span, help=way)


def _list(slip: Slip) -> Diagnostic | None:
    if slip.found.type != "LSQB" or not slip.wants_operand or slip.position < 2:
        return None
    way = _SIZES if _in_shape(slip) else "there are no lists: write `concat(a, b)` to join vectors"
    return Diagnostic("RNN123", "square brackets without a name before them", slip.found.span, help=way)


def _tuple(slip: Slip) -> Diagnostic | None:
    opener = slip.opener
    if slip.found.type != "COMMA" or opener is None or opener.type != "LPAR" or slip.called is not None:
        return None
    if not slip.after_operand or "COMMA" in slip.accepts:
        return None
    way = (
        _SIZES if _in_shape(slip) else "there are no tuples: remove the inner parentheses, or join with `concat(a, b)`"
    )
    return Diagnostic("RNN101", "a `,` in parentheses that call nothing", slip.found.span, help=way)


def _generator(slip: Slip) -> Diagnostic | None:
    if slip.found.type != "FOR" or slip.called is None:
        return None
    index = slip.after.text if slip.after.type == "NAME" else "t"
    way = f"a call binds an index with `over`: `{slip.called.text}(... over {index})`"
    return Diagnostic("RNN101", "`for` inside a call", slip.found.span, help=way)


def _loop_of_python(slip: Slip) -> Diagnostic | None:
    if slip.first.type != "FOR" or slip.found.type != "COLON" or "RANGE" not in slip.accepts:
        return None
    variable = slip.tokens[1].text
    given = slip.tokens[3 : slip.position]
    way = f"write `for {variable} in 1..n:`"
    if given and given[0].text == "range":
        way += "; a recurrence needs no loop: an equation over an index holds at all its points"
    elif slip.after.type in {"NAME", "NUMBER"} and len(given) == 1:
        way = f"write `{given[0].text}..{slip.after.text}`"
    return Diagnostic("RNN130", "a `for` runs over a range or a list of words", slip.found.span, help=way)


def _arrow(slip: Slip) -> Diagnostic | None:
    if slip.found.type != "LESS" or slip.after.type != "MINUS" or "EQUAL" not in slip.accepts:
        return None
    return Diagnostic("RNN121", "`<-` is not an operator", slip.found.span.to(slip.after.span), help="write `=`")


def _else_if(slip: Slip) -> Diagnostic | None:
    if slip.found.type != "IF" or slip.before is None or slip.before.type != "ELSE":
        return None
    return Diagnostic("RNN104", "`else if` is one word here", slip.before.span.to(slip.found.span), help="write `elif`")


def _given_value(slip: Slip) -> Diagnostic | None:
    """`param b : n = 1`, `index t = sequence`, `input x = 0`."""
    if slip.found.type != "EQUAL" or slip.first.type not in _DECLARATIONS - {"OUTPUT"} or slip.opener is not None:
        return None
    ways = {
        "PARAM": "what a parameter starts with stands after `~`: `param b : n ~ constant(1)`",
        "INDEX": "what an index runs over stands after `:`: `index t : sequence`",
    }
    way = ways.get(slip.first.type, "data comes with the call; a shape stands after `:`: `input x[t] : n`")
    return Diagnostic("RNN132", f"`=` in a declaration of `{slip.first.text}`", slip.found.span, help=way)


def _number_for_name(slip: Slip) -> Diagnostic | None:
    if slip.found.type != "NUMBER" or slip.before is None or slip.before.type != "TILDE":
        return None
    number = slip.found.text
    way = f"write `~ normal({number})` for random values, `~ constant({number})` for this one"
    if slip.first.type != "PARAM":
        way = f"write `=` for an equation, or `~ normal({number})`"
    return Diagnostic("RNN101", "a number after `~`", slip.found.span, help=way)


def _inputs_in_let(slip: Slip) -> Diagnostic | None:
    if slip.first.type != "LET" or slip.found.type != "LPAR" or slip.before is None or slip.before.type != "RPAR":
        return None
    name = slip.tokens[1].text
    way = f"a `let` gives the sizes only; apply it in an equation: `h[t] = {name}(x[t])`"
    return Diagnostic("RNN101", "inputs in a `let`", slip.found.span, help=way)


def _power_on_the_left(slip: Slip) -> Diagnostic | None:
    if slip.found.type != "CARET" or "EQUAL" not in slip.accepts or slip.before is None or slip.opener is not None:
        return None
    way = f"write an equation for the name alone; layers are told apart in the name: `{slip.before.text}_{{1}}[t]`"
    return Diagnostic("RNN101", "a `^` on the left side", slip.found.span, help=way)


def _over_outside(slip: Slip) -> Diagnostic | None:
    if slip.found.type == "OVER" and "OVER" not in slip.accepts:
        way = "`over` stands inside the call that reduces: `sum(x[t] over t)`"
        return Diagnostic("RNN101", "`over` outside of a call", slip.found.span, help=way)
    if (
        slip.before is not None
        and slip.before.text == "over"
        and slip.before.type == "NAME"
        and slip.called is not None
    ):
        way = f"the expression comes first: `{slip.called.text}(... over {slip.found.text})`"
        return Diagnostic("RNN101", "`over` before the expression", slip.before.span, help=way)
    return None


def _names_in_a_row(slip: Slip) -> Diagnostic | None:
    """`param W U`, `index i j : sequence`, `param W : n x m`."""
    before = slip.before
    row = slip.found.type in {"NAME", "NAME_OPEN"} and before is not None and before.type in {"NAME", "RSQB"}
    if not row or before is None or slip.first.type not in _DECLARATIONS or slip.opener is not None:
        return None
    if "COMMA" not in slip.accepts or slip.found.text in {"frozen", *_KINDS}:
        return None
    if _in_shape(slip):
        return Diagnostic("RNN124", "no `,` between two sizes", before.span.to(slip.found.span), help=_SIZES)
    way = f"separate names with `,`: `{slip.first.text} {before.text}, {slip.found.text}`"
    if before.type == "RSQB":
        way = f"separate names with `,`, and put a shape after `:`: `{slip.first.text} x[t], y[t] : n`"
    return Diagnostic("RNN124", "no `,` between two names", before.span.to(slip.found.span), help=way)


def _nameless_declaration(slip: Slip) -> Diagnostic | None:
    """`input : n`: the word was taken for a name, since nothing that it could declare follows."""
    if slip.first.text not in {"index", "input", "target", "param"} or slip.first.type != "NAME" or not slip.at_end:
        return None
    if len(slip.tokens) < 3 or slip.tokens[1].type != "COLON":
        return None
    way = f"name what is declared: `{slip.first.text} x : ...`"
    return Diagnostic("RNN101", f"expected a name after `{slip.first.text}`, found `:`", slip.tokens[1].span, help=way)


def _in_shape(slip: Slip) -> bool:
    colon = slip.seen("COLON") and not slip.seen("EQUAL", "TILDE")
    return colon and slip.first.type in {"INPUT", "TARGET", "PARAM", "NAME"}


def foreign_statement(first: Token) -> str:
    """Return the way out for a line that begins with a statement of another language."""
    return known_habit(STATEMENTS, first.text)


FOREIGN_SLIPS: Final[tuple[Callable[[Slip], Diagnostic | None], ...]] = (
    _comment,
    _slice,
    _second_brackets,
    _list,
    _tuple,
    _generator,
    _loop_of_python,
    _arrow,
    _else_if,
    _given_value,
    _number_for_name,
    _inputs_in_let,
    _power_on_the_left,
    _over_outside,
    _names_in_a_row,
    _nameless_declaration,
)
"""In the order in which they are tried."""
