"""Where a NaN or an infinity came from: the instance that made it out of finite numbers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from rnndsl.diagnostics.span import Span
from rnndsl.graph.graph import EquationInfo, OutputInfo
from rnndsl.graph.instances import Instance, instance
from rnndsl.graph.interpret import Machine
from rnndsl.ops import Op

_GIVEN = frozenset({Op.PARAM, Op.INPUT, Op.CONST, Op.RANDOM, Op.NOISE, Op.OPTION})


@dataclass(frozen=True, slots=True)
class Origin:
    """An equation (its text with file and line, empty if unknown), where it was evaluated, and what it gave."""

    equation: str
    place: str
    gave: str


def find_origin(machine: Machine, outputs: Iterable[str]) -> Origin | None:
    """Follow a value that is not finite back to where it arose; None if it was given, as `infinity` in a spec is."""
    for name in outputs:
        for at in _instances(machine, machine.graph.outputs[name]):
            with np.errstate(all="ignore"):
                value = np.asarray(machine.value(at))
            if np.isfinite(value).all():
                continue
            source = _source(machine, at)
            if source is not None:
                return _origin(machine, source)
    return None


def _instances(machine: Machine, info: OutputInfo) -> Iterator[Instance]:
    """Yield the instances of an output, example by example, in the order of their points."""
    node, extents = machine.graph.nodes[info.node], machine.call.extents
    ragged = node.batch or any(index.ragged for index in info.domain)
    for example in range(extents.examples) if ragged else (None,):
        for env in extents.grid(info.domain, example):
            yield instance(machine.graph, info.node, env, example)


def _source(machine: Machine, at: Instance) -> Instance | None:
    """Walk back along operands that are not finite; NaN before infinity, since infinity may be meant."""
    while True:
        operands = [one for row in machine.rows(at) for one in row]
        worse = [one for one in operands if np.isnan(machine.values[one]).any()]
        worse = worse or [one for one in operands if not np.isfinite(machine.values[one]).all()]
        if not worse:
            return None if machine.graph.nodes[at.node].op in _GIVEN else at
        at = worse[0]


def _origin(machine: Machine, at: Instance) -> Origin:
    graph = machine.graph
    node, equation = graph.nodes[at.node], _equation(machine, at)
    value = np.asarray(machine.values[at])
    gave = "NaN" if np.isnan(value).any() else "an infinite number"
    points = [
        f"node {point - 1} of {index.name}" if index.structured else f"{index.name} = {point}"  # as the data counts
        for index, point in zip(node.domain, at.point, strict=True)
    ]
    if at.example is not None:
        points.append(f"example {at.example}")
    text = "" if equation is None else f"`{equation.text}` ({equation.span.file}:{equation.span.line})"
    return Origin(text, ", ".join(points), gave)


def _equation(machine: Machine, at: Instance) -> EquationInfo | None:
    """Return the equation that a node is a part of: the nearest one that uses it and stands around its place."""
    graph, place = machine.graph, machine.graph.nodes[at.node].span
    around = {one.node: one for one in graph.equations.values() if _holds(one.span, place)}
    waiting, seen = [at.node], {at.node}
    for number in waiting:  # grows while it is walked: breadth first
        if number in around:
            return around[number]
        waiting += [user for user in graph.users[number] if user not in seen]
        seen.update(graph.users[number])
    return next(iter(around.values()), None)


def _holds(span: Span, inner: Span) -> bool:
    return span.file == inner.file and span.line <= inner.line <= span.end_line
