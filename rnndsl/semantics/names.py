"""Names with braces: what they are called when loop variables and dimensions have their values."""

import re
from itertools import product
from math import prod
from typing import Final

from rnndsl.semantics.limits import MAX_NAME, MAX_PARAMS
from rnndsl.semantics.static import Static, Value
from rnndsl.sizes import Size
from rnndsl.syntax.tree import Expression, Name

_VALID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*", re.ASCII)


def declared_names(name: Name, static: Static) -> tuple[str, ...]:
    """Return every name that a declaration stands for: `W_{f,i}_{l}` with l = 2 is W_f_2 and W_i_2.

    Raises:
        ReportedError: a brace gives no name.
    """
    choices = [_choices(part, static) for part in name.parts]
    if prod(len(choice) for choice in choices) > MAX_PARAMS:
        message = f"this stands for more than {MAX_PARAMS:,} names"
        raise static.findings.fail("RNN505", message, name.span, way="use a family over a fixed range")
    return tuple(_checked("".join(pieces), name, static) for pieces in product(*choices))


def single_name(name: Name, static: Static) -> str:
    """Return the one name that is meant where something is read.

    Raises:
        ReportedError: a brace gives no name, or holds a list.
    """
    match name.parts:
        case (str(text),):
            return text
    names = declared_names(name, static)
    if len(names) > 1:
        message, way = "a list in braces can only stand where names are declared", "write one of the names"
        raise static.findings.fail("RNN209", message, name.span, way=way)
    return names[0]


def _choices(part: str | Expression | tuple[str, ...], static: Static) -> tuple[str, ...]:
    if isinstance(part, str):
        return (part,)
    if isinstance(part, tuple):
        return part
    return (_text(static.value(part), part, static),)


def _text(value: Value, part: Expression, static: Static) -> str:
    if isinstance(value, str):
        return value
    shown = str(value)
    if isinstance(value, Size):
        shown = str(static.dims.need(value, part.span))
        if shown.isdigit():
            return shown
    way = "a brace holds a word or a whole number from 0"
    raise static.findings.fail("RNN209", f"a name cannot hold {shown}", part.span, way=way)


def _checked(text: str, name: Name, static: Static) -> str:
    if not _VALID.fullmatch(text):
        way = "names are letters, digits and `_`, and begin with a letter"
        raise static.findings.fail("RNN209", f"`{text}` is not a name", name.span, way=way)
    if any(len(piece) > MAX_NAME for piece in text.split(".")):
        message = f"a name has at most {MAX_NAME} characters"
        raise static.findings.fail("RNN503", message, name.span, way="choose a shorter name")
    return text
