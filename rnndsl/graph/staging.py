"""The graphs of stages: what one is handed by earlier ones is an input, and its cotangent goes back to them.

The objective of a stage is

    the loss, if that is its  +  the sum of cotangents times what it hands on,

so its gradient with respect to parameters is its share of the whole gradient, and that with respect to what it was
handed is a cotangent for the stages before. (Reverse accumulation on the graph of stages.)
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from string import ascii_lowercase

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.errors import NotCutError
from rnndsl.graph.graph import InputInfo, OutputInfo, RecurrenceGraph
from rnndsl.graph.mirroring import mirror
from rnndsl.graph.node import Labels
from rnndsl.graph.stages import Plan, plan_stages
from rnndsl.graph.totals import end_as_total, split_totals
from rnndsl.graph.ways import Way, closes
from rnndsl.indices import Domain
from rnndsl.ops import DType, Op

OBJECTIVE = "objective"


@dataclass(frozen=True, slots=True)
class Handed:
    """A value that a stage hands on to later ones, on which indices it lies, and whether it has a cotangent."""

    name: str
    domain: Domain
    real: bool

    @property
    def cotangent(self) -> str:
        """The name of what holds its cotangent."""
        return f"d {self.name}"


@dataclass(frozen=True)
class Stage:
    """What is computed along one way, of what it has `taken` of earlier stages and of data.

    Its `graph` has as outputs what it hands on, and its objective. Where the way is from the end of a sequence, the
    graph takes and gives data that are turned round.
    """

    graph: RecurrenceGraph
    way: Way
    taken: tuple[Handed, ...]
    handed: tuple[Handed, ...]


def of_loss(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return what the loss and its terms need.

    Raises:
        NotCutError: there is no loss.
    """
    if "loss" not in graph.outputs:
        raise NotCutError("it has no loss")
    outputs = [output for name, output in graph.outputs.items() if name == "loss" or name.endswith((".nll", ".weight"))]
    return finish(Builder.of(graph), graph, outputs)


def make_stages(graph: RecurrenceGraph) -> tuple[Stage, ...]:
    """Return the stages of a loss in the order in which they run.

    Raises:
        NotCutError: nothing of it, or not all that it has along sequences, can be cut along one.
    """
    plan = plan_stages(split_totals(graph))
    if all(way.index is None for way in plan.ways):
        raise NotCutError("nothing in it goes along a sequence, which is what is cut")
    for component in plan.uncut():
        line = min(filter(None, (plan.graph.nodes[number].span.line for number in component)), default=0)
        where = f" (line {line})" if line else ""
        raise NotCutError(f"a recurrence goes along no sequence in one direction alone{where}")
    return _Staging(plan).run()


@dataclass
class _Staging:
    """From the last stage to the first: `wanted` are by stage the nodes that it hands on."""

    plan: Plan
    wanted: dict[int, dict[int, None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.graph = self.plan.graph
        self.named = {e.node: e.name for e in reversed(list(self.graph.equations.values()))}
        for name, output in self.graph.outputs.items():
            for operand in self.graph.nodes[output.node].operands[:1]:
                self.named.setdefault(operand, name)  # a sum of every example by itself

    def run(self) -> tuple[Stage, ...]:
        found, last = list[Stage](), self.plan.place[self.graph.outputs["loss"].node]
        for number in reversed(range(len(self.plan.ways))):
            outputs = list(self.graph.outputs.values()) if number == last else []
            handed = list(self.wanted.get(number, {}))
            if outputs or handed:
                found.append(self._stage(number, outputs, handed))
        return tuple(reversed(found))

    def _stage(self, stage: int, outputs: list[OutputInfo], handed: list[int]) -> Stage:
        own, taken = self._own(stage, [*handed, *(output.node for output in outputs)])
        builder, way = Builder.of(self.graph), self.plan.ways[stage]
        inputs = dict(self.graph.inputs)
        replaced = {number: self._take(builder, number, inputs) for number in taken}
        for number in own:
            node = self.graph.nodes[number]
            operands = tuple(replaced.get(operand, operand) for operand in node.operands)
            builder.nodes[number] = replace(node, operands=operands)
        terms = [output.node for output in outputs if output.name == "loss"]
        given = list(map(self._handed, handed))
        for number, info in zip(handed, given, strict=True):
            value = self._value(builder, number, way)
            outputs = [*outputs, OutputInfo(info.name, value, info.domain)]
            if info.real:
                inputs[info.cotangent] = self._info(number, info.cotangent)
                terms.append(dot(builder, builder.input(inputs[info.cotangent]), value))
        objective = builder.apply(Op.ADD, *terms) if terms else builder.const(0)
        outputs = [*outputs, OutputInfo(OBJECTIVE, objective, ())]
        made = finish(builder, replace(self.graph, inputs=inputs), outputs)
        made = mirror(made, way.index) if way.index is not None and not way.forward else made
        return Stage(made, way, tuple(map(self._handed, taken)), tuple(given))

    def _own(self, stage: int, roots: Iterable[int]) -> tuple[list[int], list[int]]:
        """Return what a stage computes by itself, and what it is handed; that is wanted of earlier ones."""
        own, taken = dict[int, None](), dict[int, None]()
        stack = list(roots)
        top = set(stack)
        while stack:
            number = stack.pop()
            if number in own or number in taken:
                continue
            if number in top or self.plan.is_made(number, stage):
                own[number] = None
                stack += self.graph.nodes[number].operands
            else:
                taken[number] = None
                self.wanted.setdefault(self.plan.place[number], {})[number] = None
        return list(own), sorted(taken)

    def _handed(self, number: int) -> Handed:
        node = self.graph.nodes[number]
        return Handed(self._name(number), node.domain, node.dtype is DType.REAL)

    def _name(self, number: int) -> str:
        return f"{self.named.get(number, f'value {number}')}@all"

    def _take(self, builder: Builder, number: int, inputs: dict[str, InputInfo]) -> int:
        """Return what stands for a value that is handed."""
        node, name = self.graph.nodes[number], self._name(number)
        builder.span = node.span
        inputs[name] = self._info(number, name)
        source = builder.input(inputs[name])
        return builder.apply(Op.LESS, builder.const(0.5), source) if node.dtype is DType.BOOL else source

    def _info(self, number: int, name: str) -> InputInfo:
        """Return an input for a value, or for its cotangent."""
        node, points = self.graph.nodes[number], self._points(number)
        token, point = (None, None) if points is None else (points.token, points.point)
        return InputInfo(name, node.domain, node.shape, token, "input", node.span, point)

    def _points(self, number: int) -> InputInfo | None:
        """Return the data from which tokens or points come."""
        node = self.graph.nodes[number]
        while node.dtype is DType.INT and node.op is not Op.INPUT:
            node = self.graph.nodes[node.operands[-1 if node.op is Op.WHERE else 0]]
        return self.graph.inputs[str(node.attr)] if node.dtype is DType.INT else None

    def _value(self, builder: Builder, number: int, way: Way) -> int:
        """Return what is handed on of a node: numbers for conditions, sums for ends."""
        node = self.graph.nodes[number]
        if node.dtype is DType.BOOL:
            return builder.apply(Op.WHERE, number, builder.const(1), builder.const(0))
        if node.op is Op.READ and way.index is not None and closes(self.graph, number, way):
            return end_as_total(builder, number, way.index)
        return number


def dot(builder: Builder, cotangent: int, value: int) -> int:
    """Return the sum of all products, of all points and examples."""
    labels = ascii_lowercase[: len(builder.nodes[cotangent].shape)]
    return builder.contract(Labels((labels, labels), ""), [cotangent, value], (), batch=False)
