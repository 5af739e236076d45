"""Gradients through long sequences in little memory: only the states between segments are kept.

With segments of about sqrt(T) points, memory grows with sqrt(T), for one more forward pass (Griewank 1992; Chen, Xu,
Zhang & Guestrin 2016, "Training deep nets with sublinear memory cost"). A model goes along its sequences in stages, one
after the other; what one hands to later ones whole (the states that a decoder attends to) is kept whole, too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnndsl.codegen.segments import advance_name, retrace_name
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.segments import LENGTH, Segments, before
from rnndsl.graph.totals import BEGIN
from rnndsl.indices import Index, Kind
from rnndsl.runtime.axes import axes
from rnndsl.runtime.binding import Bound
from rnndsl.runtime.carrying import check_carry
from rnndsl.runtime.masks import draw_masks
from rnndsl.runtime.stretches import Stretch, Value, stretches

Array = NDArray[Any]
Arrays = dict[str, Array]
Terms = dict[str, tuple[float, float]]

#: Calls a generated function on part of the data: with its name, arguments, carry, options.
Call = Callable[..., Any]


class Segment(NamedTuple):
    """A stretch of a stage, and the states before it."""

    stretch: Stretch
    states: Mapping[str, Array]
    begin: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The loss, its terms and gradients, and what the next chunk needs."""

    total: float
    terms: Terms
    grads: Arrays
    carry: Arrays


@dataclass(frozen=True, slots=True)
class Chunk:
    """The sequence of which a call is given a part, "" for none, and what the call before has left of it."""

    stream: str
    carry: Mapping[str, Array]

    @property
    def name(self) -> str:
        """The name of what says in a carry how many points came before."""
        return f"points of {self.stream} before"


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
    """The loss and its gradient by segments of stages; `reads` are the inputs of generated functions."""

    stages: Sequence[Segments]
    reads: Mapping[str, Sequence[str]]
    dtype: np.dtype[Any]
    call: Call

    def loss_and_grad(self, bound: Bound, points: int, noise: int | None, chunk: Chunk) -> Found:
        """Go forward stage by stage and segment by segment, then back, each segment's tape made again."""
        self._check_carry(chunk, bound)
        going = [_Going(self, number, bound, noise, chunk) for number in range(1, len(self.stages) + 1)]
        values, cotangents = dict[str, Value](bound.data), Arrays()
        kept = [one.forward(values, points) for one in going]
        total, terms, grads = 0.0, Terms(), Arrays()
        for one, segments in zip(reversed(going), reversed(kept), strict=True):
            for share, own, parts in one.back(values, cotangents, segments):
                total += share
                terms |= own
                for name, array in parts.items():
                    grads[name] = grads[name] + array if name in grads else array
        carry = {name: array for one in going for name, array in one.left.items()}
        if chunk.stream:
            carry[chunk.name] = (bound.lengths[chunk.stream] + chunk.carry.get(chunk.name, 0)).astype(self.dtype)
        learned = (name for name, info in self.stages[0].graph.params.items() if not info.frozen)
        grads = {name: grads[name] if name in grads else np.zeros_like(bound.params[name]) for name in learned}
        return Found(total, terms, grads, carry)

    def _check_carry(self, chunk: Chunk, bound: Bound) -> None:
        known: dict[str, tuple[str, ...]] = {chunk.name: ()}
        for stage in self.stages:
            if is_along(stage, chunk):
                for name, info in stage.states.items():
                    domain = (index.name if index.ragged else str(index.extent) for index in axes(info.domain))
                    known[name] = (*domain, *map(str, info.shape))
        check_carry(chunk.carry, (tuple(known), known), bound)


def is_along(stage: Segments, chunk: Chunk) -> bool:
    """Tell whether a stage goes along the sequence of which there are chunks."""
    way = stage.stage.way
    return way.index is not None and way.forward and way.index.name == chunk.stream


