"""What is asked of generating, checked; prompts filled up with what is to be drawn; what follows an end symbol."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypedDict

import numpy as np
from numpy.typing import NDArray

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo, RecurrenceGraph
from rnndsl.indices import Domain, Kind
from rnndsl.runtime.axes import axes, noun
from rnndsl.runtime.binding import Given, bind, typed

Array = NDArray[Any]


class Sampling(TypedDict, total=False):
    """How points are drawn.

    Attributes:
        seed: Of the random numbers; every example has its own, whatever else is in the batch.
        greedy: Take what is most likely at every point instead of drawing.
        temperature: What logits are divided by: below 1 likely tokens become likelier.
        top_k: Draw from the `top_k` likeliest tokens only; 0 from all.
        top_p: Draw from the likeliest tokens that together have this probability; 1 from all.
        end: The token, or the point counted from 0, that ends a sequence where it is drawn (not in a prompt); what
            follows is absent.
    """

    seed: int
    greedy: bool
    temperature: float
    top_k: int
    top_p: float
    end: int | None


class Search(TypedDict, total=False):
    """How a beam search is done.

    Attributes:
        width: How many beginnings are kept at every step.
        end: The token, or the point counted from 0, that ends a sequence where it is chosen (not in a prompt).
        normalise: Sequences are ranked by log-probability over length^normalise; 0 ranks by log-probability alone.
        best: How many sequences are returned.
    """

    width: int
    end: int | None
    normalise: float
    best: int


SAMPLING: Final[Mapping[str, object]] = {
    "seed": 0, "greedy": False, "temperature": 1.0, "top_k": 0, "top_p": 1.0, "end": None,
}  # fmt: skip
SEARCH: Final[Mapping[str, object]] = {"width": 5, "end": None, "normalise": 0.0, "best": 1}


# Options --------------------------------------------------------------------------------------------------------------


def check_sampling(given: Sampling) -> dict[str, Any]:
    """Return all options of sampling, those that are not given at their defaults.

    Raises:
        DataError: RNN613, an option is out of its range.
    """
    found = _known(given, SAMPLING)
    check_seed(found["seed"])
    if type(found["greedy"]) is not bool:
        raise _wrong("greedy", found["greedy"], "True or False")
    found["temperature"] = _number("temperature", found["temperature"], "a positive number", low=0.0, low_open=True)
    _whole("top_k", found["top_k"], 0, "0 (all) or a positive whole number")
    way = "a number above 0, up to 1 (all)"
    found["top_p"] = _number("top_p", found["top_p"], way, low=0.0, low_open=True, high=1.0)
    return found


def check_search(given: Search) -> dict[str, Any]:
    """Return all options of a beam search, those that are not given at their defaults.

    Raises:
        DataError: RNN613, an option is out of its range.
    """
    found = _known(given, SEARCH)
    _whole("width", found["width"], 1, "a positive whole number")
    _whole("best", found["best"], 1, "a positive whole number")
    if found["best"] > found["width"]:
        raise _wrong("best", found["best"], f"at most the width, {found['width']}")
    found["normalise"] = _number("normalise", found["normalise"], "0 or a positive number", low=0.0)
    return found


def check_seed(seed: object) -> None:
    """Refuse what is no seed.

    Raises:
        DataError: RNN613.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**64:
        raise DataError.of("RNN613", f"the seed {seed!r} is not a whole number from 0 to 2^64 - 1")


def check_mix(mix: object, noise: int | None) -> float:
    """Return the share of points that see what the model has drawn itself (scheduled sampling).

    Raises:
        DataError: RNN613, it is no probability, or there is no seed to draw with.
    """
    share = _number("mix", mix, "a probability, from 0 to 1", low=0.0, high=1.0)
    if share and noise is None:
        raise DataError.of("RNN613", "scheduled sampling draws, and has no seed", help="give one: noise=0")
    return share


def check_end(graph: RecurrenceGraph, end: object, dims: Mapping[str, int]) -> InputInfo | None:
    """Return the target that an end symbol, or end point, belongs to; `dims` are the dimensions that are known.

    Raises:
        DataError: RNN613, it is no token of that target, or there is no such target, or several.
    """
    if end is None:
        return None
    ended = [info for info in targets(graph) if info.whole and sequence_of(info.domain) is not None]
    if len(ended) != 1:
        message = f"{graph.name} has {len(ended)} targets of tokens or points along a sequence, so no end symbol"
        raise DataError.of("RNN613", message, help="leave `end` out; only a single one can end")
    _whole("end", end, 0, "a token or point, counted from 0")
    size = ended[0].token
    if size is not None and size.dims <= dims.keys() and int(str(end)) >= size.evaluate(dims):
        raise _wrong("end", end, f"a token of `{ended[0].name}`, from 0 to {size.evaluate(dims) - 1}")
    return ended[0]


