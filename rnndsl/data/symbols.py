"""The table of symbols of a text: what stands for token 0, 1, 2, and so on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from rnndsl.diagnostics.diagnostic import DataError

Level = Literal["char", "word"]
Tokens = NDArray[np.int64]

#: Words are runs of anything but white space; the end of a line is a word of its own.
WORD: Final = re.compile(r"[^\s]+|\n")
#: How much of an unknown symbol an error quotes.
QUOTED: Final = 40


@dataclass(frozen=True)
class Symbols:
    """Symbols in the order of their tokens; `level` says whether they are characters or words."""

    entries: tuple[str, ...]
    level: Level = "char"

    @classmethod
    def of(cls, text: str, level: Level = "char") -> "Symbols":
        """Make the table of all symbols of a text, in alphabetical order."""
        return cls(tuple(sorted(set(_pieces(text, level)))), level)

    def encode(self, text: str) -> Tokens:
        """Return the tokens of a text, `[points]`.

        Raises:
            DataError: RNN611, a symbol is not in the table.
        """
        pieces = _pieces(text, self.level)
        numbers = self._numbers
        try:
            return np.fromiter((numbers[piece] for piece in pieces), np.int64, count=-1)
        except KeyError as unknown:
            symbol = str(unknown.args[0])[:QUOTED]
            raise DataError.of(
                "RNN611",
                f"{symbol!r} is not one of the model's {len(self.entries)} symbols",
                help="give text of the kind that the model was trained on",
            ) from None

    def decode(self, tokens: Iterable[int]) -> str:
        """Return the text that tokens stand for."""
        pieces = [self.entries[token] for token in tokens]
        return "".join(pieces) if self.level == "char" else " ".join(pieces).replace(" \n ", "\n")

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {symbol: number for number, symbol in enumerate(self.entries)}


def _pieces(text: str, level: Level) -> Iterable[str]:
    return text if level == "char" else WORD.findall(text)
