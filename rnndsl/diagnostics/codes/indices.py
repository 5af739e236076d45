"""Findings about indices, points and causality: RNN4xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code
from rnndsl.diagnostics.codes.indices_cycles import CYCLE_CODES
from rnndsl.diagnostics.codes.indices_points import POINT_CODES
from rnndsl.diagnostics.codes.indices_trees import TREE_CODES

INDEX_CODES: Final[tuple[Code, ...]] = (*POINT_CODES, *CYCLE_CODES, *TREE_CODES)
