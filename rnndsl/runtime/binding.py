"""Data meets a program: everything that could be wrong with it is refused here, before anything runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.diagnostics.suggest import nearest
from rnndsl.graph.graph import InputInfo, ParamInfo, RecurrenceGraph
from rnndsl.graph.node import Over
from rnndsl.ops import Op

Array = NDArray[Any]
Lengths = Mapping[str, Sequence[int] | Array]


@dataclass(frozen=True, slots=True)
class Bound:
    """Arguments of a generated function, checked: data as arrays or lists of arrays, lengths per sequence."""

    params: dict[str, Array]
    data: dict[str, Array | list[Array]]
    lengths: dict[str, Array]


def bind(
    graph: RecurrenceGraph,
    dtype: str,
    params: Mapping[str, Any],
    data: Mapping[str, Any],
    lengths: Lengths | None,
    needed: Sequence[str],
) -> Bound:
    """Check a call's arguments against the model; `needed` are the inputs that this call reads.

    Raises:
        DataError: RNN601 to RNN606, naming the input, what was expected and what came.
    """
    dims = {name: value for name, value in graph.dims.items() if value is not None}
    arrays = _params(graph, params, dims, dtype)
    _names(graph, data, needed)
    given = {name: _typed(graph.inputs[name], data[name]) for name in data}
    counts = _lengths(graph, given, lengths or {})
    _same_batch(given, counts)
    for name, value in given.items():
        _check(graph.inputs[name], value, counts, dims)
    for index in {i.name: i for info in graph.inputs.values() for i in info.domain if i.ragged}:
        if counts and index in counts and not counts[index].size:
            raise DataError.of("RNN603", "the batch holds no example", help="give at least one example")
    return Bound(arrays, given, counts)


def check_points(graph: RecurrenceGraph, bound: Bound) -> None:
    """Refuse an example without points where the model takes a maximum over them.

    Raises:
        DataError: RNN612.
    """
    attrs = [node.attr for node in graph.nodes.values() if node.op is Op.MAX]
    for name in dict.fromkeys(i.name for attr in attrs if isinstance(attr, Over) for i in attr.indices):
        lengths = bound.lengths.get(name)
        if lengths is not None and not lengths.all():
            example = int(np.argmin(lengths))
            message = f"example {example} has no point along `{name}` to take the maximum or minimum of"
            raise DataError.of("RNN612", message, help="leave it out, or give it at least one point")


# Parameters -------------------------------------------------------------------------------------------------------


def _params(graph: RecurrenceGraph, params: Mapping[str, Any], dims: dict[str, int], dtype: str) -> dict[str, Array]:
    for name in params:
        if name not in graph.params:
            near = nearest(name, list(graph.params))
            raise DataError.of(
                "RNN601", f"the model has no parameter `{name}`", help=f"did you mean `{near}`?" if near else ""
            )
    arrays = {}
    for name, info in graph.params.items():
        if name not in params:
            raise DataError.of(
                "RNN601", f"parameter `{name}` is missing", help="program.init(seed=0) makes all of them"
            )
        arrays[name] = _param(name, params[name], dtype)
        _solve(info, arrays[name].shape, dims, graph.fixed_dims)
    return arrays


def _param(name: str, value: Any, dtype: str) -> Array:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise DataError.of("RNN603", f"parameter `{name}` is not an array: {error}") from None
    if array.dtype.kind not in "iuf":
        raise DataError.of("RNN602", f"parameter `{name}` has dtype {array.dtype}, expected real numbers")
    return array.astype(dtype, copy=False)


def _solve(info: ParamInfo, shape: tuple[int, ...], dims: dict[str, int], fixed: frozenset[str]) -> None:
    """Check a parameter's shape; the first one with a dimension says how large it is in this call."""
    sizes = [index.extent for index in info.domain] + list(info.shape)
    fits = len(shape) == len(sizes)
    for size, extent in zip(sizes, shape, strict=False):
        symbol = size.symbol
        if symbol is not None and symbol not in fixed:
            known = dims.get(f" {symbol}")
            dims[symbol] = dims[f" {symbol}"] = known if known is not None else extent
        fits = fits and (not size.dims <= dims.keys() or size.evaluate(dims) == extent)
    if not fits:
        numbers = {name: dims[name] for size in sizes for name in sorted(size.dims) if name in dims}
        wanted = f"[{', '.join(map(str, sizes))}]{f' with {numbers}' if numbers else ''}"
        raise DataError.of("RNN603", f"parameter `{info.name}` has shape {shape}, expected {wanted}")


