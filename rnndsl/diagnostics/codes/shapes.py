"""Findings about shapes and sizes: RNN3xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

SHAPE_CODES: Final[tuple[Code, ...]] = ()
