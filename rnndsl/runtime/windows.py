"""Long sequences without a gradient, window by window: what a call needs beside its results does not grow with them.

Products over all points of a window are large enough for full speed. States cross from one window to the next as from
chunk to chunk.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.runtime.binding import Bound
from rnndsl.runtime.carrying import axis_along, runs_along

Array = NDArray[Any]
Arrays = dict[str, Array]

#: From how many points of all examples together on a call is computed so. It costs one or two percent.
LONG: Final = 2**16
#: How many of these a window has at least, and how many steps.
POINTS: Final = 2**12
STEPS: Final = 256

#: Calls a generated function on a window: with its arguments and what the window before has left.
Call = Callable[[Bound, Mapping[str, Array]], tuple[Arrays, Arrays]]


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of a call along a sequence, `stream`: so many `steps` each."""

    graph: RecurrenceGraph
    stream: str
    bound: Bound
    steps: int

    def run(self, call: Call) -> Arrays:
        """Return the results of all windows, one after the other."""
        longest, found, carry = _longest(self.bound, self.stream), Arrays(), Arrays()
        for start, part in self:
            results, carry = call(part, carry)
            for name, value in results.items():
                axis = axis_along(_domain(self.graph, name), self.stream)
                if name not in found:
                    shape = (*value.shape[:axis], longest, *value.shape[axis + 1 :])
                    found[name] = np.empty(shape, value.dtype)
                found[name][_between(axis, start, start + value.shape[axis])] = value
        return found

    def __iter__(self) -> Iterator[tuple[int, Bound]]:
        """Yield where windows start, and their data."""
        lengths = self.bound.lengths[self.stream]
        for start in range(0, _longest(self.bound, self.stream), self.steps):
            own = np.clip(lengths - start, 0, self.steps)
            data = {name: self._part(name, value, start) for name, value in self.bound.data.items()}
            yield start, replace(self.bound, data=data, lengths={**self.bound.lengths, self.stream: own})

    def _part(self, name: str, value: Any, start: int) -> Any:
        domain = self.graph.inputs[name].domain
        if not runs_along(domain, self.stream):
            return value
        place = _between(axis_along(domain, self.stream), start, start + self.steps)
        return value[place] if isinstance(value, np.ndarray) else [one[place[1:]] for one in value]


def steps_of(graph: RecurrenceGraph, stream: str, bound: Bound) -> int:
    """Return how many steps the windows of a call have, 0 where it is computed as a whole.

    What lies on other sequences or on trees would be computed for every window, and of what belongs to a whole example
    there is no part.
    """
    alone = {index.name for index in graph.indices if index.ragged} == {stream}
    if not alone or not all(runs_along(info.domain, stream) for info in _results(graph)):
        return 0
    longest, examples = _longest(bound, stream), len(bound.lengths[stream])
    windows = longest // max(STEPS, -(-POINTS // max(examples, 1)))
    return -(-longest // windows) if windows > 1 and longest * examples >= LONG else 0


def _results(graph: RecurrenceGraph) -> list[Any]:
    """Return what calls return of a model, the loss and its terms aside, and the targets that are drawn."""
    terms = ("loss", *(f"{name}.{part}" for name in graph.inputs for part in ("nll", "weight")))
    targets = [info for info in graph.inputs.values() if info.role == "target"]
    return [*(info for info in graph.outputs.values() if info.name not in terms), *targets]


def _domain(graph: RecurrenceGraph, name: str) -> Any:
    """Return the indices of a result: of an output, or of what is drawn, and its log-probability, those of a target."""
    if name in graph.outputs:
        return graph.outputs[name].domain
    return graph.inputs[name.removesuffix(".log_prob")].domain


def _longest(bound: Bound, stream: str) -> int:
    return int(bound.lengths[stream].max(initial=0))


def _between(axis: int, start: int, stop: int) -> tuple[slice, ...]:
    return (*[slice(None)] * axis, slice(start, stop))