# Data -------------------------------------------------------------------------------------------------------------


def _names(graph: RecurrenceGraph, data: Mapping[str, Any], needed: Sequence[str]) -> None:
    listed = ", ".join(f"`{name}`" for name in graph.inputs) or "none"
    for name in data:
        if name not in graph.inputs:
            near = nearest(name, list(graph.inputs))
            way = f"did you mean `{near}`?" if near else f"the model's inputs and targets are {listed}"
            raise DataError.of("RNN601", f"the model has no input or target `{name}`", help=way)
    for name in needed:
        if name not in data:
            role = graph.inputs[name].role
            raise DataError.of("RNN601", f"{role} `{name}` is missing", help=f"the data must hold {listed}")


def _typed(info: InputInfo, value: Any) -> Array | list[Array]:
    """Return data as an array, or a list of arrays for a ragged batch, of a dtype that says what it means."""
    if isinstance(value, list | tuple) and any(index.ragged for index in info.domain):
        return [_array(info, one) for one in value]
    return _array(info, value)


def _array(info: InputInfo, value: Any) -> Array:
    try:
        array = np.asarray(value)
    except ValueError as error:
        way = "give a ragged batch as a list of one array per example"
        raise DataError.of("RNN603", f"`{info.name}` is not an array: {error}", help=way) from None
    kinds, wanted = ("iu", "whole numbers (tokens)") if info.token is not None else ("iuf", "real numbers")
    if array.dtype.kind not in kinds:
        raise DataError.of(
            "RNN602", f"`{info.name}` has dtype {array.dtype}, expected {wanted}", help="convert it with `.astype(...)`"
        )
    if not array.dtype.isnative or array.dtype == np.float16:
        raise DataError.of("RNN602", f"`{info.name}` has dtype {array.dtype}", help="convert it with `.astype(...)`")
    return array


def _lengths(graph: RecurrenceGraph, data: Mapping[str, Array | list[Array]], given: Lengths) -> dict[str, Array]:
    sequences = {i.name for i in graph.indices if i.ragged}
    for name in given:
        if name not in sequences:
            near = ", ".join(f"`{s}`" for s in sorted(sequences)) or "none"
            raise DataError.of("RNN604", f"`{name}` is not a sequence of the model", help=f"its sequences are {near}")
    found = {name: _whole(name, value) for name, value in given.items()}
    places = [(name, (i.name, k)) for name in data for k, i in enumerate(graph.inputs[name].domain) if i.ragged]
    for name, place in places:
        value = data[name]
        if isinstance(value, list):
            _agree_list(place, name, value, found)
    padded = frozenset(found)  # of these sequences arrays may hold more points: padding
    for name, place in places:
        value = data[name]
        if not isinstance(value, list):
            _agree_array(place, name, value, found, padded)
    return found


def _whole(name: str, value: Sequence[int] | Array) -> Array:
    array = np.asarray(value)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise DataError.of("RNN604", f"the lengths of `{name}` are not a list of whole numbers")
    if array.size and int(array.min()) < 0:
        raise DataError.of("RNN604", f"a length of `{name}` is negative: {int(array.min())}")
    return array.astype(np.intp)


def _agree_list(place: tuple[str, int], name: str, value: list[Array], found: dict[str, Array]) -> None:
    """Check a ragged input's lengths against those known of its sequence, or learn them from it."""
    index, axis = place
    own = np.array([one.shape[axis] if one.ndim > axis else -1 for one in value], dtype=np.intp)
    if (own < 0).any():
        message = f"example {int(np.argmin(own))} of `{name}` is a number, expected an array over `{index}`"
        raise DataError.of("RNN603", message)
    if not np.array_equal(own, found.setdefault(index, own)):
        raise DataError.of("RNN604", f"`{name}` has lengths {_few(own)} along `{index}`, expected {_few(found[index])}")


