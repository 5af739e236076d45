"""Data meets a program: everything that could be wrong with it is refused here, before anything runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.diagnostics.suggest import nearest
from rnndsl.graph.graph import InputInfo, ParamInfo, RecurrenceGraph
from rnndsl.indices import Index
from rnndsl.ops import Op
from rnndsl.runtime.axes import axes, noun, own_points, place
from rnndsl.runtime.prepared import Prepared
from rnndsl.runtime.structure import Children, Structure, bind_structure

Array = NDArray[Any]
Lengths = Mapping[str, Sequence[int] | Array]


@dataclass(frozen=True, slots=True)
class Given:
    """What a call says of the examples' points: lengths of sequences, children of the nodes of trees and dags.

    With the name of a sequence in `chunk` they are those of a part of it, in which an example may have no point left.
    """

    lengths: Lengths | None = None
    structure: Structure | None = None
    chunk: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """Arguments of a generated function, checked: data as arrays or lists of arrays.

    `lengths` counts the points of every example by ragged index: steps, nodes, edges (by the index over children).
    `dims` are the dimensions that parameters and data show.
    """

    params: Mapping[str, Array]
    data: dict[str, Array | list[Array]]
    lengths: dict[str, Array]
    structure: dict[str, Sequence[Children]]
    dims: dict[str, int]


def bind(
    graph: RecurrenceGraph,
    dtype: str,
    params: Mapping[str, Any],
    data: Mapping[str, Any],
    points: Given,
    needed: Sequence[str],
) -> Bound:
    """Check a call's arguments against the model; `needed` are the inputs that this call reads.

    Raises:
        DataError: RNN601 to RNN606, RNN615 to RNN618, naming the input, what was expected and what came.
    """
    arrays, dims = bind_params(graph, dtype, params)
    _names(graph, data, needed)
    given = {name: typed(graph.inputs[name], data[name]) for name in data}
    structure, nodes = bind_structure(graph, points.structure)
    counts = _lengths(graph, given, points.lengths or {}, nodes)
    _same_batch(graph, given, counts)
    for name, value in given.items():
        _check(graph.inputs[name], value, counts, dims)
        _require_points(graph.inputs[name], counts, points.chunk)
    return Bound(arrays, given, counts, structure, dims)


def check_points(graph: RecurrenceGraph, bound: Bound, chunk: str = "") -> None:
    """Refuse an example without points, or a node without children, where the model takes a maximum over them.

    What runs in chunks of a sequence takes none over it: a chunk may be empty.

    Raises:
        DataError: RNN612.
    """
    for number, over in graph.maxima.items():
        for index in over.indices:
            lengths = bound.lengths.get(index.name)
            if index.of is not None and index.of not in over.indices:
                _require_children(graph, number, index.of, bound)
            elif lengths is not None and index.name != chunk and not lengths.all():
                example = int(np.argmin(lengths))
                message = f"example {example} has no point along `{index.name}` to take the maximum or minimum of"
                raise DataError.of("RNN612", message, help="leave it out, or give it at least one point")


def check_finite(graph: RecurrenceGraph, bound: Bound) -> None:
    """Refuse NaN and infinity; a target may be NaN, which means that it is absent. Padding is not looked at.

    Raises:
        DataError: RNN606.
    """
    for name, value in bound.data.items():
        info = graph.inputs[name]
        for example, array in enumerate(value):
            own = own_points(np.asarray(array), info.domain, bound.lengths, example)
            if (np.isinf(own) if info.role == "target" else ~np.isfinite(own)).any():
                raise DataError.of("RNN606", f"`{name}` holds a value that is not finite (example {example})")


def _require_children(graph: RecurrenceGraph, number: int, index: Index, bound: Bound) -> None:
    """Refuse a maximum over the children of every node, leaves included, unless a condition chooses where it counts."""
    reached, ways = {number}, [number]
    while ways:
        number = ways.pop()
        users = {user for user in graph.users[number] if not _is_choice(graph, number, user)} - reached
        ways += users
        reached |= users
    if not reached & graph.returned:
        return
    leaf = next(node for node, children in enumerate(bound.structure[index.name][0]) if not len(children))
    message = f"example 0: node {leaf} of `{index.name}` has no children to take the maximum or minimum of"
    raise DataError.of("RNN612", message, help=f"write `... if leaf({index.name}) else max(...)`")


def _is_choice(graph: RecurrenceGraph, number: int, user: int) -> bool:
    """Whether a user takes a value only where a condition says so."""
    node = graph.nodes[user]
    return node.op is Op.WHERE and node.operands[0] != number


# Parameters -------------------------------------------------------------------------------------------------------


def bind_params(
    graph: RecurrenceGraph, dtype: str, params: Mapping[str, Any]
) -> tuple[Mapping[str, Array], dict[str, int]]:
    """Return parameters, checked, and the dimensions that are known or that they show.

    Raises:
        DataError: RNN601 to RNN603.
    """
    if isinstance(params, Prepared) and params.fits(graph, dtype):
        return params, dict(params.dims)
    dims = {name: value for name, value in graph.dims.items() if value is not None}
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
    return arrays, dims


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
        if symbol is None:
            fits = fits and (not size.dims <= dims.keys() or size.evaluate(dims) == extent)
            continue
        if symbol not in fixed:
            known = dims.get(f" {symbol}")
            dims[symbol] = dims[f" {symbol}"] = known if known is not None else extent
        fits = fits and dims.get(symbol, extent) == extent
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


def typed(info: InputInfo, value: Any) -> Array | list[Array]:
    """Return data as an array, or a list of arrays for a ragged batch, of a dtype that says what it means.

    Raises:
        DataError: RNN602 or RNN603, it is no array, or of another dtype.
    """
    if isinstance(value, list | tuple) and any(index.ragged for index in info.domain):
        return [_array(info, one) for one in value]
    return _array(info, value)


def _array(info: InputInfo, value: Any) -> Array:
    try:
        array = np.asarray(value)
    except ValueError as error:
        way = "give a ragged batch as a list of one array per example"
        raise DataError.of("RNN603", f"`{info.name}` is not an array: {error}", help=way) from None
    kinds, wanted = ("iuf", "real numbers")
    if info.whole:
        array = array if array.size else array.astype(np.int64)  # NumPy makes an empty list real
        kinds, wanted = ("iu", f"whole numbers ({'tokens' if info.point is None else 'points'})")
    if array.dtype.kind not in kinds:
        raise DataError.of(
            "RNN602", f"`{info.name}` has dtype {array.dtype}, expected {wanted}", help="convert it with `.astype(...)`"
        )
    if not array.dtype.isnative or array.dtype == np.float16:
        raise DataError.of("RNN602", f"`{info.name}` has dtype {array.dtype}", help="convert it with `.astype(...)`")
    return array


def _lengths(
    graph: RecurrenceGraph, data: Mapping[str, Array | list[Array]], given: Lengths, nodes: Mapping[str, Array]
) -> dict[str, Array]:
    """Find how many points every example has along every ragged index: `nodes` says it of trees and their edges."""
    sequences = {i.name for i in graph.indices if i.ragged and i.of is None}
    for name in given:
        if name not in sequences:
            near = ", ".join(f"`{s}`" for s in sorted(sequences)) or "none"
            raise DataError.of("RNN604", f"`{name}` is not a sequence of the model", help=f"its sequences are {near}")
    found = {name: _whole(name, value) for name, value in given.items()}
    for index in graph.indices:
        if index.name in nodes:
            _agree(index, "the structure", nodes[index.name], found)
    places = [(name, (i, k)) for name in data for k, i in enumerate(axes(graph.inputs[name].domain)) if i.ragged]
    for name, (index, axis) in places:
        value = data[name]
        if isinstance(value, list):
            _agree(index, f"`{name}`", _extents(name, value, index, axis), found)
    padded = frozenset(found)  # of these arrays may hold more points: padding
    for name, axis_of in places:
        value = data[name]
        if not isinstance(value, list):
            _agree_array(axis_of, name, value, found, padded)
    return found


def _whole(name: str, value: Sequence[int] | Array) -> Array:
    array = np.asarray(value)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise DataError.of("RNN604", f"the lengths of `{name}` are not a list of whole numbers")
    if array.size and int(array.min()) < 0:
        raise DataError.of("RNN604", f"a length of `{name}` is negative: {int(array.min())}")
    return array.astype(np.intp)


def _extents(name: str, value: list[Array], index: Index, axis: int) -> Array:
    """Return how many points the examples of a ragged input have along an axis."""
    own = np.array([one.shape[axis] if one.ndim > axis else -1 for one in value], dtype=np.intp)
    if (own < 0).any():
        example = int(np.argmin(own))
        message = f"example {example} of `{name}` has shape {value[example].shape}: no axis over `{index.name}`"
        raise DataError.of("RNN603", message)
    return own


def _agree(index: Index, what: str, own: Array, found: dict[str, Array]) -> None:
    """Check numbers of points against those known of the index, or learn them."""
    known = found.setdefault(index.name, own)
    if own.size == known.size and (own != known).any():  # numbers of examples are compared later
        example = int(np.argmax(own != known))
        held = f"{own[example]} {noun(index)} along `{index.name}`"
        raise DataError.of("RNN604", f"example {example} of {what} has {held}, expected {known[example]}")


def _agree_array(
    axis_of: tuple[Index, int], name: str, value: Array, found: dict[str, Array], padded: frozenset[str]
) -> None:
    """Check that an array has the points of its sequence, or learn how many there are."""
    index, axis = axis_of
    if value.ndim < axis + 2:
        raise DataError.of("RNN603", f"`{name}` has shape {value.shape}, expected [batch, {index.name}, ...]")
    points = value.shape[axis + 1]
    known = found.get(index.name)
    if known is None:
        found[index.name] = np.full(value.shape[0], points, dtype=np.intp)
        return
    wrong = known > points if index.name in padded else known != points
    if wrong.any():
        example = int(np.argmax(wrong))
        wanted = f"{known[example]} {noun(index)} along `{index.name}`"
        raise DataError.of("RNN604", f"example {example} has {wanted}, but `{name}` has {points}")


def _same_batch(graph: RecurrenceGraph, data: Mapping[str, Array | list[Array]], lengths: Mapping[str, Array]) -> None:
    """Refuse data whose number of examples differs, or that has none."""
    counts: dict[str, int] = {}
    for name, value in data.items():
        if not isinstance(value, list) and not value.ndim:
            raise DataError.of("RNN603", f"`{name}` is a number", help="arrays are batch first")
        counts[f"`{name}`"] = len(value)
    trees = {index.name for index in graph.indices if index.structured}
    for name, own in lengths.items():
        counts[f"the {'structure' if name in trees else 'lengths'} of `{name}`"] = len(own)
    for what, count in counts.items():
        first = next(iter(counts))
        if count != counts[first]:
            raise DataError.of("RNN603", f"{what} holds {count} examples, but {first} holds {counts[first]}")
        if count == 0:
            raise DataError.of("RNN603", f"{what} holds no example", help="give at least one example")


def _check(info: InputInfo, value: Array | list[Array], counts: Mapping[str, Array], dims: dict[str, int]) -> None:
    """Refuse data of another shape, or with tokens or points that there are not."""
    sizes = [None if index.ragged else index.extent for index in axes(info.domain)] + list(info.shape)
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
    limits = _limits(info, len(value), counts, dims)
    if limits is not None:
        _check_numbers(info, value, counts, limits)


def _require_points(info: InputInfo, counts: Mapping[str, Array], chunk: str) -> None:
    """Refuse a grid without rows or columns, but for rows that a chunk lacks; a node that is alone has no edges."""
    ragged = [index for index in axes(info.domain) if index.ragged and index.of is None]
    for index in ragged if len(ragged) > 1 else []:
        if index.name != chunk and not counts[index.name].all():
            example = int(np.argmin(counts[index.name]))
            message = f"example {example} of `{info.name}` has no point along `{index.name}`"
            raise DataError.of("RNN604", message, help="give it at least one, or leave the example out")


def _expected(info: InputInfo, dims: Mapping[str, int], *, batch: bool) -> str:
    """Print the shape that data must have, and the numbers of the dimensions in it."""
    sizes = [i.extent for i in info.domain if not i.ragged] + list(info.shape)
    names = (["batch"] if batch else []) + [i.name if i.ragged else str(i.extent) for i in axes(info.domain)]
    names += [str(size) for size in info.shape]
    known = [f"{name} = {dims[name]}" for size in sizes for name in sorted(size.dims) if name in dims]
    numbers = ", ".join(dict.fromkeys(known))
    return f"[{', '.join(names)}]" + (f" with {numbers}" if numbers else "")


def _limits(info: InputInfo, examples: int, counts: Mapping[str, Array], dims: Mapping[str, int]) -> Array | None:
    """Return for every example how many tokens or points there are to choose from, None where that is not known."""
    if info.point is not None and info.point.ragged:
        return counts.get(info.point.name)
    size = info.token if info.point is None else info.point.extent
    return np.full(examples, size.evaluate(dims)) if size is not None and size.dims <= dims.keys() else None


def _check_numbers(info: InputInfo, value: Array | list[Array], counts: Mapping[str, Array], limits: Array) -> None:
    """Refuse tokens beyond the vocabulary and points beyond the last one; padding is not looked at."""
    if not isinstance(value, list) and (not value.size or int(value.max()) < int(limits.min())):
        return
    for example, limit in enumerate(limits.tolist()):
        own = value[example] if isinstance(value, list) else own_points(value[example], info.domain, counts, example)
        if own.size and int(own.max()) >= limit:
            where = np.unravel_index(int(np.argmax(own >= limit)), own.shape)
            who = f"{int(own[where])} of `{info.name}` (example {example}{place(info.domain, where)})"
            if info.point is None:
                message, way = f"token {who} is outside 0 to {limit - 1}", "a negative token means that none is there"
                raise DataError.of("RNN605", message, help=way)
            there = f"`{info.point.name}` has {limit} {noun(info.point)}"
            way = "points count from 0; a negative number means that none is named"
            raise DataError.of("RNN618", f"point {who} does not exist: {there}", help=way)
