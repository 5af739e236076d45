"""From chunk to chunk: what a call takes over from the one before is checked; a single point is a chunk of one."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.codegen.prelude import inserted
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.parse import parse_size
from rnndsl.indices import Domain
from rnndsl.runtime.axes import axes
from rnndsl.runtime.binding import Bound, Lengths
from rnndsl.sizes import Size

Array = NDArray[Any]
Carry = Mapping[str, Array]


def check_carry(carry: Carry, known: tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]], bound: Bound) -> None:
    """Refuse a carry that another function or model made, or one for another batch; an empty one begins.

    `known` are the names of what a function carries in any case, and of all that it may carry, with its axes after the
    batch's: numbers, sizes, and indices, of which the carry holds the numbers of points, too.

    Raises:
        DataError: RNN614.
    """
    needed, allowed = known
    if not carry:
        return
    for name in needed:
        if name not in carry:
            raise DataError.of("RNN614", f"the carry lacks `{name}`", help="start with carry={}")
    for name in carry:
        if name not in allowed:
            raise DataError.of("RNN614", f"the carry holds `{name}`, which the model does not carry")
    beside = {axis for axes in allowed.values() for axis in axes} & bound.lengths.keys()
    for name in (name for name in allowed if name in carry):
        _check_shape(name, carry[name], allowed[name], bound)
        if name in beside:
            _check_counts(name, np.asarray(carry[name]), bound.lengths[name])


def _check_shape(name: str, value: Any, axes: tuple[str, ...], bound: Bound) -> None:
    """Compare a shape with the one that a carry of the same model has; along an index there may be padding."""
    try:
        shape = np.shape(value) if np.asarray(value).dtype.kind in "iuf" else ()
    except ValueError:  # lists of different lengths
        shape = ()
    wanted = (next(iter(bound.lengths.values())).size, *(_extent(axis, bound) for axis in axes))
    if shape == wanted:
        return
    padded = (False, *(axis in bound.lengths for axis in axes))
    fits = len(shape) == len(wanted) and all(
        size is None or size == extent or (more and extent > size)
        for extent, size, more in zip(shape, wanted, padded, strict=False)
    )
    if not fits:
        sizes = [axis if size is None else str(size) for axis, size in zip(("", *axes), wanted, strict=True)]
        message = f"`{name}` of the carry has shape {shape}, expected ({', '.join(sizes)}{',' * (len(sizes) == 1)})"
        raise DataError.of("RNN614", message, help="give what the last call for these examples has returned")


def _extent(axis: str, bound: Bound) -> int | None:
    """Return an axis's extent, the largest of an index; None where a dimension is not known."""
    if axis in bound.lengths:
        return int(bound.lengths[axis].max(initial=0))
    size = _size(axis)
    return size.evaluate(bound.dims) if size.dims <= bound.dims.keys() else None


@cache
def _size(text: str) -> Size:
    return parse_size(text)


def _check_counts(index: str, before: Array, now: Array) -> None:
    """Refuse rows of another length than those before."""
    if (before != now).any():
        example = int(np.argmax(before != now))
        message = f"example {example} has {now[example]} points along `{index}`, but {before[example]} in the carry"
        raise DataError.of("RNN614", message, help=f"give all points along `{index}` with every chunk")


def one_point(graph: RecurrenceGraph, stream: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of one point with the axis of its sequence."""
    return {
        name: _inserted(value, axis_along(graph.inputs[name].domain, stream))
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
        found[name] = value.take(0, axis_along(domain, stream)) if runs_along(domain, stream) else value
    return found


def runs_along(domain: Domain, stream: str) -> bool:
    """Whether a quantity has points along a sequence."""
    return any(index.name == stream for index in domain)


def axis_along(domain: Domain, stream: str) -> int:
    """Return the axis of a sequence in the array of a whole batch."""
    return 1 + [index.name for index in axes(domain)].index(stream)
