"""Findings about names, functions and cells: RNN2xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

NAME_CODES: Final[tuple[Code, ...]] = ()
