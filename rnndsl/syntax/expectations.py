"""What is expected in every state of the parser in which a line can break off, in the author's words.

A state is named by the beginning of a line that leads to it, as in the error message files of Menhir (Pottier, 2016,
"Reachability and Error Diagnosis in LR(1) Parsers"): a change of the grammar renumbers the states, not the sentences. A
test enumerates the states of the parser and fails for one without a sentence here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from rnndsl.syntax.grammar import state_after
from rnndsl.syntax.lexer import scan


@dataclass(frozen=True, slots=True)
class Expectation:
    """What belongs after each of the beginnings `after`, and how the whole is written.

    Where an operand is complete, `wanted` is empty: what may follow depends on what is open around it.
    """

    wanted: str
    way: str
    after: tuple[str, ...]


STATEMENT: Final = "a statement is an equation `name[t] = ...`, `name[t] ~ ...`, or begins with a keyword"
_OPERAND: Final = "write a name, a number or `(`"
_BINARY: Final = ("<", "<=", ">", ">=", "==", "!=", "+", "-", "*", "/", "@", "%", "^", "and", "or")
_BLOCK: Final = "a block begins on the line after the `:`, indented by four spaces"
_HEADER: Final = "a network begins with `model Name(n, hidden = 128):`, a piece of one with `cell Name(n):`"
_IMPORT: Final = 'cells are imported with `from cells import LSTM` or `from "file.rnn" import Cell`'
_INDEX: Final = "an index is declared as `index t : sequence`, `index m : 1..n` or `index v : tree`"
_DATA: Final = "data is declared as `input x[t] : n`, `target y[t] : token(words)`"
_PARAM: Final = "parameters are declared as `param W, b` or `param W : n, m ~ glorot`"
_INIT: Final = "what a read before the start gives is `init h[t] = ...`"
_OUTPUT: Final = "results are named as in `output h[t], c[t]` or `output z[t] = 2 * h[t]`"
_LET: Final = "a shared cell is `let enc = LSTM(n)`; it is used as `h[t] = enc(x[t])`"
_LOSS: Final = "a loss is a scalar: `loss mean(e[t] ^ 2 over t)`"
_RANDOM: Final = "a random equation is `y[t] ~ categorical(V @ h[t] + c)`"
_SHAPE: Final = "a shape is `n`, `n, m`, `scalar` or `token(n)`"
_FOR: Final = "a `for` runs over a range, `for l in 1..layers:`, or over words, `for k in {read, write}:`"
_IF: Final = "an `if` block asks about dimensions: `if layers > 1:`"
_CHOICE: Final = "a choice is `a if condition else b`"
_POINT: Final = "points stand in square brackets, separated by `,`: `h[t-1]`, `w[t, m]`"
_CALL: Final = "a call is `tanh(a)`, `clip(a, low = 0, high = 1)` or `sum(x[t] over t)`"
_APPLY: Final = "a cell takes its sizes, then its inputs: `LSTM(n)(x[t])`"
_OVER: Final = "`over` is followed by indices: `sum(w[t, m] over m)`"
_BACKWARD: Final = "a cell runs backwards with `LSTM(n)(x[t]) backward over t`"
_BRACE: Final = "a brace in a name holds a word, an expression or a list of words: `W_{f,i,o}`, `h_{l-1}`"

EXPECTATIONS: Final[tuple[Expectation, ...]] = (
    Expectation("a statement", STATEMENT, ("",)),
    # Imports and the first lines of blocks
    Expectation("a library, or a file name in quotes", _IMPORT, ("from",)),
    Expectation("`import`", _IMPORT, ('from "f.rnn"', "from cells")),
    Expectation(
        "the name of a cell",
        _IMPORT,
        (
            "from cells import",
            "from cells import A,",
            "from cells import A, B,",
            'from "f.rnn" import',
        ),
    ),
    Expectation(
        "`,` or the end of the line",
        _IMPORT,
        ("from cells import A", 'from "f.rnn" import A', "from cells import A, B", "from cells import A, B, C"),
    ),
    Expectation("the name of the block", _HEADER, ("model", "cell")),
    Expectation("`(` or `:`", _HEADER, ("model A", "cell A")),
    Expectation(
        "the name of a dimension or `)`",
        _HEADER,
        ("model A(", "cell A(", "model A(n,", "model A(n, m,"),
    ),
    Expectation("`,`, `=` or `)`", _HEADER, ("model A(n",)),
    Expectation("a number", "a default is a whole number, or a constant with a decimal point", ("model A(n =",)),
    Expectation("`:`", _HEADER, ("model A()", "cell A()", "model A(n)", "cell A(n)")),
    Expectation(
        "the end of the line",
        _BLOCK,
        (
            "model A:",
            "cell A:",
            "model A():",
            "cell A():",
            "model A(n):",
            "cell A(n):",
            "else:",
            "if a:",
            "elif a:",
            "for l in {a}:",
            "for l in 1..2:",
        ),
    ),
    # Declarations
    Expectation("the name of an index", _INDEX, ("index",)),
    Expectation("the name of an index", "", ("index i,", "index i, j,")),
    Expectation("what the index runs over", _INDEX, ("index t :",)),
    Expectation("the end of the range", _INDEX, ("index m : 1 ..",)),
    Expectation("a whole number", _INDEX, ("index u : t //",)),
    Expectation("a name", _DATA, ("input", "target", "input x,", "input x, y,")),
    Expectation("a shape", _SHAPE, ("input x :", "target y :", "param W :", "h[t] :")),
    Expectation("a name", _PARAM, ("param",)),
    Expectation("an initialiser", "an initialiser is `zeros`, `constant(1)`, `normal(0.1)`, `glorot` and others",
                ("param W ~", "param W : n ~")),
    Expectation("the end of the line", "`frozen` is the last word of a `param` line",
                ("param W frozen", "param W : n frozen", "param W ~ zeros frozen", "param W : n ~ zeros frozen")),
    Expectation("`,`, `:`, `=`, `~` or the end of the line", "after a name with points comes a shape, `=` or `~`",
                ("h[t]",)),
    # Statements
    Expectation("the name of a quantity", _INIT, ("init",)),
    Expectation("the value", _INIT, ("init h[t] =",)),
    Expectation("a name", _OUTPUT, ("output",)),
    Expectation("the value", _OUTPUT, ("output z =",)),
    Expectation("a name for the cell", _LET, ("let",)),
    Expectation("a cell with its sizes", _LET, ("let enc =",)),
    Expectation("a scalar", _LOSS, ("loss",)),
    Expectation("the value", "an equation is `h[t] = tanh(W @ h[t-1] + x[t])`", ("h[t] =", "h[t] : n =")),
    Expectation("a distribution", _RANDOM, ("y[t] ~",)),
    Expectation("a scalar", "`weight w[t]` weighs each point, `scale 0.5` the whole term",
                ("y ~ f() weight", "y ~ f() scale", "y ~ f() weight w scale")),
    Expectation("the name of the loop variable", _FOR, ("for",)),
    Expectation("`in`", _FOR, ("for l",)),
    Expectation("a range or words in braces", _FOR, ("for l in",)),
    Expectation("the last number", _FOR, ("for l in 1..",)),
    Expectation("a condition", _IF, ("if", "elif")),
    Expectation("`:`", "`else:` stands alone; with a condition it is `elif`", ("else",)),
    # Expressions
    Expectation("an operand", _OPERAND, ("h = (", "h = -", "h = not", *(f"h = a {sign}" for sign in _BINARY))),
    Expectation("a condition", _CHOICE, ("h = a if",)),
    Expectation("the other value", _CHOICE, ("h = a if b else",)),
    Expectation("a point", _POINT, ("h[", "h = x[")),
    Expectation("an argument or `)`", _CALL, ("h = f(", "h = f(a,", "h = f(a, b,")),
    Expectation("the argument's value", _CALL, ("h = f(a =",)),
    Expectation("an input or `)`", _APPLY, ("h = A()(",)),
    Expectation("an index", _OVER, ("h = f(a over", "h = f(a over t,", "h = f(a over s, t,")),
    Expectation("the end of the prefix", "growing prefixes are not supported yet: reduce over the whole index",
                ("h = f(a over s <",)),
    Expectation("`over`", _BACKWARD, ("h = A() backward", "h = A()() backward", "loss A() backward",
                                      "loss A()() backward")),
    Expectation("an index", _BACKWARD, ("h = A() backward over", "h = A()() backward over", "loss A() backward over",
                                        "loss A()() backward over")),
    Expectation("a word or an expression", _BRACE, ("h_{", "h_{a}_{", "h_{a}_{b}_{", "h_{a,", "h_{a, b,")),
    # Where an operand is complete
    Expectation("", "", ("h", "h = 1", "h_{a}", "h_{a}_{b}", "h = (1)", "h = x[t]", "h = f(a")),
    Expectation("", _CALL, ("h = f()", "h = f(a)", "h = f(a over t)", "h = A()()", "h = A()(a)")),
)  # fmt: skip

#: What belongs inside an open bracket, and to a line after its first word, for operands that are complete.
INSIDE: Final[Mapping[str, str]] = MappingProxyType({"call": _CALL, "LSQB": _POINT, "NAME_OPEN": _BRACE, "LPAR": ""})
LINES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "MODEL": _HEADER,
        "CELL": _HEADER,
        "FROM": _IMPORT,
        "INDEX": _INDEX,
        "INPUT": _DATA,
        "TARGET": _DATA,
        "PARAM": _PARAM,
        "INIT": _INIT,
        "LOSS": _LOSS,
        "OUTPUT": _OUTPUT,
        "LET": _LET,
        "FOR": _FOR,
        "IF": _IF,
        "ELIF": _IF,
        "ELSE": _IF,
    }
)


@cache
def _by_state() -> Mapping[int, Expectation]:
    return {sentence_state(sentence): one for one in EXPECTATIONS for sentence in one.after}


def sentence_state(sentence: str) -> int:
    """Return the state of the parser after the beginning of a line."""
    lines = scan(sentence, "").lines
    return state_after(lines[0].tokens if lines else (), "line")


def expectation(state: int) -> Expectation | None:
    """Return what is written about a state of the parser of a line."""
    return _by_state().get(state)
