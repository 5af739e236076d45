"""One generated function: what it binds at its start, the schedule's statements, and what it returns."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rnndsl.codegen.comments import Comments
from rnndsl.codegen.context import Context
from rnndsl.codegen.dialect import NUMPY, Dialect
from rnndsl.codegen.kernels import Fusing, Kernels
from rnndsl.codegen.names import Names
from rnndsl.codegen.prelude_text import PRELUDE_NAMES
from rnndsl.codegen.statements import allocate, emit_steps
from rnndsl.codegen.text import as_tuple, quoted, wrapped
from rnndsl.graph.graph import InputInfo, ParamInfo, RecurrenceGraph
from rnndsl.graph.members import find_members
from rnndsl.graph.node import Over
from rnndsl.graph.parts import Shares
from rnndsl.indices import Domain, Index, Kind, ordered
from rnndsl.ops import DType, Op
from rnndsl.schedule.plan import Evaluate, Layout, Loop, Schedule, Step, members
from rnndsl.sizes import Size

#: The argument that says which part of a batch a call computes.
PART: Final = "part"


@dataclass(frozen=True, slots=True)
class Function:
    """A function's name, its parameters as text, its docstring's first line, and its schedule.

    What only the outputs in `optional` need is computed under `condition`; `reads` are the inputs of all others, less
    those in `absent`, which need not be given. `seed` is the text of the random numbers' seed. `stream` names the
    sequence whose chunks one call after the other may be given, "" if there is none. With `shares` a call may be given
    a part of a batch.
    """

    name: str
    signature: str
    summary: str
    schedule: Schedule
    returns: Callable[["Context"], list[str]]
    optional: frozenset[str] = frozenset()
    condition: str = ""
    header: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()
    seed: str = "None"
    stream: str = ""
    shares: Shares | None = None

    @property
    def needed(self) -> set[int]:
        """The nodes that are computed in any case; a loop is taken whole."""
        graph = self.schedule.graph
        needed = reach(graph, [o.node for o in graph.outputs.values() if o.name not in self.optional])
        loops = [members(step) for step in self.schedule.steps if isinstance(step, Loop)]
        while True:
            more = [number for loop in loops if not needed.isdisjoint(loop) for number in loop]
            grown = needed | reach(graph, more)
            if grown == needed:
                return needed
            needed = grown

    @property
    def reads(self) -> tuple[str, ...]:
        """The inputs that are needed in any case."""
        nodes = self.schedule.graph.nodes
        found = (str(nodes[n].attr) for n in sorted(self.needed) if nodes[n].op is Op.INPUT)
        return tuple(name for name in found if name not in self.absent)


def emit_function(
    function: Function, labels: Mapping[int, str], dialect: Dialect = NUMPY, kernels: Kernels | None = None
) -> tuple[list[str], set[str]]:
    """Return the lines of a function and the names of the prelude's helpers that it needs.

    With a collection of `kernels`, runs of elementwise statements become calls of kernels, which are added to it.
    """
    c = make_context(function.schedule, labels, function.stream)
    c.dialect = dialect
    c.fusing = None if kernels is None else Fusing(kernels)
    c.seed = function.seed
    if function.shares is not None:
        c.joined = function.shares.joined
        c.names(PART, PART)
    body = [f'ws = borrow("{function.name}")']
    if function.stream:
        body += ["carrying = carry is not None", "carry = carry or {}", "fresh = not carry"]
    else:
        body += ["fresh = True"]
    body += [*function.header, *_points(c, function), *_dims(c, function)]
    params = len(body)
    body += _params(c)
    header = len(body)
    c.blocks[0].lines = body
    needed = function.needed
    _inputs(c, needed, function)
    comments = Comments(function.schedule.graph)
    emit_steps(c, function.schedule.steps, comments.before, _conditions(function, needed))
    c.blocks[0].lines += function.returns(c)
    c.blocks[0].lines[header:header] = _rows(c)
    c.blocks[0].lines[params:header] = _params(c)
    part = f", {PART}=None" if function.shares else ""
    head = [f"def {function.name}({function.signature}{part}):", f'    """{function.summary}"""']
    used = {*c.used, "Workspace", "borrow"} | _helpers_of_points(c)
    lines = _without_unused(c.blocks[0].lines, header)
    return [*head, *(part for line in lines for part in wrapped(dialect.text(f"    {line}")))], used


def _without_unused(lines: list[str], header: int) -> list[str]:
    """Drop those of the first lines whose name is never used."""
    code = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    uses = Counter(re.findall(r"(?<![\w.\"])[A-Za-z_]\w*", code))
    return [line for k, line in enumerate(lines) if k >= header or uses[line.split(" = ")[0]] != 1]


def make_context(schedule: Schedule, labels: Mapping[int, str], stream: str = "") -> Context:
    """Return a context; names of dimensions and sequences are taken first, so that they stay as written."""
    graph = schedule.graph
    names = Names(PRELUDE_NAMES)
    dims = [name for name in graph.dims if name not in graph.fixed_dims]
    sizes = {name: Size.of(names(("dim", name), name)) for name in dims}
    fixed = {
        name: Size.of(value) for name, value in graph.dims.items() if name in graph.fixed_dims and value is not None
    }
    values = {name: value for name, value in graph.dims.items() if value is not None}
    member = find_members(graph)
    width = {member.extent.symbol: Size.of("width")} if member is not None and member.extent.symbol else {}
    c = Context(schedule, names, labels, sizes | fixed | width, values, carried=carried_names(schedule, stream))
    for index in sequences(graph):
        c.points(chain(index))
    return c


def chain(index: Index) -> Layout:
    """Return the layout of a sequence alone."""
    return Layout((index,), ((index, 1),), sliced=True)


def carried_names(schedule: Schedule, stream: str) -> dict[int, str]:
    """Return the name of every quantity of the model that crosses from chunk to chunk of a sequence."""
    graph, found = schedule.graph, dict[int, str]()
    known = {e.node: e.name for e in reversed(list(graph.equations.values()))}
    for number, storage in schedule.storage.items():
        node = graph.nodes[number]
        layout = schedule.layouts[number]
        walked = layout.chain if layout is not None else None
        if storage.halo and node.adjoint == 0 and walked is not None and walked.name == stream:
            own = node.attr if node.op is Op.INPUT else known.get(number)
            found[number] = str(own) if own is not None else f"state {len(found)}"
    return found


def carried(function: Function) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of what a function carries from chunk to chunk in any case, and of all that it may carry."""
    needed, names = function.needed, carried_names(function.schedule, function.stream)
    count = (function.stream,)
    return (*count, *(name for number, name in names.items() if number in needed)), (*count, *names.values())


