"""Dimensions that the data shows: vocabularies and the sizes of arrays."""

from collections.abc import Iterable, Mapping

from rnndsl.data.dataset import Array, Dataset, Stream
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo
from rnndsl.runtime.axes import axes
from rnndsl.sizes import Size


def open_dimensions(
    inputs: Mapping[str, InputInfo], dims: Mapping[str, int | None], dataset: Dataset, symbols: int | None = None
) -> dict[str, int]:
    """Return the dimensions that have no value yet and that the data shows.

    A vocabulary is the largest token and one, or `symbols`, the number of symbols of a text; other sizes are read off
    the arrays.
    """
    found: dict[str, int] = {}
    for info in inputs.values():
        for size, extent in _shown(info, dataset, symbols):
            name = size.symbol
            if name is not None and dims.get(name) is None:
                found[name] = max(found.get(name, 0), extent)
    return found


def check_sizes(
    inputs: Mapping[str, InputInfo], dims: Mapping[str, int], dataset: Dataset, symbols: int | None = None
) -> None:
    """Refuse data whose tokens or sizes do not fit the model's dimensions.

    Raises:
        DataError: RNN605 (a token outside its vocabulary), RNN610 (another size, or more symbols than the vocabulary).
    """
    for info in inputs.values():
        if info.token is not None:
            _check_tokens(info, info.token.evaluate(dims), dataset, symbols)
        for size, extent in _array_sizes(info, dataset):
            if size.evaluate(dims) != extent:
                raise DataError.of(
                    "RNN610",
                    f"`{info.name}` has size {extent} where the model has {size} = {size.evaluate(dims)}",
                    help=_way_out(size, extent),
                )


def _shown(info: InputInfo, dataset: Dataset, symbols: int | None) -> Iterable[tuple[Size, int]]:
    if info.token is not None:
        yield info.token, _largest(info.name, dataset) + 1 if symbols is None else symbols
    yield from _array_sizes(info, dataset)


def _array_sizes(info: InputInfo, dataset: Dataset) -> Iterable[tuple[Size, int]]:
    """Pair the axes of fixed ranges and components with what the data has."""
    if isinstance(dataset, Stream):
        return  # a stream is made to measure
    sizes = [None if index.ragged else index.extent for index in axes(info.domain)] + list(info.shape)
    for shape in sorted({array.shape for array in dataset.arrays.get(info.name, ())}):
        yield from ((size, extent) for size, extent in zip(sizes, shape, strict=True) if size is not None)


def _check_tokens(info: InputInfo, vocabulary: int, dataset: Dataset, symbols: int | None) -> None:
    if symbols is not None and symbols > vocabulary:
        raise DataError.of(
            "RNN610",
            f"the text has {symbols} symbols, but `{info.name}` is token({info.token}) with {vocabulary}",
            help=_way_out(info.token, symbols),
        )
    largest = _largest(info.name, dataset)
    if symbols is None and largest >= vocabulary:
        raise DataError.of(
            "RNN605",
            f"`{info.name}` holds token {largest}, but its vocabulary has {vocabulary} (0 to {vocabulary - 1})",
            help=_way_out(info.token, largest + 1),
        )


def _way_out(size: Size | None, wanted: int) -> str:
    return f"say --set {size.symbol}={wanted}" if size is not None and size.symbol else "change the data or the spec"


def _largest(name: str, dataset: Dataset) -> int:
    arrays: Iterable[Array] = [dataset.arrays[name]] if isinstance(dataset, Stream) else dataset.arrays[name]
    return max((int(array.max()) for array in arrays if array.size), default=-1)
