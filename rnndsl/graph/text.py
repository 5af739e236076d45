"""The text form of a graph: one node a line, read back without loss.

graph Elman
dim hidden = ? fixed
index t = sequence 0
param W : (hidden, hidden) ~ glorot() @ net.rnn:6:5-6:6
index n = tree 1
index k = children 2 of n
input x : [t] token vocab role input
%3 = read(%9) {t: t-1} : real batch [t] (hidden) @ net.rnn:8:21-8:27
equation h = %9 [t] "h[t] = tanh(...)"
output loss = %20 []
"""

import json
from collections.abc import Iterable
from typing import Any

from rnndsl.diagnostics.span import NOWHERE, Span
from rnndsl.graph.graph import EquationInfo, InputInfo, OutputInfo, ParamInfo, RecurrenceGraph
from rnndsl.graph.node import Attr, Choice, Draw, Labels, Node, Noise, Over, ReadAt
from rnndsl.graph.parse import parse_graph
from rnndsl.indices import Child, Index, Parent
from rnndsl.ops import Op
from rnndsl.sizes import Shape, Size

__all__ = ["parse_graph", "print_attr", "print_graph", "print_node"]


def print_graph(graph: RecurrenceGraph) -> str:
    """Return the text of a graph; `parse_graph` reads it back to an equal graph."""
    lines = [f"graph {graph.name}"]
    lines += [_dim(graph, name, value) for name, value in graph.dims.items()]
    lines += [_index(index) for index in graph.indices]
    lines += [_param(info) for info in graph.params.values()]
    lines += [_input(info) for info in graph.inputs.values()]
    lines += [print_node(number, node) for number, node in graph.nodes.items()]
    lines += [_equation(info) for info in graph.equations.values()]
    lines += [_output(info) for info in graph.outputs.values()]
    return "\n".join(lines) + "\n"


def print_node(number: int, node: Node) -> str:
    """Return a node's line."""
    operands = ", ".join(f"%{operand}" for operand in node.operands)
    attr = "" if node.attr is None else f" {{{print_attr(node.attr)}}}"
    kind = node.dtype + (" batch" if node.batch else "")
    level = f" adjoint {node.adjoint}" if node.adjoint else ""
    axes = f"{_domain(node.domain)} {_shape(node.shape)}"
    return f"%{number} = {node.op}({operands}){attr} : {kind} {axes}{level}{_span(node.span)}"


def print_attr(attr: Attr) -> str:
    """Return an attribute's text."""
    match attr:
        case ReadAt(at):
            return ", ".join(f"{index.name}: {access}" for index, access in at)
        case Labels(operands, out):
            return ",".join(operands) + "->" + out
        case Over() | Choice():
            return _over(attr)
        case Noise() | Draw():
            return _stream(attr)
        case Index():
            return attr.name
        case Child(of, slot):
            return f"child({of.name}, {slot})"
        case str() if not isinstance(attr, Op):
            return json.dumps(attr)
        case tuple():
            return _segments(attr)
        case Size() | Parent():
            return str(attr)
        case _:
            return repr(attr)


def _over(attr: Over | Choice) -> str:
    indices = ", ".join(index.name for index in attr[0])
    return f"{indices} by {attr.member.name}" if isinstance(attr, Choice) else indices


def _stream(attr: Noise | Draw) -> str:
    return f"{json.dumps(attr.key)}, {attr.kind if isinstance(attr, Draw) else repr(attr.rate)}"


def _segments(pairs: tuple[Any, ...]) -> str:
    return ", ".join(f"{value.value if isinstance(value, Op) else repr(value)} x {size}" for value, size in pairs)


def _dim(graph: RecurrenceGraph, name: str, value: int | None) -> str:
    return f"dim {name} = {'?' if value is None else value}" + (" fixed" if name in graph.fixed_dims else "")


def _index(index: Index) -> str:
    bounds = "" if index.high is None else f" {index.low} .. {index.high}" + (" cyclic" if index.cyclic else "")
    owner = "" if index.of is None else f" of {index.of.name}"
    return f"index {index.name} = {index.kind} {index.order}{bounds}{owner}"


def _param(info: ParamInfo) -> str:
    name, arguments = info.initialiser
    initialiser = f"{name}({', '.join(map(repr, arguments))})" + (" frozen" if info.frozen else "")
    return f"param {info.name} : {_domain(info.domain)} {_shape(info.shape)} ~ {initialiser}{_span(info.span)}"


def _input(info: InputInfo) -> str:
    token = "" if info.token is None else f" token {_shape((info.token,))}"
    point = "" if info.point is None else f" point {info.point.name}"
    shape = f"{_shape(info.shape)}{token}{point}"
    return f"input {info.name} : {_domain(info.domain)} {shape} role {info.role}{_span(info.span)}"


def _equation(info: EquationInfo) -> str:
    text = json.dumps(info.text)
    return f"equation {json.dumps(info.name)} = %{info.node} {_domain(info.domain)} {text}{_span(info.span)}"


def _output(info: OutputInfo) -> str:
    return f"output {json.dumps(info.name)} = %{info.node} {_domain(info.domain)}"


def _domain(domain: Iterable[Index]) -> str:
    return "[" + ", ".join(index.name for index in domain) + "]"


def _shape(shape: Shape) -> str:
    return "(" + ", ".join(map(str, shape)) + ")"


def _span(span: Span) -> str:
    if span == NOWHERE:
        return ""
    return f" @ {span.line}:{span.column}-{span.end_line}:{span.end_column} {json.dumps(span.file)}"
