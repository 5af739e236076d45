"""The registry of all kinds of findings, one module per family."""

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final

from rnndsl.diagnostics.codes.calls_data import DATA_CALLS
from rnndsl.diagnostics.codes.calls_specs import SPEC_CALLS
from rnndsl.diagnostics.codes.checkpoints import CHECKPOINT_CODES
from rnndsl.diagnostics.codes.commands import COMMANDS
from rnndsl.diagnostics.codes.data import DATA_CODES
from rnndsl.diagnostics.codes.entry import Calls, Code, Commands
from rnndsl.diagnostics.codes.evolution import EVOLUTION_CODES
from rnndsl.diagnostics.codes.indices import INDEX_CODES
from rnndsl.diagnostics.codes.internal import INTERNAL_CODES
from rnndsl.diagnostics.codes.limits import LIMIT_CODES
from rnndsl.diagnostics.codes.names import NAME_CODES
from rnndsl.diagnostics.codes.shapes import SHAPE_CODES
from rnndsl.diagnostics.codes.syntax import SYNTAX_CODES

FAMILIES: Final[tuple[tuple[Code, ...], ...]] = (
    SYNTAX_CODES,
    NAME_CODES,
    SHAPE_CODES,
    INDEX_CODES,
    LIMIT_CODES,
    DATA_CODES,
    CHECKPOINT_CODES,
    EVOLUTION_CODES,
    INTERNAL_CODES,
)

CODES: Final[dict[str, Code]] = {entry.code: entry for entry in chain.from_iterable(FAMILIES)}

#: What shows a code that no spec by itself shows.
CALLS: Final[Mapping[str, Calls]] = MappingProxyType({**SPEC_CALLS, **DATA_CALLS, **COMMANDS})

__all__ = ["CALLS", "CODES", "FAMILIES", "Calls", "Code", "Commands"]
