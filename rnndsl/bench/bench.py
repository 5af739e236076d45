"""Timing a program's calls on a batch, and telling what they are made of."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import numpy as np

from rnndsl.bench.predict import Prediction
from rnndsl.bench.profile import OTHER, Profile, Profiler, instrumented, with_functions
from rnndsl.bench.workload import Sizes, draw_workload
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import Case

#: What is expected of a program's longer call on a batch.
Expect = Callable[[Program, Case], Prediction]

GRADIENT: Final = "gradient of "
COSTS: Final = ("forward", "gradient", "products", "operations")
PLACE: Final = re.compile(r"(?P<place>\S+:\d+)  (?P<text>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with the quartiles around it, in the unit of the times."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(times: Sequence[float]) -> "Spread":
        """Summarise times."""
        low, middle, high = np.quantile(times, [0.25, 0.5, 0.75]).tolist()
        return Spread(middle, low, high)


@dataclass(frozen=True, slots=True)
class Row:
    """What an equation costs, in seconds: its values, its gradient, and the products of both alone.

    `expected` are those of the cost model, None where the code goes by other units than equations.
    """

    place: str
    text: str
    forward: float
    gradient: float
    products: float
    operations: float
    expected: float | None = None

    @property
    def total(self) -> float:
        """Values and gradient."""
        return self.forward + self.gradient


@dataclass(frozen=True, slots=True)
class Report:
    """What a batch takes: a call forward, one with the gradient (None without a loss), and by equation.

    `products` are those of the longer call alone, the least that it takes; `memory` are the bytes of its buffers;
    `other` is what belongs to no equation. The rows are of an instrumented run, which is a little slower. `expected` is
    what the cost model says of the longer call with one thread.
    """

    forward: Spread
    training: Spread | None
    products: float
    operations: float
    memory: int
    points: int
    rows: tuple[Row, ...]
    other: float
    expected: Prediction | None = None

    @property
    def longest(self) -> Spread:
        """The longer one of the calls."""
        return self.training or self.forward


def bench(program: Program, sizes: Sizes, *, rounds: int = 9, seed: int = 0, expected: Expect | None = None) -> Report:
    """Time calls of a program all of whose dimensions are known, on random data, beside what is `expected` of them.

    Raises:
        DataError: the data would not fit into memory.
    """
    case = draw_workload(program, sizes, seed)
    calls = _calls(program, case)
    namespace, clock = instrumented(program.source)
    own = _calls(with_functions(program, namespace), case)
    profiler = Profiler(own["training" if "training" in own else "forward"], clock)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(_timed(call))
        profiler.round()
    found = profiler.profile()
    longest = expected(program, case) if expected else None
    spreads = {each: Spread.of(values) for each, values in times.items()}
    return Report(
        forward=spreads["forward"],
        training=spreads.get("training"),
        products=sum(found.products.values()),
        operations=sum(found.operations.values()),
        memory=_memory(namespace),
        points=_points(case),
        rows=_rows(found, longest.parts if longest else {}),
        other=found.seconds.get(OTHER, 0.0),
        expected=longest,
    )


def _calls(program: Program, case: Case) -> dict[str, Callable[[], Any]]:
    points: dict[str, Any] = {"lengths": case.lengths or None, "structure": case.structure or None}
    found: dict[str, Callable[[], Any]] = {"forward": lambda: program.run(case.params, case.data, **points)}
    if "loss" in program.graph.outputs:
        found["training"] = lambda: program.loss_and_grad(case.params, case.data, **points)
    return found


def _timed(call: Callable[[], Any]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


def _rows(found: Profile, expected: Mapping[str, float]) -> tuple[Row, ...]:
    """Join what was measured and what was expected by equation, the most expensive ones first."""
    parts: dict[tuple[str, str], dict[str, float]] = {}
    known = expected.keys() & found.seconds.keys() - {OTHER}
    for part in (part for part in found.seconds if part != OTHER):
        match = PLACE.fullmatch(part.removeprefix(GRADIENT))
        key = (match["place"], match["text"]) if match else ("", part)
        costs = parts.setdefault(key, dict.fromkeys(COSTS, 0.0))
        costs["gradient" if part.startswith(GRADIENT) else "forward"] += found.seconds[part]
        costs["products"] += found.products.get(part, 0.0)
        costs["operations"] += found.operations.get(part, 0.0)
        if part in known:
            costs["expected"] = costs.get("expected", 0.0) + expected[part]
    rows = [Row(place, text, **costs) for (place, text), costs in parts.items()]
    return tuple(sorted(rows, key=lambda row: -row.total))


def _memory(namespace: Mapping[str, Any]) -> int:
    """Return how many bytes the buffers of all calls so far hold."""
    spaces = [space for spaces in namespace["POOLS"].values() for space in spaces]
    return sum(array.nbytes for space in spaces for array in space.buffers.values())


def _points(case: Case) -> int:
    """Return the number of points of the batch: those of its longest index."""
    counts = [sum(own) for own in case.lengths.values()]
    counts += [sum(map(len, forest)) for forest in case.structure.values()]
    return max(counts, default=case.examples)