def targets(graph: RecurrenceGraph) -> list[InputInfo]:
    """Return the targets, which are what is generated."""
    return [info for info in graph.inputs.values() if info.role == "target"]


def sequence_of(domain: Domain) -> str | None:
    """Return the name of the sequence that a domain is, None if it is something else."""
    return domain[0].name if len(domain) == 1 and domain[0].kind is Kind.SEQUENCE else None


def _known(given: Mapping[str, object], defaults: Mapping[str, object]) -> dict[str, Any]:
    for name in given:
        if name not in defaults:
            raise DataError.of("RNN613", f"there is no option `{name}`", help=f"the options are {', '.join(defaults)}")
    return {**defaults, **given}


def _whole(name: str, value: object, least: int, wanted: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise _wrong(name, value, wanted)


def _number(  # the bounds are keywords
    name: str, value: object, wanted: str, *, low: float, low_open: bool = False, high: float = math.inf
) -> float:
    real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    number = float(value) if real else math.nan  # type: ignore[arg-type]
    if not (math.isfinite(number) and low <= number <= high) or (low_open and number == low):
        raise _wrong(name, value, wanted)
    return number


def _wrong(name: str, value: object, wanted: str) -> DataError:
    return DataError.of("RNN613", f"{name} is {value!r}", help=f"expected {wanted}")


# Prompts --------------------------------------------------------------------------------------------------------------


def prompted(
    graph: RecurrenceGraph, dtype: str, params: Mapping[str, Any], data: Mapping[str, Any], points: Given
) -> dict[str, Any]:
    """Return a call's data with its prompts, the targets, as long as everything else says that examples are.

    Raises:
        DataError: the data does not fit the model, or a prompt is too long.
    """
    drawn = {info.name: info for info in targets(graph)}
    rest = {name: value for name, value in data.items() if name in graph.inputs and name not in drawn}
    others = replace(graph, inputs={name: info for name, info in graph.inputs.items() if name not in drawn})
    counts = bind(others, dtype, params, rest, points, ()).lengths
    prompts = {name: fill_up(info, typed(info, data[name]), counts) for name, info in drawn.items() if name in data}
    return {**data, **prompts}


def fill_up(info: InputInfo, value: Array | list[Array], counts: Mapping[str, Array]) -> Array | list[Array]:
    """Return a prompt as long as its example is to be: what is missing is absent, so it is drawn.

    Raises:
        DataError: RNN603 or RNN604, the prompt has other axes, or is longer than the example.
    """
    filler, dtype = (-1, np.int64) if info.whole else (np.nan, np.float64)
    ragged = {k: counts[index.name] for k, index in enumerate(axes(info.domain)) if index.name in counts}
    if not isinstance(value, list):
        wanted = {axis + 1: int(own.max(initial=0)) for axis, own in ragged.items()}
        return _filled(value, {a: n for a, n in wanted.items() if a < value.ndim}, filler, dtype)
    found = []
    for example, array in enumerate(value):
        sizes = {axis: int(own[example]) for axis, own in ragged.items() if example < own.size}
        for axis, size in sizes.items():
            if axis < array.ndim and array.shape[axis] > size:
                index = axes(info.domain)[axis]
                message = f"example {example} of `{info.name}` has {array.shape[axis]} {noun(index)} along "
                raise DataError.of("RNN604", f"{message}`{index.name}`, but only {size} are asked for")
        found.append(_filled(array, {a: n for a, n in sizes.items() if a < array.ndim}, filler, dtype))
    return found


def _filled(array: Array, sizes: Mapping[int, int], filler: float, dtype: type) -> Array:
    """Lengthen an array's axes to at least the sizes."""
    missing = [(0, max(0, sizes.get(axis, 0) - extent)) for axis, extent in enumerate(array.shape)]
    if not any(after for _, after in missing):
        return array
    return np.pad(array.astype(dtype if array.dtype.kind != "f" else array.dtype), missing, constant_values=filler)


# Results --------------------------------------------------------------------------------------------------------------


def cut_at_end(
    drawn: Mapping[str, Array], info: InputInfo, end: int, prompt: Array | Sequence[Array] = ()
) -> dict[str, Array]:
    """Return what was drawn with everything after the first end symbol absent: tokens -1, log-probabilities 0.

    What the `prompt` gives ends nothing.
    """
    ended = drawn[info.name] == end
    for example, given in enumerate(prompt):
        ended[example, : len(given)] &= given < 0
    after = np.cumsum(ended, axis=1) - ended > 0
    cut = dict(drawn)
    cut[info.name] = np.where(after, -1, drawn[info.name])
    log_prob = f"{info.name}.log_prob"
    cut[log_prob] = np.where(after, 0.0, drawn[log_prob])
    return cut