def sequences(graph: RecurrenceGraph) -> list[Index]:
    """Return the sequences that a graph walks or counts."""
    return [index for index in _ragged(graph) if index.kind is Kind.SEQUENCE]


def structures(graph: RecurrenceGraph) -> list[Index]:
    """Return the trees and dags of a graph."""
    return [index for index in _ragged(graph) if index.structured]


def _ragged(graph: RecurrenceGraph) -> Domain:
    """Return the ragged indices of a graph: those of values, and those that nodes name."""
    found = {i: None for node in graph.nodes.values() for i in node.domain if i.ragged}
    for node in graph.nodes.values():
        match node.attr:
            case Index(ragged=True) as index:
                found[index] = None
            case Over(indices):
                found |= {index: None for index in indices if index.ragged}
            case _:
                pass
    return ordered(frozenset(found))


def _points(c: Context, function: Function) -> list[str]:
    """Bind the layout of every sequence, the trees, and the number of examples."""
    graph = c.schedule.graph
    lines = []
    for index in sequences(graph):
        axes = {n: data_axes(info.domain).index(index) for n, info in graph.inputs.items() if index in info.domain}
        start = f", carry.get({quoted(index.name)})" if index.name == function.stream else ""
        listed = f"{{{', '.join(f'{quoted(name)}: {axis}' for name, axis in axes.items())}}}"
        given = f"measure(data, {listed}, (lengths or {{}}).get({quoted(index.name)}))"
        lines.append(f"{c.points(chain(index))} = Points({given}, {c.schedule.halos.get(index, 0)}{start})")
    lines += [f"{c.tree(index)} = Tree(structure[{quoted(index.name)}])" for index in structures(graph)]
    counted = [c.points(chain(index)) for index in sequences(graph)] + [c.tree(i) for i in structures(graph)]
    if counted:
        return [*lines, f"batch = {counted[0]}.batch"]
    sized = next(iter([*function.reads, *graph.inputs]), None)
    given = f"len(data[{quoted(sized)}])"
    if sized is None:
        return ["batch = 1"]
    return [f"batch = {given}" if sized in function.reads else f"batch = {given} if {function.condition} else 1"]


