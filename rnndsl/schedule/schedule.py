"""Scheduling: a recurrence graph becomes steps, loops, layouts and storage."""

from collections.abc import Mapping
from dataclasses import replace

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.schedule.choices import USUAL, Choices
from rnndsl.schedule.clusters import cluster
from rnndsl.schedule.crossing import begin_others, find_crossing
from rnndsl.schedule.folds import split_folds
from rnndsl.schedule.layouts import choose_layouts
from rnndsl.schedule.leaves import find_inner
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.placement import place_nodes
from rnndsl.schedule.plan import Loop, Place, Schedule, Step, Storage
from rnndsl.schedule.reads import split_reads
from rnndsl.schedule.rings import keep_windows
from rnndsl.schedule.sharing import share_buffers
from rnndsl.schedule.shifts import find_shifts
from rnndsl.schedule.storage import find_halos, find_home, plan_storage
from rnndsl.schedule.unrolling import unroll_ranges


def make_schedule(
    graph: RecurrenceGraph,
    stream: str = "",
    *,
    clustered: bool = False,
    spent: bool = False,
    choices: Choices = USUAL,
) -> Schedule:
    """Decide order, loops, placement, layouts and storage for a graph.

    `stream` is the sequence whose chunks one call after the other is given. `clustered` is an order for kernels, which
    do several steps row by row. What parameters alone make is `spent` in a call that makes it again the next time.
    """
    walked = next((index for index in graph.indices if index.name == stream), None)
    graph = split_reads(unroll_ranges(begin_others(graph, walked)))
    graph = split_folds(graph) if clustered else graph
    steps = place_nodes(graph, make_loops(graph), choices, kernels=clustered)
    steps = cluster(graph, steps) if clustered else steps
    home = find_home(steps)
    layouts = choose_layouts(graph, steps, home)
    crossing = find_crossing(graph, walked, layouts)
    shifts = find_shifts(graph, home, layouts) if clustered else frozenset()
    storage = plan_storage(graph, steps, layouts, crossing, shifts, kernels=clustered)
    steps = _without_copies(steps, home, storage)
    halos, inner = find_halos(graph), find_inner(graph, steps)
    plan = Schedule(graph, steps, home, storage, halos, layouts, walked, crossing, inner, shifts, clustered, spent)
    storage = keep_windows(plan)
    if choices.shared:
        storage = share_buffers(graph, steps, (storage, layouts), clustered=clustered, spent=spent)
    return replace(plan, storage=storage)


def _without_copies(
    steps: tuple[Step, ...], home: Mapping[int, tuple[Loop, ...]], storage: Mapping[int, Storage]
) -> tuple[Step, ...]:
    """Leave out what would be taken from a loop again although the loop itself fills a buffer with all points of it."""
    kept = (s for s in steps if isinstance(s, Loop) or s.node not in home or storage[s.node].place is Place.VIEW)
    return tuple(kept)
