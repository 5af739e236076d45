"""Reading the text form of a graph (see `text`)."""

import ast
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rnndsl.diagnostics.span import NOWHERE, Span
from rnndsl.graph.errors import GraphError
from rnndsl.graph.graph import EquationInfo, InputInfo, OutputInfo, ParamInfo, RecurrenceGraph
from rnndsl.graph.node import Attr, Choice, Draw, Labels, Node, Noise, Over, ReadAt
from rnndsl.indices import Access, Affine, Child, Domain, End, Index, Kind, Parent, Root
from rnndsl.ops import DType, Op
from rnndsl.sizes import Shape, Size

_STRING = r'"(?:[^"\\]|\\.)*"'
_SPAN = rf"(?: @ (?P<span>\d+:\d+-\d+:\d+ {_STRING}))?"
_TYPE = r"\[(?P<domain>[^\]]*)\] \((?P<shape>.*?)\)"

LINES: Mapping[str, re.Pattern[str]] = {
    "graph": re.compile(r"graph (?P<name>.*)"),
    "dim": re.compile(r"dim (?P<name>\S+) = (?P<value>\?|-?\d+)(?P<fixed> fixed)?"),
    "index": re.compile(
        r"index (?P<name>\S+) = (?P<kind>\w+) (?P<order>-?\d+)(?P<bounds> .*? \.\. .*?)?(?P<cyclic> cyclic)?"
        r"(?: of (?P<of>\S+))?"
    ),
    "param": re.compile(
        rf"param (?P<name>\S+) : {_TYPE} ~ (?P<how>\w+)\((?P<arguments>[^)]*)\)(?P<frozen> frozen)?{_SPAN}"
    ),
    "input": re.compile(
        rf"input (?P<name>\S+) : {_TYPE}(?: token \((?P<token>.*)\))?(?: point (?P<point>\S+))?"
        rf" role (?P<role>\w+){_SPAN}"
    ),
    "equation": re.compile(
        rf"equation (?P<name>{_STRING}) = %(?P<node>\d+) \[(?P<domain>[^\]]*)\] (?P<text>{_STRING}){_SPAN}"
    ),
    "output": re.compile(rf"output (?P<name>{_STRING}) = %(?P<node>\d+) \[(?P<domain>[^\]]*)\]"),
    "node": re.compile(
        r"%(?P<number>\d+) = (?P<op>\w+)\((?P<operands>[^)]*)\)(?: \{(?P<attr>.*)\})? : "
        rf"(?P<dtype>\w+)(?P<batch> batch)? {_TYPE}(?: adjoint (?P<adjoint>\d+))?{_SPAN}"
    ),
}

Match = re.Match[str]


