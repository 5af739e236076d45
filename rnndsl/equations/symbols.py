r"""Names as symbols of LaTeX: `W_f` is W with index f, `alpha[t]` is \alpha with index t, `h_{l}[t]` is h^{(l)} at t.

A single letter is set in italics, in bold if it is a vector or a matrix (as in Goodfellow, Bengio & Courville 2016); a
word is set upright. The cotangent of v is \bar v (as in Griewank & Walther 2008).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rnndsl.sizes import Size

_LETTERS: Final = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi",
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
)
GREEK: Final = frozenset(letter for line in _LETTERS for letter in line.split())
_WORD: Final = re.compile(r"[A-Za-z]\w*")
_DIGITS: Final = re.compile(r"([A-Za-z]+)([0-9]+)")


@dataclass(frozen=True, slots=True)
class Symbols:
    """How names are set: `bold` says whether vectors and matrices are.

    `cotangents` leads from `d_h` to `h`, `dotted` from `h_W_f` to `h.W_f`: W with index f of the cell h.
    """

    bold: bool = True
    cotangents: Mapping[str, str] = field(default_factory=dict)
    dotted: Mapping[str, str] = field(default_factory=dict)

    def symbol(self, name: str, rank: int, points: Sequence[str] = ()) -> str:
        """Set a name with points; braces of loops in it are written as `{...}` with LaTeX inside."""
        if name in self.cotangents:
            base, above, below = self._parts(self.cotangents[name], indexed=bool(points))
            return self._joined(rf"\bar{{{self._letter(base, rank)}}}", above, [*below, *points])
        base, above, below = self._parts(name, indexed=bool(points))
        return self._joined(self._letter(base, rank), above, [*below, *points])

    def _parts(self, name: str, *, indexed: bool) -> tuple[str, list[str], list[str]]:
        """Take a name apart: its letter, what stands above (numbers of layers), what stands below."""
        prefix, _, own = self.dotted.get(name, name).rpartition(".")
        base, *pieces = _pieces(own)
        below: list[str] = []
        above = [self._cell(prefix)] if prefix else []
        match = _DIGITS.fullmatch(base)
        if match is not None:
            base = match[1]
            below.append(match[2])
        for piece in pieces:
            loop = piece.startswith("{") and piece.endswith("}")
            (above if (loop or piece.isdigit()) and indexed else below).append(piece[1:-1] if loop else word(piece))
        return base, above, below

    @staticmethod
    def _cell(name: str) -> str:
        """Set the name of a cell: h_1 is h with index 1."""
        base, *pieces = _pieces(name)
        inner = ", ".join(piece[1:-1] if piece.startswith("{") else word(piece) for piece in pieces)
        return word(base) + (f"_{{{inner}}}" if inner else "")

    def _letter(self, base: str, rank: int) -> str:
        if "{" in base:  # a loop's variable in the name itself: it is LaTeX already
            return rf"\mathbf{{{base[1:-1] if base.startswith('{') else base}}}"
        if base in GREEK or len(base) == 1:
            letter = f"\\{base}" if base in GREEK else base
            return rf"\boldsymbol{{{letter}}}" if rank and self.bold else letter
        return rf"\mathbf{{{escaped(base)}}}" if rank and self.bold else rf"\mathrm{{{escaped(base)}}}"

    @staticmethod
    def _joined(letter: str, above: Sequence[str], below: Sequence[str]) -> str:
        up = f"^{{({', '.join(above)})}}" if above else ""
        return letter + up + (f"_{{{', '.join(below)}}}" if below else "")


def _pieces(name: str) -> list[str]:
    """Split a name at its underscores, braces whole."""
    found, current, depth = [], "", 0
    for character in name:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "_" and not depth:
            found.append(current)
            current = ""
        else:
            current += character
    return [piece for place, piece in enumerate([*found, current]) if piece or not place]


def word(name: str) -> str:
    """Set a name that is an index, a dimension or a part of a name."""
    if name in GREEK:
        return f"\\{name}"
    return name if len(name) == 1 or name.isdigit() else rf"\mathrm{{{escaped(name)}}}"


def size_text(size: Size) -> str:
    """Set a size."""
    return _WORD.sub(lambda match: word(match[0]), str(size)).replace("*", r" \, ")


def escaped(text: str) -> str:
    """Return a text with what is special in LaTeX escaped."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {"|": r"\textbar{}", "<": r"\textless{}", ">": r"\textgreater{}"}
    return "".join(special.get(one, f"\\{one}" if one in "#$%&_{}" else one) for one in text)
