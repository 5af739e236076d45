"""Pieces of generated text: names as strings, numbers, tuples, and arrays with axes of length 1 put in."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from rnndsl.indices import Index

#: How long a line of a module's functions may be.
LONGEST: Final = 120

Axis = str | Index  # "rows", "0" and "1" (value axes), or a range


def expanded(text: str, own: Sequence[Axis], wanted: Sequence[Axis]) -> str:
    """Insert axes of length 1 into an array's text so that it broadcasts to `wanted`."""
    if not own or list(own) == list(wanted[len(wanted) - len(own) :]):
        return text
    lead = next(k for k, axis in enumerate(wanted) if axis in own)
    subscript = [":" if axis in own else "None" for axis in wanted[lead:]]
    while subscript and subscript[-1] == ":" and "None" in subscript:
        subscript.pop()
    return f"{text}[{', '.join(subscript)}]"


def quoted(name: object) -> str:
    """Print a name (checked ASCII, without quotes or backslashes) as a string."""
    return f'"{name}"'


def number_text(value: object) -> str:
    """Print a number so that it reads back the same."""
    if not isinstance(value, int | float):
        raise TypeError(f"not a number: {value!r}")
    if value in (float("inf"), float("-inf")):
        return "np.inf" if value > 0 else "-np.inf"
    return repr(float(value))


def as_tuple(items: Sequence[str]) -> str:
    """Print a tuple."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def dict_text(entries: Mapping[str, object]) -> str:
    """Print a dictionary, an entry a line."""
    if not entries:
        return "{}"
    return "{\n" + "".join(f"    {quoted(key)}: {value_text(value)},\n" for key, value in entries.items()) + "}"


def value_text(value: object) -> str:
    """Print a tuple of names, or of tuples of them, or anything else as Python does."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)}: {value_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, tuple) and value:
        return as_tuple([quoted(v) if isinstance(v, str) else value_text(v) for v in value])
    return repr(value)


def wrapped(line: str) -> list[str]:
    """Break a statement that is too long behind the first bracket that is closed at its end, then at commas."""
    own = line.lstrip()
    if len(line) <= LONGEST or own.startswith("#"):
        return [line]
    tail = next(end for end in ("):", "),", ")", "") if line.endswith(end))
    end = len(line) - len(tail)
    opening, commas = _outermost(line, end) if tail else (None, [])
    if opening is None:
        return [line]
    indent = " " * (len(line) - len(own))
    inside = [f"{indent}    {line[opening + 1 : end]}"]
    if len(inside[0]) > LONGEST and commas:  # one part alone is no tuple
        inside = [f"{indent}    {line[a + 1 : b].strip()}," for a, b in pairwise([opening, *commas, end])]
    return [line[: opening + 1], *(part for piece in inside for part in wrapped(piece)), f"{indent}{tail}"]


def _outermost(line: str, end: int) -> tuple[int | None, list[int]]:
    """Return where the bracket begins that is closed at `end`, and where the commas between its parts are."""
    depth, commas = 0, list[int]()
    for place in range(end, -1, -1):
        if line.count('"', 0, place) % 2:  # in a string, such as the axes of an einsum
            continue
        if line[place] in ")]}":
            depth += 1
        elif line[place] in "([{":
            depth -= 1
            if not depth:
                return (place, commas[::-1]) if line[place] == "(" else (None, [])
        elif line[place] == "," and depth == 1:
            commas.append(place)
    return None, []