@dataclass
class _Reader:
    """What has been read so far."""

    name: str = ""
    dims: dict[str, int | None] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    indices: dict[str, Index] = field(default_factory=dict)
    params: dict[str, ParamInfo] = field(default_factory=dict)
    inputs: dict[str, InputInfo] = field(default_factory=dict)
    nodes: dict[int, Node] = field(default_factory=dict)
    equations: dict[str, EquationInfo] = field(default_factory=dict)
    outputs: dict[str, OutputInfo] = field(default_factory=dict)

    def graph(self, found: Match) -> None:
        """Read the first line."""
        self.name = found["name"]

    def dim(self, found: Match) -> None:
        """Read a dimension."""
        self.dims[found["name"]] = None if found["value"] == "?" else int(found["value"])
        if found["fixed"]:
            self.fixed.add(found["name"])

    def index(self, found: Match) -> None:
        """Read an index."""
        name, kind, order = found["name"], Kind(found["kind"]), int(found["order"])
        if found["bounds"] is None:
            self.indices[name] = Index(name, kind, order, of=self.indices[found["of"]] if found["of"] else None)
            return
        low, high = found["bounds"].split(" .. ")
        self.indices[name] = Index(name, kind, order, parse_size(low), parse_size(high), bool(found["cyclic"]))

    def param(self, found: Match) -> None:
        """Read a parameter."""
        arguments = tuple(float(text) for text in _list(found["arguments"]))
        self.params[found["name"]] = ParamInfo(
            found["name"],
            self.domain(found),
            _shape(found["shape"]),
            (found["how"], arguments),
            frozen=bool(found["frozen"]),
            span=_span(found["span"]),
        )

    def input(self, found: Match) -> None:
        """Read an input or target."""
        token = None if found["token"] is None else parse_size(found["token"])
        point = None if found["point"] is None else self.indices[found["point"]]
        rest = (_shape(found["shape"]), token, found["role"], _span(found["span"]), point)
        self.inputs[found["name"]] = InputInfo(found["name"], self.domain(found), *rest)

    def equation(self, found: Match) -> None:
        """Read an equation."""
        name, text = json.loads(found["name"]), json.loads(found["text"])
        self.equations[name] = EquationInfo(name, int(found["node"]), self.domain(found), text, _span(found["span"]))

    def output(self, found: Match) -> None:
        """Read an output."""
        name = json.loads(found["name"])
        self.outputs[name] = OutputInfo(name, int(found["node"]), self.domain(found))

    def node(self, found: Match) -> None:
        """Read a node."""
        op = Op(found["op"])
        self.nodes[int(found["number"])] = Node(
            op,
            tuple(int(operand[1:]) for operand in _list(found["operands"])),
            self.domain(found),
            _shape(found["shape"]),
            bool(found["batch"]),
            DType(found["dtype"]),
            None if found["attr"] is None else self.attr(op, found["attr"]),
            _span(found["span"]),
            int(found["adjoint"] or 0),
        )

    def domain(self, found: Match) -> Domain:
        """Return the indices between the brackets."""
        return tuple(self.indices[name] for name in _list(found["domain"]))

    def attr(self, op: Op, text: str) -> Attr:
        """Read an operator's attribute."""
        match op:
            case Op.PARAM | Op.INPUT | Op.VAR | Op.OPTION:
                return str(json.loads(text))
            case Op.CONST:
                return float(text)
            case Op.LOOKUP | Op.SCATTER:
                return int(text)
            case Op.SIZE | Op.SLICE | Op.PLACE:
                return parse_size(text)
            case Op.NOISE:
                key, rate = json.loads(f"[{text}]")
                return Noise(key, float(rate))
            case Op.RANDOM:
                key, kind = text.rsplit(", ", 1)
                return Draw(str(json.loads(key)), kind)
            case Op.CONTRACT:
                operands, out = text.split("->")
                return Labels(tuple(operands.split(",")), out)
            case Op.ACTIVATE:
                return tuple((Op(first), size) for first, size in _pairs(text))
            case Op.SEGMENTS:
                return tuple((float(first), size) for first, size in _pairs(text))
            case _:
                return self.place(op, text)

    def place(self, op: Op, text: str) -> Attr:
        """Read an attribute that is made of indices."""
        match op:
            case Op.READ:
                pairs = [part.split(": ") for part in re.split(r", (?=[\w.]+: )", text)]
                return ReadAt(tuple((self.indices[name], self.access(access, name)) for name, access in pairs))
            case Op.USES | Op.MISSING:
                return self.relative(text)
            case Op.IOTA | Op.LENGTH | Op.FRESH | Op.STACK | Op.UNSTACK:
                return self.indices[text]
            case Op.BEAM:
                over, _, member = text.rpartition(" by ")
                return Choice(tuple(self.indices[name] for name in _list(over)), self.indices[member])
            case _:
                return Over(tuple(self.indices[name] for name in _list(text)))

    def access(self, text: str, name: str) -> Access:
        """Read an access of the index `name`, such as `t-1`."""
        if text in ("first", "last"):
            return End(text == "last")
        if text == "root":
            return Root()
        if "(" in text:
            return self.relative(text)
        affine, owner = self.affine(text), self.indices[name]
        return Child(owner, affine) if owner.structured else affine

    def relative(self, text: str) -> Child | Parent:
        """Read `child(n, 2)` or `parent(n)`."""
        word, inside = text.rstrip(")").split("(")
        if word == "parent":
            return Parent(self.indices[inside])
        name, slot = inside.split(", ")
        return Child(self.indices[name], self.affine(slot))

    def affine(self, text: str) -> Affine:
        """Read a sum of indices and a number."""
        terms, offset = [], 0
        for sign, name in re.findall(r"([+-]?)([\w.]+)", text):
            factor = -1 if sign == "-" else 1
            if name.isdigit():
                offset += factor * int(name)
            else:
                terms.append((self.indices[name], factor))
        return Affine(tuple(terms), offset)


READERS: Mapping[str, Callable[[_Reader, Match], None]] = {
    "graph": _Reader.graph,
    "dim": _Reader.dim,
    "index": _Reader.index,
    "param": _Reader.param,
    "input": _Reader.input,
    "equation": _Reader.equation,
    "output": _Reader.output,
    "node": _Reader.node,
}


def parse_graph(text: str) -> RecurrenceGraph:
    """Read a graph that `print_graph` wrote.

    Raises:
        GraphError: a line that it did not write.
    """
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), 1):
        kind = "node" if line.startswith("%") else line.split(" ")[0]
        found = LINES[kind].fullmatch(line) if kind in LINES else None
        if found is None:
            raise GraphError(f"line {number} of a graph's text cannot be read: {line}")
        try:
            READERS[kind](reader, found)
        except (ValueError, KeyError) as error:
            raise GraphError(f"line {number} of a graph's text is wrong ({error}): {line}") from error
    return RecurrenceGraph(
        reader.name,
        reader.dims,
        frozenset(reader.fixed),
        tuple(reader.indices.values()),
        reader.params,
        reader.inputs,
        reader.nodes,
        reader.outputs,
        reader.equations,
    )


def parse_size(text: str) -> Size:
    """Read a size as it is printed: a Python expression over dimensions.

    Raises:
        ValueError: it is something else.
    """
    try:
        return _size(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError as error:
        raise ValueError(f"{text} is no size") from error


def _size(tree: ast.expr) -> Size:
    match tree:
        case ast.Constant(value=int() as value):
            return Size.of(value)
        case ast.Name(id=name):
            return Size.of(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _size(operand) * -1
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIZES:
            return _SIZES[type(op)](_size(left), _size(right))
        case _:
            raise ValueError(f"{ast.unparse(tree)} is no size")


_SIZES: Mapping[type[ast.operator], Callable[[Size, Size], Size]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
}


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else []


def _shape(text: str) -> Shape:
    return tuple(parse_size(part) for part in _list(text))


def _pairs(text: str) -> list[tuple[str, Size]]:
    parts = [part.split(" x ", 1) for part in _list(text)]
    return [(first, parse_size(size)) for first, size in parts]


def _span(text: str | None) -> Span:
    if text is None:
        return NOWHERE
    place, file = text.split(" ", 1)
    start, end = place.split("-")
    line, column = start.split(":")
    end_line, end_column = end.split(":")
    return Span(json.loads(file), int(line), int(column), int(end_line), int(end_column))
