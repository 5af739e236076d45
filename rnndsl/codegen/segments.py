"""The functions of mode "checkpoint": a segment of long sequences forward, and again with its gradient."""

from collections.abc import Callable
from dataclasses import dataclass

from rnndsl.codegen.context import Context
from rnndsl.codegen.function import Function
from rnndsl.codegen.results import batched_result, gradient_lines, terms_text
from rnndsl.codegen.text import quoted
from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import OutputInfo, RecurrenceGraph
from rnndsl.graph.segments import BEGIN, OBJECTIVE, weight_option
from rnndsl.ops import Op
from rnndsl.schedule.plan import Schedule

#: How a function's graph is scheduled, with the sequence whose chunks it takes ("" for none).
Plan = Callable[[RecurrenceGraph, str], Schedule]


@dataclass(frozen=True, slots=True)
class SegmentGraphs:
    """The graph of a segment, with what it leaves, and the one with the gradient of its objective."""

    forward: RecurrenceGraph
    gradient: RecurrenceGraph


def segment_functions(graphs: SegmentGraphs, plan: Plan) -> list[Function]:
    """Return `advance` and `retrace`."""
    left = [o for o in graphs.forward.outputs.values() if o.name not in {"loss", OBJECTIVE}]
    asked = [o for o in graphs.gradient.outputs.values() if o.name == "loss" or "/d " in o.name]
    return [_advance(only(graphs.forward, left), plan), _retrace(only(graphs.gradient, asked), plan)]


def only(graph: RecurrenceGraph, outputs: list[OutputInfo]) -> RecurrenceGraph:
    """Return what some outputs of a graph need."""
    return finish(Builder.of(graph), graph, outputs)


def _advance(graph: RecurrenceGraph, plan: Plan) -> Function:
    def returns(c: Context) -> list[str]:
        left = [output for output in c.schedule.graph.outputs.values() if "@" in output.name]
        lines = [f"out[{quoted(output.name)}] = {batched_result(c, output)}" for output in left]
        return ["out = {}", *lines, *terms_text(c), 'POOLS["advance"].append(ws)', "return out, terms"]

    return Function(
        "advance",
        f"params, data, {BEGIN}=True, lengths=None, noise=None",
        "Return what a segment leaves to the next one, and its terms.",
        plan(graph, ""),
        returns,
        seed="noise",
    )


def _retrace(graph: RecurrenceGraph, plan: Plan) -> Function:
    def returns(c: Context) -> list[str]:
        outputs = list(c.schedule.graph.outputs.values())
        grads = _gradients(outputs, lambda name: name in graph.params)
        given = _gradients(outputs, lambda name: name in graph.inputs)
        lines = ["grads, cotangents = {}, {}"]
        lines += gradient_lines(c, grads)
        lines += [f"cotangents[{quoted(name)}] = {batched_result(c, output)}" for name, output in given]
        total = f"total = float({c.value(c.schedule.graph.outputs['loss'].node)})"
        return [*lines, total, 'POOLS["retrace"].append(ws)', "return total, grads, cotangents"]

    options = {node.attr for node in graph.nodes.values() if node.op is Op.OPTION}
    targets = [name for name in graph.inputs if weight_option(name) in options]
    return Function(
        "retrace",
        f"params, data, weights, {BEGIN}=True, lengths=None, noise=None",
        "Return a segment's share of the loss and of the gradient, and the cotangents of what it was given.",
        plan(graph, ""),
        returns,
        header=tuple(f"{weight_option(name)} = device(weights[{quoted(name)}])" for name in targets),
        seed="noise",
    )


def _gradients(outputs: list[OutputInfo], chosen: Callable[[str], bool]) -> list[tuple[str, OutputInfo]]:
    start = f"d {OBJECTIVE}/d "
    named = [(output.name.removeprefix(start), output) for output in outputs if output.name.startswith(start)]
    return [(name, output) for name, output in named if chosen(name)]
