"""Findings about indices, points and causality: RNN4xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

INDEX_CODES: Final[tuple[Code, ...]] = ()
