"""Findings about limits, files and imports: RNN5xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code
from rnndsl.diagnostics.codes.limits_expansion import EXPANSION_CODES
from rnndsl.diagnostics.codes.limits_imports import IMPORT_CODES
from rnndsl.diagnostics.codes.limits_source import SOURCE_CODES

LIMIT_CODES: Final[tuple[Code, ...]] = (*SOURCE_CODES, *EXPANSION_CODES, *IMPORT_CODES)