@dataclass
class _Going:
    """A stage on its way through a call's data: forward, and back."""

    work: Checkpointed
    number: int
    bound: Bound
    noise: int | None
    chunk: Chunk
    left: Arrays = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.segments = self.work.stages[self.number - 1]
        self.stage = self.segments.stage
        self.along = is_along(self.segments, self.chunk)

    def forward(self, values: dict[str, Value], points: int) -> list[Segment]:
        """Compute what is handed on into `values`; return the segments with their states."""
        carry = self.chunk.carry if self.along else {}
        states = {name: carry[name] for name in self.segments.states} if carry else self._initial()
        segments = list[Segment]()
        for stretch in stretches(self.stage.way, self.bound.lengths, points):
            segments.append(Segment(stretch, states, begin=not segments and not carry))
            if advance_name(self.number) not in self.work.reads:
                continue
            out = self._call(advance_name(self.number), segments[-1], values)
            states = {name: out[name] for name in states}
            self._keep(values, stretch, out)
        self.left = states if self.along else {}
        return segments

    def back(
        self, values: dict[str, Value], cotangents: Arrays, segments: Sequence[Segment]
    ) -> Iterable[tuple[float, Terms, Arrays]]:
        """Yield the shares of segments in the loss, its terms and its gradient; cotangents of what is taken add up."""
        if retrace_name(self.number) not in self.work.reads:
            return
        states = {f"d {name}": np.zeros_like(array) for name, array in segments[0].states.items()}
        for value in (*self.stage.handed, *self.stage.taken):
            if value.real and value.cotangent not in cotangents:
                cotangents[value.cotangent] = np.zeros_like(values[value.name])
        for segment in reversed(segments):
            given = {**values, **cotangents, **states}
            total, terms, grads, found = self._call(retrace_name(self.number), segment, given)
            states = {f"d {name}": found.get(name, np.zeros_like(array)) for name, array in segment.states.items()}
            for value in (value for value in self.stage.taken if value.name in found):
                segment.stretch.add(cotangents[value.cotangent], found[value.name], value.domain)
            yield total, terms, grads
        for value in self.stage.handed:  # nobody needs them any more
            del values[value.name]
            cotangents.pop(value.cotangent, None)

    def _keep(self, values: dict[str, Value], stretch: Stretch, out: Mapping[str, Array]) -> None:
        """Put what a segment hands on to that of the ones before."""
        for value in self.stage.handed:
            if value.name not in values:
                values[value.name] = stretch.whole_like(out[value.name], value.domain)
            whole: Any = values[value.name]
            stretch.add(whole, out[value.name], value.domain)

    def _call(self, function: str, segment: Segment, values: Mapping[str, Value]) -> Any:
        """Call a generated function with what a segment has of the data."""
        stretch, inputs, reads = segment.stretch, self.segments.graph.inputs, self.work.reads[function]
        masks = {name: mask for name, mask in self.segments.masks.items() if name in reads}
        own = {**segment.states, **self._counts(stretch), **draw_masks(masks, inputs, self.noise, self.bound, stretch)}
        beside = [name for name in reads if name not in own]
        data: dict[str, Value] = dict(self.bound.data)  # of what is not read the shape is
        data |= {name: own[name] for name in reads if name in own}
        data |= {name: stretch.part(values[name], inputs[name].domain) for name in beside}
        index = self.stage.way.index
        lengths = self.bound.lengths if index is None else {**self.bound.lengths, index.name: stretch.counts}
        part = Bound(self.bound.params, data, lengths, self.bound.structure, self.bound.dims)
        return self.work.call(function, part, None, **{BEGIN: segment.begin})

    def _counts(self, stretch: Stretch) -> Arrays:
        """Return how many points of every sequence come before those that are given, and how many the cut one has."""
        own, found = self.stage.way.index, {LENGTH: stretch.lengths}
        for index in self.segments.graph.indices:
            if index.kind is Kind.SEQUENCE and index.name in self.bound.lengths:
                carried = self.chunk.carry.get(before(index), 0) if index.name == self.chunk.stream else 0
                count = stretch.before if index == own else np.zeros_like(self.bound.lengths[index.name])
                found[before(index)] = count + carried
        return {name: count.astype(self.work.dtype) for name, count in found.items()}

    def _initial(self) -> Arrays:
        """Return states that stand for nothing: the first segment begins as the spec says, tokens are absent."""
        found, batch = {}, len(next(iter(self.bound.lengths.values())))
        for name, info in self.segments.states.items():
            sizes = [self._extent(index) for index in axes(info.domain)]
            shape = (batch, *sizes, *(size.evaluate(self.bound.dims) for size in info.shape))
            found[name] = np.full(shape, -1 if info.whole else 0, np.intp if info.whole else self.work.dtype)
        return found

    def _extent(self, index: Index) -> int:
        if index.ragged:
            return int(self.bound.lengths[index.name].max(initial=0))
        return index.extent.evaluate(self.bound.dims)
