"""Parameters are counted before they are made."""

import os
from collections.abc import Mapping
from typing import Final

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import ParamInfo, RecurrenceGraph

#: The share of the machine's memory that parameters may take.
SHARE: Final = 0.5


def check_memory(graph: RecurrenceGraph, dims: Mapping[str, int], itemsize: int) -> None:
    """Refuse parameters that need more than half of the machine's memory, and name the largest.

    Raises:
        DataError: RNN613.
    """
    sizes = {name: itemsize * entries(info, dims) for name, info in graph.params.items()}
    total, limit = sum(sizes.values()), SHARE * memory()
    if total > limit:
        largest = max(sizes, key=lambda name: sizes[name])
        info = graph.params[largest]
        shape = ", ".join(str(size) for size in [i.extent for i in info.domain] + list(info.shape))
        message = f"the parameters need {gibibytes(total)}, most of it `{largest}` [{shape}]"
        raise DataError.of("RNN613", message, help=f"half of this machine's memory is {gibibytes(limit)}: choose less")


def entries(info: ParamInfo, dims: Mapping[str, int]) -> int:
    """Return how many numbers a parameter has."""
    count = 1
    for size in [index.extent for index in info.domain] + list(info.shape):
        count *= size.evaluate(dims)
    return count


def memory() -> float:
    """Return the machine's memory in bytes; infinity where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return float("inf")


def gibibytes(size: float) -> str:
    """Print a number of bytes."""
    return f"{size / 2**30:,.1f} GiB"
