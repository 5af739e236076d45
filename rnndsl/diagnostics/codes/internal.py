"""Findings about errors of the compiler itself: RNN9xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

INTERNAL_CODES: Final[tuple[Code, ...]] = ()
