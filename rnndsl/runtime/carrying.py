"""From chunk to chunk: what a call takes over from the one before is checked; a single point is a chunk of one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.codegen.prelude import inserted
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Domain
from rnndsl.runtime.axes import axes
from rnndsl.runtime.binding import Lengths

Array = NDArray[Any]
Carry = Mapping[str, Array]


def check_carry(
    carry: Carry, known: tuple[tuple[str, ...], tuple[str, ...]], stream: str, lengths: Mapping[str, Array]
) -> None:
    """Refuse a carry that another function or model made, or one for another batch; an empty one begins.

    `known` are the names of what a function carries in any case, and of all that it may carry.

    Raises:
        DataError: RNN614.
    """
    needed, allowed = known
    if not carry:
        return
    for name in needed:
        if name not in carry:
            raise DataError.of("RNN614", f"the carry lacks `{name}`", help="start with carry={}")
    examples = lengths[stream].size
    for name, value in carry.items():
        if name not in allowed:
            raise DataError.of("RNN614", f"the carry holds `{name}`, which the model does not carry")
        if np.shape(value)[:1] != (examples,):
            message = f"`{name}` of the carry has shape {np.shape(value)}, expected {examples} examples"
            raise DataError.of("RNN614", message)


def one_point(graph: RecurrenceGraph, stream: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of one point with the axis of its sequence."""
    return {
        name: _inserted(value, _axis(graph.inputs[name].domain, stream))
        if name in graph.inputs and runs_along(graph.inputs[name].domain, stream)
        else value
        for name, value in data.items()
    }


def _inserted(value: Any, axis: int) -> Any:
    """Insert an axis where there is a place for it; what has too few axes, or is no array, is refused later."""
    try:
        return inserted(value, axis)
    except (ValueError, IndexError):
        return value


def lengths_of_one(
    graph: RecurrenceGraph, stream: str, data: Mapping[str, Any], carry: Carry, lengths: Lengths | None
) -> Lengths | None:
    """Return the lengths of a call on one point: every example has one, unless they are given, or shown by the data."""
    moving = [name for name in data if name in graph.inputs and runs_along(graph.inputs[name].domain, stream)]
    if moving or stream in (lengths or {}):
        return lengths
    known = [*data.values(), *carry.values(), *(lengths or {}).values()]
    return {**(lengths or {}), stream: [1] * (len(known[0]) if known else 1)}


def without_axis(graph: RecurrenceGraph, stream: str, results: Mapping[str, Array]) -> dict[str, Array]:
    """Return the results of one point without the axis of its sequence."""
    found = {}
    for name, value in results.items():
        domain = graph.outputs[name].domain
        found[name] = value.take(0, _axis(domain, stream)) if runs_along(domain, stream) else value
    return found


def runs_along(domain: Domain, stream: str) -> bool:
    """Whether a quantity has points along a sequence."""
    return any(index.name == stream for index in domain)


def _axis(domain: Domain, stream: str) -> int:
    return 1 + [index.name for index in axes(domain)].index(stream)
