"""Scheduling: a recurrence graph becomes steps, loops, layouts and storage."""

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.schedule.layouts import choose_layouts
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.placement import place_nodes
from rnndsl.schedule.plan import Schedule
from rnndsl.schedule.reads import split_reads
from rnndsl.schedule.storage import find_halos, find_home, plan_storage


def make_schedule(graph: RecurrenceGraph) -> Schedule:
    """Decide order, loops, placement, layouts and storage for a graph."""
    graph = split_reads(graph)
    steps = place_nodes(graph, make_loops(graph))
    home = find_home(steps)
    layouts = choose_layouts(graph, steps, home)
    return Schedule(graph, steps, home, plan_storage(graph, steps, layouts), find_halos(graph), layouts)
