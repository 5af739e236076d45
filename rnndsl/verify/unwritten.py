"""Buffers that begin full of NaN: whatever reads what nobody has written shows."""

from dataclasses import replace
from typing import Final

from rnndsl.runtime.program import Program

#: How a module makes its buffers, and how it does so for this check: all bits are set, -1 of a whole number.
EMPTY: Final = "np.empty(size * dtype.itemsize + 64, np.uint8)"
FULL: Final = "np.full(size * dtype.itemsize + 64, 255, np.uint8)"


def full_of_nan(program: Program) -> Program:
    """Return the same program with buffers that begin full of NaN."""
    return replace(program, source=program.source.replace(EMPTY, FULL))
