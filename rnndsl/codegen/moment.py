"""The module of one point: of a model that advances point by point, again and again, in batches of one point each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rnndsl.codegen.function import carried_names
from rnndsl.codegen.module import ModuleOptions, emit_module
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.moment import make_moment
from rnndsl.schedule.schedule import make_schedule


@dataclass(frozen=True, slots=True)
class MomentModule:
    """The text of a module whose `forward` computes one point; `states` are what is carried, `depth` points of each."""

    source: str
    states: Mapping[str, tuple[int, ...]]
    depth: int


def emit_moment(model: RecurrenceGraph, options: ModuleOptions) -> MomentModule | None:
    """Return the module of one point of an optimised model, None where a point cannot be computed by itself.

    It computes what the loop of `forward` does, with the same matrices turned: results are the same bit by bit.
    """
    name = options.streams.get("forward", "")
    stream = next((index for index in model.indices if index.name == name), None)
    if stream is None:
        return None
    schedule = make_schedule(model, name, clustered=options.fused, choices=options.choices)
    graph = schedule.graph
    outputs = {key: o for key, o in graph.outputs.items() if key != "loss" and not key.endswith((".nll", ".weight"))}
    graph = replace(graph, outputs=outputs)
    moment = make_moment(graph, stream, carried_names(schedule, name), schedule.home)
    if moment is None:
        return None
    turned = replace(options, streams={}, parts=False, turned=moment.recurrent)
    return MomentModule(emit_module(moment.graph, moment.graph, turned), moment.states, schedule.halos[stream])
