"""Scheduling: a recurrence graph becomes steps, loops and storage."""

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.schedule.loops import make_loops
from rnndsl.schedule.placement import place_nodes
from rnndsl.schedule.plan import Schedule
from rnndsl.schedule.reads import split_reads
from rnndsl.schedule.storage import find_halos, find_home, plan_storage


def make_schedule(graph: RecurrenceGraph) -> Schedule:
    """Decide order, loops, placement and storage for a graph."""
    graph = split_reads(graph)
    steps = place_nodes(graph, make_loops(graph))
    return Schedule(graph, steps, find_home(steps), plan_storage(graph, steps), find_halos(graph))
