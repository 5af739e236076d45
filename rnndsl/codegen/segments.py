"""The functions of mode "checkpoint": a segment of every stage forward, and again with its gradient."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rnndsl.codegen.context import Context
from rnndsl.codegen.function import Function
from rnndsl.codegen.results import batched_result, gradient_lines, terms_text
from rnndsl.codegen.text import quoted
from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import OutputInfo, RecurrenceGraph
from rnndsl.graph.segments import BEGIN
from rnndsl.graph.staging import OBJECTIVE
from rnndsl.schedule.plan import Schedule

#: How a function's graph is scheduled, with the sequence whose chunks it takes ("" for none).
Plan = Callable[[RecurrenceGraph, str], Schedule]


@dataclass(frozen=True, slots=True)
class SegmentGraphs:
    """The graph of a segment of a stage, with what it leaves, and the one with the gradient of its objective."""

    forward: RecurrenceGraph
    gradient: RecurrenceGraph


def segment_functions(graphs: Sequence[SegmentGraphs], plan: Plan) -> list[Function]:
    """Return `advance_1`, `retrace_1`, ... of all stages; one that hands nothing on has no former."""
    found = []
    for number, stage in enumerate(graphs, 1):
        left = [o for o in stage.forward.outputs.values() if not _is_of_loss(o.name) and o.name != OBJECTIVE]
        asked = [o for o in stage.gradient.outputs.values() if _is_of_loss(o.name) or "/d " in o.name]
        found += [_advance(f"advance_{number}", only(stage.forward, left), plan)] if left else []
        found.append(_retrace(f"retrace_{number}", only(stage.gradient, asked), plan))
    return found


def only(graph: RecurrenceGraph, outputs: list[OutputInfo]) -> RecurrenceGraph:
    """Return what some outputs of a graph need."""
    return finish(Builder.of(graph), graph, outputs)


def _is_of_loss(name: str) -> bool:
    return name == "loss" or name.endswith((".nll", ".weight"))


def _advance(name: str, graph: RecurrenceGraph, plan: Plan) -> Function:
    def returns(c: Context) -> list[str]:
        outputs = [(output.name, output) for output in c.schedule.graph.outputs.values()]
        alone = [(n, output) for n, output in outputs if not _has_batch(c, output)]
        lines = [f"out[{quoted(n)}] = {batched_result(c, o)}" for n, o in outputs if _has_batch(c, o)]
        shared = [line.replace("grads[", "out[", 1) for line in gradient_lines(c, alone)]
        return ["out = {}", *lines, *shared, f"POOLS[{quoted(name)}].append(ws)", "return out"]

    return Function(
        name,
        f"params, data, {BEGIN}=True, lengths=None, noise=None",
        "Return what a segment leaves to the next one, and what it hands on.",
        plan(graph, ""),
        returns,
        seed="noise",
    )


def _has_batch(c: Context, output: OutputInfo) -> bool:
    return c.node(output.node).batch


def _retrace(name: str, graph: RecurrenceGraph, plan: Plan) -> Function:
    def returns(c: Context) -> list[str]:
        outputs = list(c.schedule.graph.outputs.values())
        grads = _gradients(outputs, lambda name: name in graph.params)
        given = _gradients(outputs, lambda name: name in graph.inputs)
        lines = ["grads, cotangents = {}, {}"]
        lines += gradient_lines(c, grads)
        lines += [f"cotangents[{quoted(name)}] = {batched_result(c, output)}" for name, output in given]
        loss = c.schedule.graph.outputs.get("loss")
        total = f"total = {'0.0' if loss is None else f'float({c.value(loss.node)})'}"
        return [*lines, total, *terms_text(c), f"POOLS[{quoted(name)}].append(ws)", "return total, terms, grads, cotangents"]

    return Function(
        name,
        f"params, data, {BEGIN}=True, lengths=None, noise=None",
        "Return a segment's share of the gradient, and the cotangents of what it was given; the loss, if it has it.",
        plan(graph, ""),
        returns,
        seed="noise",
    )


def _gradients(outputs: list[OutputInfo], chosen: Callable[[str], bool]) -> list[tuple[str, OutputInfo]]:
    start = f"d {OBJECTIVE}/d "
    named = [(output.name.removeprefix(start), output) for output in outputs if output.name.startswith(start)]
    return [(name, output) for name, output in named if chosen(name)]
