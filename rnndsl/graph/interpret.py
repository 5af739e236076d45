"""The reference interpreter: evaluates the unfolded graph instance by instance, and so defines the language.

Slow on purpose. Values are pulled from the outputs with an explicit stack, so only points that are needed are
computed, and of `a if c else b` only the branch taken.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

import numpy as np

from rnndsl.graph.errors import GraphError
from rnndsl.graph.graph import OutputInfo, RecurrenceGraph
from rnndsl.graph.instances import Extents, Instance, Row, Structure, axes, instance, rows
from rnndsl.graph.meaning import INTERPRET
from rnndsl.graph.site import Array, Feed, Site, Value
from rnndsl.indices import Kind
from rnndsl.ops import Op

Result = Array | list[Array]


@dataclass(frozen=True)
class Call:
    """Everything beside the graph: data (see `Feed`), dimensions and lengths by index."""

    feed: Feed
    extents: Extents


@dataclass
class Machine:
    """Evaluates instances of a graph on demand, and keeps their values."""

    graph: RecurrenceGraph
    call: Call
    values: dict[Instance, Value] = field(default_factory=dict)

    def value(self, wanted: Instance) -> Value:
        """Evaluate an instance and all that it needs.

        Raises:
            GraphError: the value needs itself.
        """
        stack, opened = [wanted], set[Instance]()
        while stack:
            top = stack[-1]
            if top in self.values:
                stack.pop()
                continue
            given = self.rows(top)
            missing = [operand for row in given for operand in row if operand not in self.values]
            if any(operand in opened or operand == top for operand in missing):
                raise GraphError(f"its value at {top.point} needs itself: no order of evaluation exists", top.node)
            if missing:
                opened.add(top)
                stack.extend(reversed(missing))
            else:
                opened.discard(top)
                self.values[top] = self.apply(top, given)
        return self.values[wanted]

    def rows(self, at: Instance) -> tuple[Row, ...]:
        """Return the operands; those of a choice with a scalar condition are the condition and what it chooses."""
        given = rows(self.graph, self.call.extents, at)
        if not self.lazy(at):
            return given
        condition, yes, no = given[0]
        if condition not in self.values:
            return ((condition,),)
        return ((condition, yes if self.values[condition] else no),)

    def lazy(self, at: Instance) -> bool:
        """Whether an instance is a choice between branches of which one is evaluated."""
        node = self.graph.nodes[at.node]
        return node.op is Op.WHERE and not self.graph.nodes[node.operands[0]].shape

    def apply(self, at: Instance, given: tuple[Row, ...]) -> Value:
        """Apply the operator's rule and check the shape of what it gives."""
        node = self.graph.nodes[at.node]
        env = dict(zip(node.domain, at.point, strict=True))
        site = Site(self.graph, self.call.extents, self.call.feed, node, env, at.example)
        value = np.asarray(INTERPRET[node.op](site, [[self.values[i] for i in row] for row in given]))
        if value.shape != site.shape:
            value = _broadcast(value, site.shape, at.node)
        return value

    def output(self, info: OutputInfo) -> Result:
        """Collect an output's points: axes in the order in which it was declared, then the value."""
        node = self.graph.nodes[info.node]
        if node.batch or any(index.ragged for index in info.domain):
            return [self.collect(info, example) for example in range(self.call.extents.examples)]
        return self.collect(info, None)

    def collect(self, info: OutputInfo, example: int | None) -> Array:
        """Collect the points of one example."""
        extents, node = self.call.extents, self.graph.nodes[info.node]
        counts = [len(list(extents.grid(group, example))) for group in axes(info.domain)]
        shape = tuple(size.evaluate(extents.dims) for size in node.shape)
        points = extents.grid(info.domain, example)
        found = [self.value(instance(self.graph, info.node, env, example)) for env in points]
        return np.stack(found).reshape((*counts, *shape)) if found else np.zeros((*counts, *shape))


def _broadcast(value: Value, shape: tuple[int, ...], number: int) -> Value:
    if value.shape:
        raise GraphError(f"its value has shape {value.shape}, not {shape}", number)
    return np.broadcast_to(value, shape)


class Points(TypedDict, total=False):
    """Where the points of ragged indices come from.

    `lengths` has by sequence one number per example; it is found from the data where data carries the sequence.
    `structure` has by tree or dag for every example the children of every node (see `Extents`).
    """

    lengths: Mapping[str, Sequence[int]] | None
    structure: Mapping[str, Sequence[Structure]] | None


def interpret(
    graph: RecurrenceGraph,
    params: Mapping[str, Array],
    data: Mapping[str, Sequence[Array]],
    *,
    dims: Mapping[str, int],
    outputs: Iterable[str] | None = None,
    **points: Unpack[Points],
) -> dict[str, Result]:
    """Evaluate outputs (all, unless named).

    Args:
        graph: The graph.
        params: By name; axes are the family's ranges, then the value's.
        data: Inputs and targets by name: one array per example, `[points..., value...]`; absent tokens are negative.
            Dropout masks and random numbers by key, in the same form; without one, dropout is the identity and a draw
            the neutral one. A number that comes with the call is `option NAME`, a list of it alone. What varies over
            the nodes of a tree and their children has one axis for both, its edges: node by node, in the order of
            children.
        dims: The dimensions' numbers.
        outputs: Names of the outputs.
        points: `lengths` and `structure`, see `Points`.

    Returns:
        By name, an array `[points..., value...]`; for what varies over the batch a list with one for every example.

    Raises:
        GraphError: the graph is not well formed.
    """
    machine = machine_for(graph, params, data, dims=dims, **points)
    names = graph.outputs if outputs is None else outputs
    with np.errstate(all="ignore"):
        return {name: machine.output(graph.outputs[name]) for name in names}


def machine_for(
    graph: RecurrenceGraph,
    params: Mapping[str, Array],
    data: Mapping[str, Sequence[Array]],
    *,
    dims: Mapping[str, int],
    **points: Unpack[Points],
) -> Machine:
    """Return a machine that has evaluated nothing yet; arguments as of `interpret`."""
    extents = measure(graph, data, dims, **points)
    feed = Feed({name: np.asarray(array) for name, array in params.items()}, data)
    return Machine(graph, Call(feed, extents))


def measure(
    graph: RecurrenceGraph,
    data: Mapping[str, Sequence[Array]],
    dims: Mapping[str, int],
    **points: Unpack[Points],
) -> Extents:
    """Find the number of examples and the length of every sequence from the data."""
    known = {name: list(values) for name, values in (points.get("lengths") or {}).items()}
    structure = points.get("structure") or {}
    for name, info in graph.inputs.items():
        for axis, (index, *_) in enumerate(axes(info.domain)):
            if index.kind is Kind.SEQUENCE and index.name not in known and name in data:
                known[index.name] = [np.shape(array)[axis] for array in data[name]]
    counts = [len(values) for values in (*known.values(), *structure.values())]
    counts += [len(data[name]) for name in graph.inputs if name in data]
    return Extents(dims, known, counts[0] if counts else 1, structure)
