"""What is said about mistakes that the lexer finds, in the author's words."""

import re
from typing import Final

from rnndsl.diagnostics.diagnostic import Diagnostic, Label
from rnndsl.diagnostics.habits import FUNCTIONS, LATEX, known_habit
from rnndsl.diagnostics.span import Span
from rnndsl.syntax.characters import accented, describe, is_hidden, looks_latin, replacement
from rnndsl.syntax.limits import MAX_NAME, MAX_NESTING, MAX_NUMBER, MAX_TOKENS
from rnndsl.syntax.tokens import RESERVED, Token

_FOREIGN: Final[dict[str, tuple[str, str]]] = {
    "**": ("`**` is not an operator", "write `^` for a power: `a ^ 2`"),
    "&&": ("`&&` is not an operator", "write `and`"),
    "||": ("`||` is not an operator", "write `or`"),
    "&": ("`&` is not an operator", "write `and`"),
    "|": ("`|` is not an operator", "write `or`; for an absolute value `abs(a)`"),
    "!": ("`!` is not an operator", "write `not`"),
    ":=": ("`:=` is not an operator", "write `=`"),
    "->": ("`->` is not an operator", "an equation is written `name[t] = expression`"),
    "<>": ("`<>` is not an operator", "write `!=`"),
    "===": ("`===` is not an operator", "write `==` to compare"),
    ";": ("`;` does not separate statements", "write one statement per line"),
    "/*": ("`/*` does not start a comment", "comments start with `#` and end with the line"),
    "`": ("backquotes have no meaning here", "remove them"),
    "$": ("`$` has no meaning here", "equations and names are written plainly, without `$`"),
    "?": ("`?` has no meaning here", "a choice is written `a if condition else b`"),
    "\\": ("`\\` does not continue a line", "an open bracket continues a line: put parentheses around the expression"),
}
_UPDATE_HELP: Final = "a quantity has one equation and is never changed: give each step its own name or index"


def tab_in_indentation(span: Span) -> Diagnostic:
    """Report a tab at the start of a line."""
    return Diagnostic("RNN108", "a tab in the indentation", span, "tab", help="indent with spaces, four per level")


def unclosed_bracket(opener: Token, *, header: bool) -> Diagnostic:
    """Report a bracket that nothing closes, at the bracket; `header` is whether the line is one that opens a block."""
    bracket = opener.text[-1]
    closer = {"(": ")", "[": "]", "{": "}"}[bracket]
    way = f"add the missing `{closer}`"
    if header and opener.text == "{":
        way = "a block begins with `:` at the end of its line, and is indented by four spaces"
    end = Span(opener.span.file, opener.span.line, opener.span.end_column - 1, opener.span.line, opener.span.end_column)
    return Diagnostic("RNN105", f"`{bracket}` is never closed", end, "opened here", help=way)


def stray_bracket(token: Token, closer: str) -> Diagnostic:
    """Report a closing bracket without an opening one."""
    return Diagnostic("RNN106", f"`{closer}` closes nothing", token.span, "no bracket is open here", help="remove it")


def wrong_bracket(token: Token, closer: str, opener: Label) -> Diagnostic:
    """Report a closing bracket that does not fit the open one."""
    message = f"`{closer}` does not close the bracket that is open"
    return Diagnostic("RNN106", message, token.span, labels=(opener,), help="close that one first")


def leading_underscore(name: str, span: Span) -> Diagnostic:
    """Report a name that begins with an underscore."""
    return Diagnostic(
        "RNN117",
        f"the name `{name}` begins with an underscore",
        span,
        help="names begin with a letter: ASCII letters, digits and `_` follow",
    )


def name_too_long(length: int, span: Span) -> Diagnostic:
    """Report a name over the limit."""
    return Diagnostic("RNN503", f"a name of {length} characters", span, help=f"names have at most {MAX_NAME}")


def number_too_long(length: int, span: Span) -> Diagnostic:
    """Report a number with too many digits."""
    message = f"a number of {length} characters"
    return Diagnostic("RNN116", message, span, help=f"numbers have at most {MAX_NUMBER} characters")


def number_too_large(text: str, span: Span) -> Diagnostic:
    """Report a number beyond the largest floating-point number."""
    return Diagnostic("RNN116", f"`{text}` is too large for a number", span, help="write `infinity` if that is meant")