def _agree_array(
    place: tuple[str, int], name: str, value: Array, found: dict[str, Array], padded: frozenset[str]
) -> None:
    """Check that an array has the points of its sequence, or learn how many there are."""
    index, axis = place
    if value.ndim < axis + 2:
        raise DataError.of("RNN603", f"`{name}` has shape {value.shape}, expected [batch, {index}, ...]")
    points = value.shape[axis + 1]
    known = found.setdefault(index, np.full(value.shape[0], points, dtype=np.intp))
    wrong = known > points if index in padded else known != points
    if wrong.any():
        example = int(np.argmax(wrong))
        message = f"example {example} has length {known[example]} along `{index}`, but `{name}` has {points} points"
        raise DataError.of("RNN604", message)


def _few(lengths: Array) -> str:
    return str(lengths[:6].tolist())[:-1] + (", ...]" if lengths.size > 6 else "]")


def _same_batch(data: Mapping[str, Array | list[Array]], lengths: Mapping[str, Array]) -> None:
    """Refuse data whose number of examples differs, or that has none."""
    counts: dict[str, int] = {}
    for name, value in data.items():
        if not isinstance(value, list) and not value.ndim:
            raise DataError.of("RNN603", f"`{name}` is a number", help="arrays are batch first")
        counts[f"`{name}`"] = len(value)
    counts |= {f"the lengths of `{name}`": len(value) for name, value in lengths.items()}
    for what, count in counts.items():
        first = next(iter(counts))
        if count != counts[first]:
            raise DataError.of("RNN603", f"{what} holds {count} examples, but {first} holds {counts[first]}")
        if count == 0:
            raise DataError.of("RNN603", f"{what} holds no example", help="give at least one example")


def _check(info: InputInfo, value: Array | list[Array], lengths: Mapping[str, Array], dims: dict[str, int]) -> None:
    """Refuse data of another shape, or with tokens beyond the vocabulary."""
    sizes = [None if index.ragged else index.extent for index in info.domain] + list(info.shape)
    for example, array in enumerate(value if isinstance(value, list) else [value]):
        extents = array.shape if isinstance(value, list) else array.shape[1:]
        fits = len(extents) == len(sizes)
        for size, extent in zip(sizes, extents, strict=False):
            if size is not None and size.symbol is not None:
                dims.setdefault(size.symbol, extent)  # the first array that shows a dimension says what it is
            fits = fits and (size is None or not size.dims <= dims.keys() or size.evaluate(dims) == extent)
        if not fits:
            who = f"example {example} of `{info.name}`" if isinstance(value, list) else f"`{info.name}`"
            wanted = _expected(info, dims, batch=not isinstance(value, list))
            raise DataError.of("RNN603", f"{who} has shape {array.shape}, expected {wanted}")
    if info.token is not None and info.token.dims <= dims.keys():
        _check_tokens(info, value, lengths, info.token.evaluate(dims))


def _expected(info: InputInfo, dims: Mapping[str, int], *, batch: bool) -> str:
    """Print the shape that data must have, and the numbers of the dimensions in it."""
    sizes = [i.extent for i in info.domain if not i.ragged] + list(info.shape)
    axes = (["batch"] if batch else []) + [i.name if i.ragged else str(i.extent) for i in info.domain]
    axes += [str(size) for size in info.shape]
    known = [f"{name} = {dims[name]}" for size in sizes for name in sorted(size.dims) if name in dims]
    numbers = ", ".join(dict.fromkeys(known))
    return f"[{', '.join(axes)}]" + (f" with {numbers}" if numbers else "")


def _check_tokens(info: InputInfo, value: Array | list[Array], lengths: Mapping[str, Array], size: int) -> None:
    """Refuse tokens beyond the vocabulary; padding is not looked at."""
    axis = next((k for k, index in enumerate(info.domain) if index.ragged), 0)
    ends = lengths.get(info.domain[axis].name) if info.domain and info.domain[axis].ragged else None
    if not isinstance(value, list) and (not value.size or int(value.max()) < size):
        return
    for example in range(len(value)):
        one = value[example] if ends is None else np.moveaxis(value[example], axis, 0)[: ends[example]]
        if np.size(one) and int(np.max(one)) >= size:
            where = np.unravel_index(int(np.argmax(np.asarray(one) >= size)), np.shape(one)) if np.ndim(one) else ()
            point = f", point {int(where[0]) + 1}" if where else ""
            raise DataError.of(
                "RNN605",
                f"token {int(np.max(one))} of `{info.name}` (example {example}{point}) is outside 0 to {size - 1}",
                help="a negative token means that none is there",
            )
