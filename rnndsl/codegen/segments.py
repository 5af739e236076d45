"""The functions of mode "checkpoint": a segment of every stage forward, and again with its gradient."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rnndsl.codegen.context import Context
from rnndsl.codegen.function import Function
from rnndsl.codegen.points import structures
from rnndsl.codegen.results import batched_result, gradient_lines, terms_text
from rnndsl.codegen.text import quoted
from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import OutputInfo, RecurrenceGraph
from rnndsl.graph.staging import OBJECTIVE
from rnndsl.graph.totals import BEGIN
from rnndsl.ops import Op
from rnndsl.schedule.plan import Schedule

#: What the names of gradients begin with.
START: Final = f"d {OBJECTIVE}/d "

#: How a function's graph is scheduled, with the sequence whose chunks it takes ("" for none).
Plan = Callable[[RecurrenceGraph, str], Schedule]


@dataclass(frozen=True, slots=True)
class SegmentGraphs:
    """The graph of a segment of a stage, with what it leaves, and the one with the gradient of its objective."""

    forward: RecurrenceGraph
    gradient: RecurrenceGraph


def advance_name(stage: int) -> str:
    """Return the name of the function that takes a stage, counted from 1, one segment further."""
    return f"advance_{stage}"


def retrace_name(stage: int) -> str:
    """Return the name of the function that takes a stage, counted from 1, one segment back."""
    return f"retrace_{stage}"


def segment_functions(graphs: Sequence[SegmentGraphs], plan: Plan) -> list[Function]:
    """Return the functions of all stages: to go forward if others need what it computes, back if it has a gradient."""
    found = []
    for number, stage in enumerate(graphs, 1):
        left = [o for o in stage.forward.outputs.values() if not _is_of_loss(o.name) and o.name != OBJECTIVE]
        asked = [output for output in stage.gradient.outputs.values() if _is_asked(stage.gradient, output)]
        found += [_advance(advance_name(number), only(stage.forward, left), plan)] if left else []
        found += [_retrace(retrace_name(number), only(stage.gradient, asked), plan)] if asked else []
    return found


def only(graph: RecurrenceGraph, outputs: list[OutputInfo]) -> RecurrenceGraph:
    """Return what some outputs of a graph need."""
    return finish(Builder.of(graph), graph, outputs)


def _is_of_loss(name: str) -> bool:
    return name == "loss" or name.endswith((".nll", ".weight"))


def _is_asked(graph: RecurrenceGraph, output: OutputInfo) -> bool:
    """Tell whether an output is the loss, or a gradient that is not 0 in any case."""
    if "/d " not in output.name:
        return _is_of_loss(output.name)
    node = graph.nodes[output.node]
    while node.op is Op.BROADCAST:
        node = graph.nodes[node.operands[0]]
    return node.op is not Op.CONST or bool(node.attr)


def _advance(name: str, graph: RecurrenceGraph, plan: Plan) -> Function:
    def returns(c: Context) -> list[str]:
        outputs = c.schedule.graph.outputs.values()
        lines = [f"out[{quoted(output.name)}] = {batched_result(c, output)}" for output in outputs]
        return ["out = {}", *lines, f"POOLS[{quoted(name)}].append(ws)", "return out"]

    summary = "Return what a segment leaves to the next one, and what it hands on."
    return Function(name, _signature(graph), summary, plan(graph, ""), returns)


def _retrace(name: str, graph: RecurrenceGraph, plan: Plan) -> Function:
    def returns(c: Context) -> list[str]:
        outputs = list(c.schedule.graph.outputs.values())
        given = _gradients(outputs, lambda name: name in graph.inputs)
        lines = ["grads, cotangents = {}, {}"]
        lines += gradient_lines(c, _gradients(outputs, lambda name: name in graph.params))
        lines += [f"cotangents[{quoted(name)}] = {batched_result(c, output)}" for name, output in given]
        loss = c.schedule.graph.outputs.get("loss")
        lines += [f"total = {'0.0' if loss is None else f'float({c.value(loss.node)})'}", *terms_text(c)]
        return [*lines, f"POOLS[{quoted(name)}].append(ws)", "return total, terms, grads, cotangents"]

    summary = "Return a segment's share of the loss and of the gradient, and the cotangents of what it was given."
    return Function(name, _signature(graph), summary, plan(graph, ""), returns)


def _signature(graph: RecurrenceGraph) -> str:
    trees = ", structure=None" if structures(graph) else ""
    return f"params, data, {BEGIN}=True, lengths=None{trees}"


def _gradients(outputs: list[OutputInfo], chosen: Callable[[str], bool]) -> list[tuple[str, OutputInfo]]:
    named = [(output.name.removeprefix(START), output) for output in outputs if output.name.startswith(START)]
    return [(name, output) for name, output in named if chosen(name)]
