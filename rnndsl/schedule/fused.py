"""Work with kernels: runs of pointwise statements are one call each, as the numba backend writes them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from rnndsl.schedule.plan import Place, Schedule
from rnndsl.schedule.pointwise import is_pointwise
from rnndsl.schedule.work import LIGHT, Kind, Work

#: For how many calls of NumPy a run stands at least, if it is a kernel, and as how many the call of one counts.
FEWEST: Final = 3
CALL: Final = 5
#: How much less a number takes, which stays in a register, than in a call of NumPy: by what is done with it.
TIMES: Final = {LIGHT: 0.25, Kind.TANH: 0.5, Kind.EXP: 0.5}
#: Which share of the arrays is still read or written.
KEPT: Final = 0.4


def fuse(schedule: Schedule, work: Iterable[Work]) -> Iterator[Work]:
    """Yield the work of a schedule whose statements are in an order for kernels."""
    run: list[Work] = []
    for one in work:
        if one.node is not None and _joins(schedule, run, one.node):
            run.append(one)
            continue
        yield from _kernel(run)
        run = []
        yield one
    yield from _kernel(run)


def _joins(schedule: Schedule, run: list[Work], number: int) -> bool:
    """Tell whether a statement can be in a kernel with those before: it is pointwise, and in the same loop."""
    if schedule.storage[number].place is Place.VIEW:
        return bool(run)
    alike = not run or run[0].node is None or schedule.home.get(number) == schedule.home.get(run[0].node)
    return alike and is_pointwise(schedule.graph, number)


def _kernel(run: list[Work]) -> Iterator[Work]:
    if sum(one.calls > 0 for one in run) < FEWEST:
        yield from run
        return
    steps = min(one.calls for one in run if one.calls)
    for place, one in enumerate(run):
        numbers = {kind: TIMES.get(kind, 1.0) * count for kind, count in one.numbers.items()}
        yield replace(one, calls=0.0 if place else CALL * steps, numbers=numbers, rows=0.0, far=KEPT * one.far)
