"""Which nodes of a graph a picture shows, under which names, and what kind of thing each is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import click

from rnndsl.cli.view import View
from rnndsl.diagnostics.suggest import nearest
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.graph.unfold import Quantity, label, quantities
from rnndsl.indices import Index
from rnndsl.ops import Op
from rnndsl.viz.picture import Vertex

#: A node at a point: of an instance, what is left when closed ranges are taken together.
Key = tuple[int, tuple[int, ...]]


@dataclass(frozen=True)
class Selection:
    """Which nodes are shown, under which names, and which lead to what is far."""

    shown: Mapping[int, Quantity]
    kinds: Mapping[int, str]
    cycles: Mapping[int, int]
    far: frozenset[int]

    @staticmethod
    def of(graph: RecurrenceGraph, view: View) -> "Selection":
        """Choose by the options.

        Raises:
            UsageError: `--only` names what the model does not have.
        """
        known = _named(graph)
        shown = set(known) - _totals(graph)
        if not view.cells:
            shown -= _inside(graph)
        if view.only:
            shown = _chosen(graph, {quantity.name: number for number, quantity in known.items()}, view.only)
        if view.everything:
            shown = set(graph.nodes)
            for number, node in graph.nodes.items():
                name = str(node.attr) if node.op is Op.PARAM else f"{node.op.value}.{number}"
                known.setdefault(number, Quantity(name, node.domain))
        states = _states(graph)
        kinds = {number: _kind(graph, number, known[number].name, states) for number in shown}
        far = frozenset(_totals(graph) | _remembered(graph, states - shown))
        return Selection({number: known[number] for number in sorted(shown)}, kinds, _cycles(graph), far)

    def vertex(self, graph: RecurrenceGraph, key: Key, closed: Collection[Index]) -> Vertex:
        """Return how a node at a point is shown."""
        number, point = key
        quantity = self.shown[number]
        place = dict(zip((index for index in graph.nodes[number].domain if index not in closed), point, strict=True))
        indices = tuple(index for index in quantity.domain if index in place)
        at = tuple(place[index] for index in indices)
        return Vertex(label(quantity.name, at), quantity.name, self.kinds[number], indices, at, self.cycles.get(number))


def _named(graph: RecurrenceGraph) -> dict[int, Quantity]:
    """Return what has a name: data, equations, and outputs that are neither."""
    known = quantities(graph)
    taken = {quantity.name for quantity in known.values()}
    for info in graph.outputs.values():
        if info.node not in known and info.name not in taken:
            own = graph.nodes[info.node].domain
            known[info.node] = Quantity(info.name, tuple(index for index in info.domain if index in own))
    return known


def _totals(graph: RecurrenceGraph) -> set[int]:
    """Return the sums over the batch from which the loss is made: they are nobody's equation."""
    names = [f"{name}.{what}" for name in graph.inputs for what in ("nll", "weight")]
    return {graph.outputs[name].node for name in names if name in graph.outputs}


def _inside(graph: RecurrenceGraph) -> set[int]:
    """Return the equations of cells, without those that are the value of a cell."""
    named = quantities(graph)
    outputs = {info.node for info in graph.outputs.values()}
    own = {info.node for info in graph.equations.values()} - outputs
    return {number for number in own if "." in named[number].name.removesuffix(".nll")}


def _chosen(graph: RecurrenceGraph, known: Mapping[str, int], only: Sequence[str]) -> set[int]:
    for name in only:
        if name not in known:
            near = nearest(name, known)
            way = f" Did you mean `{near}`?" if near else f" It has {', '.join(f'`{each}`' for each in sorted(known))}."
            raise click.UsageError(f"--only: {graph.name} has no quantity `{name}`.{way}")
    return {known[name] for name in only}


def _kind(graph: RecurrenceGraph, number: int, name: str, states: Collection[int]) -> str:
    node = graph.nodes[number]
    if node.op is Op.INPUT:
        return graph.inputs[str(node.attr)].role
    if node.op is Op.PARAM:
        return "parameter"
    if "loss" in graph.outputs and graph.outputs["loss"].node == number:
        return "loss"
    if name not in graph.equations and name.removesuffix(".nll") not in graph.equations:
        return "output" if number in graph.returned else "operator"
    if name.removesuffix(".nll") in graph.inputs:
        return "likelihood"
    return "state" if number in states else "equation"


def _cycles(graph: RecurrenceGraph) -> dict[int, int]:
    cyclic = [part for part in graph.components if graph.is_cyclic(part)]
    return {number: place for place, part in enumerate(cyclic) for number in part}


def _states(graph: RecurrenceGraph) -> set[int]:
    """Return what a recurrence reads at other points of sequences, trees and dags."""
    cycles = _cycles(graph)
    reads = {
        number: graph.nodes[number].operands[0]
        for number in cycles
        if any(index.ragged for index in _moved(graph, number))
    }
    return {state for number, state in reads.items() if cycles.get(state) == cycles[number]}


def _remembered(graph: RecurrenceGraph, states: Collection[int]) -> set[int]:
    """Return the reads of states at other points."""
    return {number for number in graph.nodes if _moved(graph, number) and graph.nodes[number].operands[0] in states}


def _moved(graph: RecurrenceGraph, number: int) -> list[Index]:
    attr = graph.nodes[number].attr
    return [index for index, _ in attr.at] if isinstance(attr, ReadAt) else []
