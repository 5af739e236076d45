"""Findings about names, functions and cells: RNN2xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code
from rnndsl.diagnostics.codes.names_cells import CELL_CODES
from rnndsl.diagnostics.codes.names_declarations import DECLARATION_CODES
from rnndsl.diagnostics.codes.names_models import MODEL_CODES

NAME_CODES: Final[tuple[Code, ...]] = (*DECLARATION_CODES, *CELL_CODES, *MODEL_CODES)