def _rows(c: Context) -> list[str]:
    """Bind the layouts of several indices, or of trees, that the code has come to name."""
    lines = []
    for layout, name in c.laid_out.items():
        if layout.chain:
            continue
        weights, factors = dict(layout.walk), []
        for index in layout.indices:
            if index.kind is Kind.CHILDREN:
                continue
            below = [child for child in layout.indices if child.of == index]
            source = c.tree(index) if index.structured else c.points(chain(index))
            named = as_tuple([quoted(one.name) for one in (index, *below)])
            factors.append(f"({named}, {source}, {weights.get(index, 0)})")
        halo = f", {c.schedule.halos.get(layout.walk[0][0], 0)}" if layout.sliced else ""
        lines.append(f"{name} = Rows([{', '.join(factors)}]{halo})")
    return lines


def _helpers_of_points(c: Context) -> set[str]:
    """Return the classes that the function's layouts are made of."""
    graph = c.schedule.graph
    used = {"Points", "measure"} if sequences(graph) else set()
    used |= {"Tree"} if structures(graph) else set()
    used |= {"Rows"} if any(not layout.chain for layout in c.laid_out) else set()
    return used


def data_axes(domain: Domain) -> Domain:
    """Return the axes of data over a domain: nodes and their children are one axis, of edges."""
    return tuple(index for index in domain if index.of is None or index.of not in domain)


def _dims(c: Context, function: Function) -> list[str]:
    """Bind the dimensions that the code may use: read off a parameter's or an input's shape."""
    graph = c.schedule.graph
    lines = []
    for name in graph.dims:
        if name in graph.fixed_dims:
            continue
        lines.append(f"{c.sizes[name]} = {_dim_text(function, name)}")
    return lines


def _dim_text(function: Function, name: str) -> str:
    """Return where a dimension is read off: a parameter, an example of an input, or what the module was made with."""
    graph = function.schedule.graph
    reads = [graph.inputs[read] for read in function.reads]
    infos: list[ParamInfo | InputInfo] = [*graph.params.values(), *reads, *graph.inputs.values()]
    found = (info for info in infos if name in [size.symbol for size in _extents(info) if size is not None])
    info = next(found, None)
    if info is None:
        return f"DIMS[{quoted(name)}]"
    axis = [size is not None and size.symbol == name for size in _extents(info)].index(True)
    if info.name in graph.params:
        return f"params[{quoted(info.name)}].shape[{axis}]"
    text = f"np.shape(data[{quoted(info.name)}][0])[{axis}]"
    condition = f"{quoted(info.name)} in data" if info.name in function.absent else function.condition
    return text if info.name in function.reads else f"{text} if {condition} else DIMS.get({quoted(name)}, 0)"


def _extents(info: ParamInfo | InputInfo) -> list[Size | None]:
    """Return the sizes of an array's axes, None for those of sequences."""
    return [None if index.ragged else index.extent for index in data_axes(info.domain)] + list(info.shape)


#: What kernels read is contiguous, aligned and writable: one kind of array, so that each kernel is compiled once.
PLAIN: Final = 'np.require({}, None, "CAW")'


