"""Tokens and logical lines: what the lexer hands to the parser."""

from dataclasses import dataclass
from typing import Final

from rnndsl.diagnostics.span import Span


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `type` is the name of a terminal of `grammar/rnn.lark`."""

    type: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line (brackets join physical ones): its tokens without the line end, and its indentation.

    A `broken` line has been reported already and is not parsed.
    """

    tokens: tuple[Token, ...]
    indent: int
    broken: bool

    @property
    def opens_block(self) -> bool:
        """Whether an indented block belongs under this line."""
        return self.tokens[0].type in HEADERS or self.tokens[-1].type == "COLON"


RESERVED: Final[dict[str, str]] = {
    "and": "AND",
    "or": "OR",
    "not": "NOT",
    "if": "IF",
    "elif": "ELIF",
    "else": "ELSE",
    "for": "FOR",
    "in": "IN",
}

STATEMENTS: Final[dict[str, str]] = {
    "model": "MODEL",
    "cell": "CELL",
    "from": "FROM",
    "index": "INDEX",
    "input": "INPUT",
    "target": "TARGET",
    "param": "PARAM",
    "init": "INIT",
    "loss": "LOSS",
    "output": "OUTPUT",
    "let": "LET",
}
"""Keywords at the start of a line only; anywhere else they are names."""

SUFFIXES: Final[dict[str, str]] = {
    "import": "IMPORT",
    "over": "OVER",
    "backward": "BACKWARD",
    "weight": "WEIGHT",
    "scale": "SCALE",
    "frozen": "FROZEN",
}
"""Keywords after an operand only (where no name can stand); anywhere else they are names."""

OPERATORS: Final[dict[str, str]] = {
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
    ",": "COMMA",
    ":": "COLON",
    "=": "EQUAL",
    "~": "TILDE",
    "..": "RANGE",
    "//": "DOUBLE_SLASH",
    "+": "PLUS",
    "-": "MINUS",
    "*": "STAR",
    "/": "SLASH",
    "@": "AT",
    "%": "PERCENT",
    "^": "CARET",
    "<": "LESS",
    "<=": "LESS_EQUAL",
    ">": "GREATER",
    ">=": "GREATER_EQUAL",
    "==": "EQUAL_EQUAL",
    "!=": "NOT_EQUAL",
}

OPERAND_ENDS: Final = frozenset({"NAME", "NUMBER", "STRING", "NAME_CLOSE", "RPAR", "RSQB"})
"""After these an operand is complete."""

COMPARISONS: Final = frozenset({"LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL", "EQUAL_EQUAL", "NOT_EQUAL"})

TOP_LEVEL: Final = frozenset({"MODEL", "CELL", "FROM"})
"""Lines that begin so stand at the left margin, all others inside a block."""

HEADERS: Final = frozenset({"MODEL", "CELL", "FOR", "IF", "ELIF", "ELSE"})
"""Lines that begin so end with a colon and own the indented block under them."""
