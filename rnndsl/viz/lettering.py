"""How wide words are in the pictures' font, and how they are set."""

from typing import Final

FONT: Final = "Helvetica, Arial, 'Liberation Sans', sans-serif"
#: Widths of letters in parts of the size of the font, a little more than in Helvetica.
NARROW: Final = frozenset("ijlt.,:;'|![]()I fr-")
WIDE: Final = frozenset("mwMW@%~")
WIDTHS: Final = (0.36, 0.6, 0.92)
CAPITAL: Final = 0.74


def text_width(text: str, size: float) -> float:
    """Return how wide a line is."""
    narrow, usual, wide = WIDTHS
    letters = (narrow if c in NARROW else wide if c in WIDE else CAPITAL if c.isupper() else usual for c in text)
    return size * sum(letters)


def typeset(access: str) -> str:
    """Return an access with a proper minus instead of a hyphen."""
    return access.replace("-", "\N{MINUS SIGN}")
