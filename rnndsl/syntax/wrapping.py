"""Long lines of the canonical layout: broken inside parentheses, where line ends mean nothing."""

from bisect import bisect
from typing import Final

LIMIT: Final = 120
"""Characters of a line, as far as it can be broken."""

_DEEPER: Final = " " * 8
#: What binds least is broken first.
_BINDING: Final = {
    " ": 0,  # after a comma
    **dict.fromkeys((" if ", " else ", " and ", " or "), 1),
    **dict.fromkeys((" + ", " - "), 2),
    **dict.fromkeys((" * ", " / ", " @ ", " % "), 3),
}


def wrap(margin: str, text: str) -> list[str]:
    """Return the lines of a statement that begins at `margin`; what cannot be broken stays long.

    A line is broken as far outside as possible, then where the sign binds least, then as late as possible; an equation
    without parentheses gets a pair.
    """
    if len(margin) + len(text) <= LIMIT:
        return [margin + text]
    places = _places(text)
    left, equals, right = text.partition(" = ")
    if equals and not places:
        text = f"{left} = ({right})"
        places = _places(text)
    lines, start, indent, first = [], 0, margin, 0
    while len(indent) + len(text) - start > LIMIT and first < len(places):
        last = bisect(places, start + LIMIT - len(indent), key=_place)
        fitting = [(binding, -place) for place, binding in places[first:last]]
        end = -min(fitting)[1] if fitting else places[first][0]
        lines.append(indent + text[start:end].rstrip())
        first = bisect(places, end, key=_place)
        start, indent = end, margin + _DEEPER
    return [*lines, indent + text[start:]]


def _place(found: tuple[int, tuple[int, int]]) -> int:
    return found[0]


def _places(text: str) -> list[tuple[int, tuple[int, int]]]:
    """Return where a line may be broken inside parentheses, with how many are open there and how tightly it binds."""
    found, opened = [], ""
    for place, character in enumerate(text):
        if character in "([{":
            opened += character
        elif character in ")]}":
            opened = opened[:-1]
        elif opened.endswith("(") and character == " ":
            sign = " " if text[place - 1] == "," else text[place : text.find(" ", place + 1) + 1]
            if sign in _BINDING:
                found.append((place + 1, (len(opened), _BINDING[sign])))
    return found
