"""Which characters a spec may hold, and what the others are called."""

import re
import unicodedata
from typing import Final

BYTE_ORDER_MARK: Final = "\ufeff"

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
"""ASCII control characters that may not even stand in a comment; form feed and CR do no harm there."""

_HARMLESS_IN_COMMENTS: Final = frozenset("\t\f\r\x85")
_NO_BREAK_SPACES: Final = frozenset("\u00a0\u202f")

#: Cyrillic and Greek letters that cannot be told from Latin ones.
_LOOKALIKES: Final = dict(
    zip(
        "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u03bf\u0391\u0392\u0395\u0397\u041d\u0421\u0425",
        "aeopcyxijsoABEHHCX",
        strict=True,
    )
)
_ACCENTS: Final = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot"}
_REPLACEMENTS: Final[dict[str, str]] = {
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u00d7": "*",
    "\u00b7": "@",
    "\u22c5": "@",
    "\u2297": "outer(a, b)",
    "\u2299": "*",
    "\u2218": "*",
    "\u00f7": "/",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "!=",
    "\u221e": "infinity",
    "\u2190": "=",
    "\u2254": "=",
    "\u22a4": "transpose(W)",
    "\u223c": "~",
    "\u2026": "..",
    "\u201c": '"',
    "\u201d": '"',
    "\u2211": "sum(... over t)",
    "\u00a0": "a plain space",
    "\u202f": "a plain space",
    "\u3000": "a plain space",
}


def looks_latin(character: str) -> bool:
    """Tell whether a reader takes `character` for a Latin letter."""
    return character in _LOOKALIKES


def accented(character: str) -> str:
    """Return how the name of a letter with a mathematician's accent is written: `y_hat`."""
    parts = unicodedata.normalize("NFD", character)
    if len(parts) == 2 and parts[0].isascii() and parts[1] in _ACCENTS:
        return f": `{parts[0]}_{_ACCENTS[parts[1]]}`"
    return ""


def normalise_lines(text: str) -> str:
    r"""Return `text` with `\n` for every line end, without a byte order mark.

    CRLF is one line end. A lone CR ends a line only in a text that has no LF at all (an old Macintosh file); elsewhere
    it is a stray control character.
    """
    text = text.removeprefix(BYTE_ORDER_MARK).replace("\r\n", "\n")
    return text if "\n" in text else text.replace("\r", "\n")


def describe(character: str) -> str:
    """Return how to call `character` in a message: `U+00A0 no-break space`."""
    point = f"U+{ord(character):04X}"
    try:
        return f"{point} {unicodedata.name(character).lower()}"
    except ValueError:
        return f"{point} {_CATEGORIES.get(unicodedata.category(character), 'character without a name')}"


_CATEGORIES: Final[dict[str, str]] = {
    "Cc": "control character",
    "Cf": "invisible character",
    "Cs": "lone surrogate",
    "Co": "private character",
}


def find_hidden(text: str) -> int:
    """Return the position of the first character in `text` that a reader cannot see or be sure of, or -1.

    These are control, zero-width and direction-changing characters, lone surrogates and no-break spaces; they are
    refused everywhere, comments included.
    """
    if text.isascii():
        found = _CONTROL.search(text)
        return found.start() if found else -1
    return next((position for position, character in enumerate(text) if is_hidden(character)), -1)


def is_hidden(character: str) -> bool:
    """Whether `character` is one that `find_hidden` finds."""
    if character in _HARMLESS_IN_COMMENTS:
        return False
    return character in _NO_BREAK_SPACES or unicodedata.category(character) in {"Cc", "Cf", "Cs"}


def replacement(character: str) -> str:
    """Return what to write instead of a character outside the language, or an empty text.

    Letters that look like others, wide and raised characters are replaced by what they stand for.
    """
    if character in _REPLACEMENTS:
        return _REPLACEMENTS[character]
    if character in _LOOKALIKES:
        return _LOOKALIKES[character]
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and plain.isascii() and plain.isprintable() and plain.strip():
        return f"^ {plain}" if plain.isdigit() and "SUPERSCRIPT" in unicodedata.name(character) else plain
    words = describe(character).split()
    if words[1:2] == ["greek"] and "letter" in words:
        return words[words.index("letter") + 1]
    return ""