def bad_number(text: str, span: Span) -> Diagnostic:
    """Report what begins like a number and is none."""
    shown = text[:20]
    split = re.match(r"([0-9]+(?:\.[0-9]+)?)([A-Za-z_].*)", text)
    if text.endswith("."):
        way = f"write `{shown}0`"
    elif text.startswith("."):
        way = f"write `0{shown}`"
    elif split and split.group(2) in RESERVED:
        way = "put a space after the number"
    elif split and not re.match(r"[jJeE_]|[xXoObB][0-9]", split.group(2)):
        way = f"write `{split.group(1)} * {split.group(2)[:20]}` for a product"
    else:
        way = "numbers are written `3`, `0.5`, `1e-5` or `1.5e3`"
    return Diagnostic("RNN115", f"`{shown}` is not a number", span, help=way)


def prime(name: str, span: Span) -> Diagnostic:
    """Report `h'`."""
    way = f"write `{name}_new` or `{name}2` for another quantity, `transpose({name})` for a transposed matrix"
    return Diagnostic("RNN119", "a name cannot hold a prime", span, help=way)


def method(called: str, span: Span) -> Diagnostic:
    """Report `x[t].sum()`; `called` is the word after the dot."""
    way = known_habit(FUNCTIONS, called) or f"write it as a function: `{called}(...)`"
    if called.isupper() and len(called) == 1:
        way = "write `transpose(...)`"
    return Diagnostic("RNN129", "values have nothing behind a dot", span, help=way)


def latex(command: str, span: Span) -> Diagnostic:
    """Report a command of LaTeX; `command` is the word after the backslash."""
    way = LATEX.get(command, f"names are written plainly: `{command}`")
    return Diagnostic("RNN121", f"`\\{command}` is LaTeX", span, help=way)


def bad_string(text: str, span: Span) -> Diagnostic:
    """Report a text in single quotes or without its closing quote."""
    if text.startswith("'"):
        return Diagnostic(
            "RNN119",
            "`'` has no meaning here",
            span,
            help='a file name in an import stands in double quotes: `from "file.rnn" import LSTM`',
        )
    return Diagnostic("RNN120", "a text without its closing quote", span, help='add the closing `"` on the same line')


def foreign_operator(text: str, span: Span) -> Diagnostic:
    """Report an operator of some other language."""
    message, way = _FOREIGN.get(text, (f"`{text}` is not an operator", _UPDATE_HELP))
    return Diagnostic("RNN121", message, span, help=way)


def hidden_character(character: str, span: Span, *, comment: bool) -> Diagnostic:
    """Report a character that cannot be seen or that changes how others are shown."""
    place = "in a comment" if comment else "here"
    plain = replacement(character)
    way = f"write {plain} instead" if plain else "remove it: what a reader sees must be what the compiler reads"
    return Diagnostic(
        "RNN114",
        f"{describe(character)} must not stand {place}",
        span,
        help=way,
    )


def invalid_character(character: str, span: Span) -> Diagnostic:
    """Report a character outside the language."""
    if is_hidden(character) or character in "\r\f\x85":
        return hidden_character(character, span, comment=False)
    way = replacement(character)
    if looks_latin(character):
        way = f"it looks like the letter `{way}`: write that"
    elif character == "\u2208":
        way = "write `:` after a declared name, `in` in a `for`"
    elif way:
        way = f"write {way}" if way.startswith("a plain") else f"write `{way}`"
    elif character.isalpha():
        way = "names are made of ASCII letters, digits and `_`" + accented(character)
    if character == ".":
        return Diagnostic(
            "RNN113",
            "a lone `.`",
            span,
            help="`..` stands between the ends of a range; `h.c` reads `c` inside the cell that makes `h`",
        )
    shown = f"`{character}`" if character.isascii() else describe(character)
    return Diagnostic("RNN113", f"{shown} has no meaning here", span, help=way or "remove it")


def nested_too_deep(span: Span) -> Diagnostic:
    """Report nesting over the limit."""
    return Diagnostic(
        "RNN501",
        f"nested more than {MAX_NESTING} deep",
        span,
        help="give a part of the expression a name with an equation of its own",
    )


def too_many_tokens(span: Span) -> Diagnostic:
    """Report a text over the limit of tokens."""
    message = f"more than {MAX_TOKENS:,} words and signs in one file"
    return Diagnostic("RNN502", message, span, help="split the spec, or write repeated parts as a `for` or a family")
