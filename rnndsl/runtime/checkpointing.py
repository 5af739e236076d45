"""Gradients through long sequences in little memory: only the states between segments are kept.

With segments of about sqrt(T) points, memory grows with sqrt(T), for one more forward pass (Griewank 1992; Chen, Xu,
Zhang & Guestrin 2016, "Training deep nets with sublinear memory cost").
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo, RecurrenceGraph
from rnndsl.graph.segments import START
from rnndsl.runtime.axes import axes
from rnndsl.runtime.binding import Bound
from rnndsl.runtime.carrying import check_carry

Array = NDArray[Any]
Arrays = dict[str, Array]
Terms = dict[str, tuple[float, float]]


#: Calls a generated function on part of the data: with its name, arguments, carry, options.
Call = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Segment:
    """Some points of all examples, after `start` others, and the states before them."""

    number: int
    bound: Bound
    start: Array
    states: Arrays
    begin: bool

    def options(self, noise: int | None) -> dict[str, object]:
        """Return the options of a call: every segment has masks of its own."""
        seed = None if noise is None else (noise + self.number) % 2**64
        return {"begin": self.begin, "noise": seed}

    @property
    def once(self) -> float:
        """Whether what has nothing to do with the sequence counts: in the first segment."""
        return float(self.number == 0)


@dataclass(frozen=True, slots=True)
class Found:
    """The loss, its terms and gradients, and what the next chunk needs."""

    total: float
    terms: Terms
    grads: Arrays
    carry: Arrays


def check_checkpoint(given: object) -> int | None:
    """Return how many points a segment has, 0 for about sqrt(T), None without checkpoints.

    Raises:
        DataError: RNN613, it is neither "sqrt" nor a positive whole number.
    """
    if given is None:
        return None
    if given == "sqrt":
        return 0
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or given < 1:
        way = 'expected "sqrt", or how many points a segment has'
        raise DataError.of("RNN613", f"checkpoint is {given!r}", help=way)
    return int(given)


@dataclass(frozen=True)
class Checkpointed:
    """The loss and its gradient by segments: `states` are the inputs that hold what crosses from one to the next."""

    graph: RecurrenceGraph
    states: Mapping[str, InputInfo]
    stream: str
    dtype: np.dtype[Any]
    call: Call

    def loss_and_grad(self, bound: Bound, points: int, noise: int | None, carry: Mapping[str, Array]) -> Found:
        """Go forward segment by segment, then back, each segment's tape made again; `carry` is {} to begin."""
        self._check_carry(bound, carry)
        segments, terms, left = self._forward(bound, points, noise, carry)
        weights = {name: np.asarray(weight) for name, (_, weight) in terms.items()}
        total, grads = 0.0, dict[str, Array]()
        cotangents = {f"d {name}": np.zeros_like(array) for name, array in segments[0].states.items()}
        for segment in reversed(segments):
            data = {**segment.bound.data, **segment.states, **cotangents}
            share, own, given = self._call("retrace", segment, data, noise, weights=weights, once=segment.once)
            total += share
            grads = {name: array if name not in grads else grads[name] + array for name, array in own.items()}
            cotangents |= {f"d {name}": array for name, array in given.items()}
        return Found(total, terms, grads, left)

    def _forward(
        self, bound: Bound, points: int, noise: int | None, carry: Mapping[str, Array]
    ) -> tuple[list[Segment], Terms, Arrays]:
        before = carry.get(START, np.zeros(len(bound.lengths[self.stream]), self.dtype))
        states = {name: carry[name] for name in self.states} if carry else self._initial(bound)
        terms, segments = Terms(), list[Segment]()
        for number, (start, part) in enumerate(self._cut(bound, points)):
            segments.append(Segment(number, part, before + start, states, begin=number == 0 and not carry))
            states, own = self._call("advance", segments[-1], {**part.data, **states}, noise)
            sums = {name: terms.get(name, (0.0, 0.0)) for name in own}
            terms = {name: (sums[name][0] + nll, sums[name][1] + weight) for name, (nll, weight) in own.items()}
        return segments, terms, {**states, START: before + bound.lengths[self.stream].astype(before.dtype)}

    def _check_carry(self, bound: Bound, carry: Mapping[str, Array]) -> None:
        known: dict[str, tuple[str, ...]] = {START: ()}
        for name, info in self.states.items():
            known[name] = tuple(map(str, [*(index.extent for index in info.domain), *info.shape]))
        check_carry(carry, (tuple(known), known), bound)

    def _call(
        self, function: str, segment: Segment, data: Mapping[str, Any], noise: int | None, **options: object
    ) -> Any:
        part = Bound(
            segment.bound.params,
            {**data, START: segment.start},
            segment.bound.lengths,
            segment.bound.structure,
            segment.bound.dims,
        )
        return self.call(function, part, None, **segment.options(noise), **options)

    def _initial(self, bound: Bound) -> Arrays:
        """Return states that stand for nothing: the first segment begins as the spec says, tokens are absent."""
        batch = len(bound.lengths[self.stream])
        found = {}
        for name, info in self.states.items():
            sizes = [i.extent for i in info.domain] + list(info.shape)
            shape = (batch, *(size.evaluate(bound.dims) for size in sizes))
            found[name] = np.full(shape, -1 if info.whole else 0, np.intp if info.whole else self.dtype)
        return found

    def _cut(self, bound: Bound, points: int) -> Iterator[tuple[Array, Bound]]:
        """Yield where segments start, and their data."""
        lengths = bound.lengths[self.stream]
        longest = int(lengths.max(initial=0))
        size = points or max(1, math.isqrt(max(longest - 1, 0)) + 1)
        for start in range(0, max(longest, 1), size):
            own = np.clip(lengths - start, 0, size)
            data = {name: self._part(name, value, start, start + size) for name, value in bound.data.items()}
            begun = np.minimum(lengths, start).astype(self.dtype)
            yield begun, Bound(bound.params, data, {**bound.lengths, self.stream: own}, bound.structure, bound.dims)

    def _part(self, name: str, value: Array | Sequence[Array], start: int, stop: int) -> Array | list[Array]:
        names = [index.name for index in axes(self.graph.inputs[name].domain)]
        if self.stream not in names:
            return value if isinstance(value, np.ndarray) else list(value)
        lead = (slice(None),) * names.index(self.stream)
        if isinstance(value, np.ndarray):
            return value[(slice(None), *lead, slice(start, stop))]
        return [array[(*lead, slice(start, stop))] for array in value]
