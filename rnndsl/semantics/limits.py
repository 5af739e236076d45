"""How far a spec may expand: beyond these it gets one diagnostic instead of much time and memory."""

from typing import Final

from rnndsl.diagnostics.span import Span
from rnndsl.semantics.findings import Findings

MAX_EQUATIONS: Final = 20_000
MAX_PARAMS: Final = 20_000
MAX_STEPS: Final = 100_000
MAX_USES: Final = 2_000
MAX_DELAY: Final = 10_000
MAX_POINTS: Final = 10_000_000
MAX_CELL_DEPTH: Final = 24
MAX_IMPORT_DEPTH: Final = 16
MAX_IMPORT_FILES: Final = 256
MAX_NAME: Final = 64
MAX_DEPTH: Final = 200
MAX_WHOLE: Final = 2**31 - 1


class LimitReachedError(Exception):
    """Expansion stops here; the finding that says why has been recorded."""


class Budget:
    """What expansion may still make; it is counted before anything is made."""

    def __init__(self, findings: Findings) -> None:
        """Start with nothing made; a limit that is reached is recorded in `findings`."""
        self._findings = findings
        self._limits = {
            "equations": MAX_EQUATIONS,
            "parameters": MAX_PARAMS,
            "statements": MAX_STEPS,
            "uses of cells": MAX_USES,
        }
        self._made = dict.fromkeys(self._limits, 0)

    def take(self, kind: str, count: int, span: Span) -> None:
        """Count `count` more things of a kind (`equations`, `uses of cells`, ...) that `span` asks for.

        Raises:
            LimitReachedError: there would be more of them than a spec may have.
        """
        self._made[kind] += count
        if self._made[kind] > self._limits[kind]:
            way = "make the loop shorter, or use an index over a fixed range: families of quantities cost nothing"
            message = f"the spec expands to more than {self._limits[kind]:,} {kind}"
            self._findings.error("RNN505", message, span, way=way)
            raise LimitReachedError
