"""Differentiation: a graph becomes one that also gives the gradients of an output.

Cotangents run against the edges, component by component; inside a cycle the cotangents of what is read at other points
are placeholders until all their contributions are known. So backpropagation through time is not written anywhere: it is
what the cycles of the adjoint graph do. (Reverse accumulation, Speelpenning 1980, on equations over index sets.)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rnndsl.autodiff.fit import fit
from rnndsl.autodiff.hazards import hazards
from rnndsl.autodiff.rules import FITTED, RULES
from rnndsl.autodiff.site import Site
from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import EquationInfo, InputInfo, OutputInfo, ParamInfo, RecurrenceGraph
from rnndsl.graph.node import Node
from rnndsl.graph.order import MOVING, same_point_order
from rnndsl.indices import ordered
from rnndsl.ops import DType, Op


def differentiate(graph: RecurrenceGraph, output: str = "loss", wrt: Sequence[str] | None = None) -> RecurrenceGraph:
    """Return the graph with outputs `d OUTPUT/d NAME` for parameters and real inputs.

    Args:
        graph: What to differentiate; it may itself be a result of this.
        output: The output; of one that is not a scalar, the sum of all its entries is differentiated.
        wrt: Names of parameters and real inputs; all of them unless said, but no targets and nothing frozen.

    Returns:
        A graph whose further outputs have the shapes of the parameters and inputs; zeros where nothing depends on one.

    Raises:
        KeyError: an unknown output or name.
        GraphError: a read that has no inverse.
    """
    names = list(wrt) if wrt is not None else default_names(graph)
    known = _sources(graph)
    sources = {name: known.get(_source(graph, name), []) for name in names}
    reverse = _Reverse(graph, Builder.of(graph), {number for found in sources.values() for number in found})
    reverse.run(graph.outputs[output].node)
    gradients = [reverse.gradient(f"d {output}/d {name}", _info(graph, name), found) for name, found in sources.items()]
    new = {info.name for info in gradients}
    kept = [info for name, info in graph.outputs.items() if name not in new]
    return finish(reverse.builder, graph, [*kept, *gradients], reverse.equations())


def default_names(graph: RecurrenceGraph) -> list[str]:
    """Return what gradients are given for unless said: parameters that are not frozen, and real inputs."""
    params = [name for name, info in graph.params.items() if not info.frozen]
    return params + [n for n, info in graph.inputs.items() if not info.whole and info.role != "target"]


def _info(graph: RecurrenceGraph, name: str) -> ParamInfo | InputInfo:
    return graph.params[name] if name in graph.params else graph.inputs[name]


def _source(graph: RecurrenceGraph, name: str) -> tuple[Op, str]:
    """Return what the nodes of a parameter or input are.

    Raises:
        KeyError: there is no parameter or real input of the name.
    """
    op = Op.PARAM if name in graph.params else Op.INPUT
    if op is Op.INPUT and graph.inputs[name].whole:
        raise KeyError(name)
    return op, name


def _sources(graph: RecurrenceGraph) -> dict[tuple[Op, str], list[int]]:
    """Return the nodes of all parameters and inputs."""
    found: dict[tuple[Op, str], list[int]] = {}
    for number, node in graph.nodes.items():
        if node.op in {Op.PARAM, Op.INPUT}:
            found.setdefault((node.op, str(node.attr)), []).append(number)
    return found


@dataclass
class _Reverse:
    """The state of a reverse accumulation: contributions by node, and cotangents once they are complete."""

    graph: RecurrenceGraph
    builder: Builder
    sources: set[int]
    contributions: dict[int, list[int]] = field(default_factory=dict)
    cotangents: dict[int, int] = field(default_factory=dict)

    def run(self, output: int) -> None:
        """Walk the components from the output to the sources."""
        active = self.active(output)
        if output not in active:
            return
        guarded = hazards(self.graph, active)
        self.builder.adjoint = 1 + max(node.adjoint for node in self.graph.nodes.values())
        self.contributions[output] = [self.builder.const(1)]
        for component in reversed(self.graph.components):
            members = [number for number in reversed(same_point_order(self.graph, component)) if number in active]
            states = self.states(members) if self.graph.is_cyclic(component) else []
            self.promise(states)
            for number in members:
                self.push(number, active, guarded=number in guarded)
            self.keep_promises(states)

    def equations(self) -> dict[str, EquationInfo]:
        """Return the equations, with the cotangent of `h` as `d h`, so that code and pictures can name it."""
        known = dict(self.graph.equations)
        for name, info in self.graph.equations.items():
            if info.node in self.cotangents:
                known.setdefault(f"d {name}", replace(info, name=f"d {name}", node=self.cotangents[info.node]))
        return known

    def states(self, members: Sequence[int]) -> list[int]:
        """Return the nodes of a cycle that are read at other points in it: every cycle goes through one."""
        reads = [self.graph.nodes[number] for number in members if self.graph.nodes[number].op in MOVING]
        read = {node.operands[0] for node in reads}
        return [number for number in members if number in read]

    def active(self, output: int) -> set[int]:
        """Return the nodes on a differentiable path from a source to the output."""
        users: dict[int, list[int]] = {}
        for number, node in self.graph.nodes.items():
            for operand in self.differentiable(node):
                users.setdefault(operand, []).append(number)
        upwards = _reach(self.sources, users)
        downwards = _reach({output}, {n: self.differentiable(node) for n, node in self.graph.nodes.items()})
        return upwards & downwards

    def differentiable(self, node: Node) -> list[int]:
        """Return the operands that a node gives contributions to."""
        if RULES[node.op] is None:
            return []
        return [operand for operand in node.operands if self.graph.nodes[operand].dtype is DType.REAL]

    def promise(self, states: Sequence[int]) -> None:
        """Make the cotangents of a cycle's states placeholders."""
        for number in states:
            node = self.graph.nodes[number]
            self.builder.span = node.span
            key = f"d{number}"
            self.cotangents[number] = self.builder.placeholder(key, node.domain, node.shape, batch=node.batch)

    def keep_promises(self, states: Sequence[int]) -> None:
        """Define the placeholders by the sums of contributions."""
        for number in states:
            self.builder.define(self.cotangents[number], self.sum(number))

    def push(self, number: int, active: set[int], *, guarded: bool) -> None:
        """Give contributions to the operands of a node."""
        node = self.graph.nodes[number]
        if number not in self.cotangents:
            if number not in self.contributions:  # a rule of its user has seen to it
                return
            self.cotangents[number] = self.sum(number)
        rule = RULES[node.op]
        if rule is None:
            return
        self.builder.span = node.span
        found = rule(Site(self.builder, number, guarded), self.cotangents[number])
        for operand, contribution in zip(node.operands, found, strict=True):
            if contribution is not None and operand in active:
                share = contribution
                if node.op not in FITTED:
                    share = fit(self.builder, share, self.graph.nodes[operand], (node.domain, node.batch))
                self.contributions.setdefault(operand, []).append(share)

    def sum(self, number: int) -> int:
        """Return the sum of a node's contributions, of the node's shape."""
        node = self.graph.nodes[number]
        self.builder.span = node.span
        found = self.contributions.get(number) or [self.builder.const(0)]
        result = found[0] if len(found) == 1 else self.builder.apply(Op.ADD, *found)
        made = self.builder.nodes[result]
        return self.builder.broadcast(result, made.domain, node.shape, batch=made.batch)

    def gradient(self, name: str, info: ParamInfo | InputInfo, sources: Sequence[int]) -> OutputInfo:
        """Return an output for the cotangent of a parameter or input, zero if it has none."""
        found = [self.cotangents[number] for number in sources if number in self.cotangents]
        self.builder.span = info.span
        parts = found or [self.builder.const(0)]
        result = parts[0] if len(parts) == 1 else self.builder.apply(Op.ADD, *parts)
        batch = isinstance(info, InputInfo)
        return OutputInfo(
            name, self.builder.broadcast(result, ordered(info.domain), info.shape, batch=batch), info.domain
        )


def _reach(roots: set[int], edges: "dict[int, list[int]]") -> set[int]:
    found, stack = set[int](), sorted(roots)
    while stack:
        number = stack.pop()
        if number not in found:
            found.add(number)
            stack.extend(edges.get(number, ()))
    return found
