"""Findings about how a spec is written: RNN1xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code
from rnndsl.diagnostics.codes.syntax_expressions import EXPRESSION_CODES
from rnndsl.diagnostics.codes.syntax_lines import LINE_CODES
from rnndsl.diagnostics.codes.syntax_words import WORD_CODES

SYNTAX_CODES: Final[tuple[Code, ...]] = (*LINE_CODES, *WORD_CODES, *EXPRESSION_CODES)