def _params(c: Context) -> list[str]:
    lines = []
    for number, node in c.graph_nodes.items():
        if node.op is Op.PARAM:
            info = c.schedule.graph.params[str(node.attr)]
            text = f"params[{quoted(info.name)}]"
            given = reordered(text, info.domain, ordered(info.domain), 0)
            plain = c.fusing is not None and number in c.fusing.plain
            lines.append(f"{c.label(number)} = {PLAIN.format(given) if plain else f'device({given})'}")
    return lines


def reordered(text: str, own: Domain, wanted: Domain, lead: int) -> str:
    """Return an array with its index axes (after `lead` others) put into another order."""
    if list(own) == list(wanted):
        return text
    sources = tuple(lead + list(own).index(index) for index in wanted)
    return f"np.moveaxis({text}, {sources}, {tuple(range(lead, lead + len(wanted)))})"


def _inputs(c: Context, needed: set[int], function: Function) -> None:
    for number, node in c.graph_nodes.items():
        if node.op is not Op.INPUT:
            continue
        start = len(c.blocks[0].lines)
        info = c.schedule.graph.inputs[str(node.attr)]
        dtype = "np.intp" if node.dtype is DType.INT else "DTYPE"
        rows = c.layout(number)
        text = f"data[{quoted(info.name)}]"
        if rows is None:
            given = reordered(f"np.asarray({text}, {dtype})", info.domain, ordered(info.domain), 1)
            c.line(f"{c.label(number)} = {PLAIN.format(given) if c.fusing else f'device({given})'}")
        else:
            _packed(c, number, rows, (text, dtype))
        lines, condition = c.blocks[0].lines, "" if number in needed else function.condition
        if info.name in function.absent:
            nothing = "-1" if node.dtype is DType.INT else "np.nan, DTYPE"
            lines.insert(start, f"{c.label(number)} = xp.full({c.shape(number)}, {nothing})")
            start, condition = start + 1, f"{quoted(info.name)} in data"
        if condition:
            lines[start:] = [f"if {condition}:", *(f"    {line}" for line in lines[start:])]


def _packed(c: Context, number: int, rows: Layout, given: tuple[str, str]) -> None:
    """Write an input laid out by points; its ranges stand in canonical order."""
    domain = data_axes(c.schedule.graph.inputs[str(c.node(number).attr)].domain)
    rest = tuple(index for index in domain if not index.ragged)
    places = tuple(domain.index(index) for index in data_axes(rows.indices))
    axis = f", axes={places}" if not rows.chain else f", axis={places[0]}" if places[0] else ""
    if c.storage(number).halo:
        allocate(c, number)
        whole = f"{c.points(rows)}.pack({', '.join(given)}{axis})"
        if rest == ordered(rest):
            c.line(f"{c.points(rows)}.pack({', '.join(given)}, {c.label(number)}{axis})")
        else:
            c.line(f"xp.copyto({c.label(number)}, device({reordered(whole, rest, ordered(rest), 1)}))")
    else:
        whole = reordered(f"{c.points(rows)}.pack({', '.join(given)}{axis})", rest, ordered(rest), 1)
        c.line(f"{c.label(number)} = {PLAIN.format(whole) if c.fusing else f'device({whole})'}")


def _conditions(function: Function, needed: set[int]) -> Callable[[Step], str]:
    """Return which steps only the optional outputs need."""

    def condition(step: Step) -> str:
        own = (step.node,) if isinstance(step, Evaluate) else members(step)
        return "" if needed.intersection(own) else function.condition

    return condition


def reach(graph: RecurrenceGraph, roots: Sequence[int]) -> set[int]:
    """Return the nodes that `roots` depend on, themselves included."""
    found: set[int] = set()
    stack = list(roots)
    while stack:
        number = stack.pop()
        if number not in found:
            found.add(number)
            stack.extend(graph.nodes[number].operands)
    return found


# Results ----------------------------------------------------------------------------------------------------------
