"""One generated function: what it binds at its start, the schedule's statements, and what it returns."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rnndsl.codegen.comments import Comments
from rnndsl.codegen.context import Context
from rnndsl.codegen.dialect import NUMPY, Dialect
from rnndsl.codegen.kernels import Fusing, Kernels
from rnndsl.codegen.names import Names
from rnndsl.codegen.points import bind_points, bind_rows, chain, data_axes, helpers_of_points, sequences
from rnndsl.codegen.prelude_text import PRELUDE_NAMES
from rnndsl.codegen.preparing import made_of_params, results, returned, split, unpacked, words
from rnndsl.codegen.statements import allocate, emit_steps
from rnndsl.codegen.text import quoted, wrapped
from rnndsl.graph.graph import InputInfo, ParamInfo, RecurrenceGraph
from rnndsl.graph.members import find_members
from rnndsl.graph.parts import Shares
from rnndsl.indices import Domain, ordered
from rnndsl.ops import DType, Op
from rnndsl.schedule.plan import Evaluate, Layout, Loop, Schedule, Step, members
from rnndsl.sizes import Size

#: The argument that says which part of a batch a call computes.
PART: Final = "part"
#: What binds a matrix cut into panels.
PANELS: Final = re.compile(r"(\w+_panels\w*) = ")


@dataclass(frozen=True)
class Function:
    """A function's name, its parameters as text, its docstring's first line, and its schedule.

    What only the outputs in `optional` need is computed under `condition`; `reads` are the inputs of all others, less
    those in `absent`, which need not be given. `seed` is the text of the random numbers' seed. `stream` names the
    sequence whose chunks one call after the other may be given, "" if there is none. With `prepares`, what parameters
    alone make can be given with the call; with `shares` a part of a batch. Products take the matrices in `turned`
    turned wherever they are, not in loops alone.
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
    prepares: bool = False
    shares: Shares | None = None
    turned: frozenset[int] = frozenset()

    @cached_property
    def needed(self) -> frozenset[int]:
        """The nodes that are computed in any case; a loop is taken whole."""
        outputs = self.schedule.graph.outputs.values()
        loops = [members(step) for step in self.schedule.steps if isinstance(step, Loop)]
        return reach(self.schedule.graph, [o.node for o in outputs if o.name not in self.optional], loops)

    @cached_property
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
    c.seed, c.turned = function.seed, function.turned
    if function.shares is not None:
        c.joined = function.shares.joined
        c.names(PART, PART)
    body = [f'ws = borrow("{function.name}")']
    if function.stream:
        body += ["carrying = carry is not None", "carry = carry or {}", "fresh = not carry"]
    else:
        body += ["fresh = True"]
    body += [
        *function.header,
        *bind_points(c, function.stream, function.reads, function.condition),
        *_dims(c, function),
    ]
    params = len(body)
    body += _params(c)
    header = len(body)
    c.blocks[0].lines = body
    needed = function.needed
    _inputs(c, needed, function)
    _steps(c, function, needed)
    c.blocks[0].lines += function.returns(c)
    prepare, call = _preparation(c, function)
    c.blocks[0].lines[header:header] = [*call, *bind_rows(c)]
    c.blocks[0].lines[params:header] = _params(c)
    head = [f"def {function.name}({function.signature}{_options(c, function, prepare)}):"]
    head.append(f'    """{function.summary}"""')
    used = {*c.used, "Workspace", "borrow"} | helpers_of_points(c)
    lines = [*prepare, *head, *(f"    {line}" for line in _without_unused(c.blocks[0].lines, header))]
    return [part for line in dialect.text("\n".join(lines)).split("\n") for part in wrapped(line)], used


def _options(c: Context, function: Function, prepare: Sequence[str]) -> str:
    """Return the last arguments of a function: what the program that calls it knows of parameters, parts and BLAS."""
    panels = not c.used.isdisjoint({"cut", "multiply_all", "transposed"})
    options = {"prepared=None": bool(prepare), f"{PART}=None": bool(function.shares), "panels=False": panels}
    return "".join(f", {text}" for text, taken in options.items() if taken)


def _steps(c: Context, function: Function, needed: frozenset[int]) -> None:
    """Write the steps of the schedule, and apart from them what parameters alone make."""
    steps = function.schedule.steps
    c.preparing.nodes = made_of_params(function.schedule, needed) if function.prepares else frozenset()
    early, late = split(steps, c.preparing.nodes)
    comments, conditions = Comments(function.schedule.graph), _conditions(function, needed)
    inputs, c.blocks[0].lines = c.blocks[0].lines, c.preparing.lines
    emit_steps(c, early, comments.before, conditions)
    c.blocks[0].lines = inputs
    emit_steps(c, late, comments.before, conditions)
    _let_go(c)


def _let_go(c: Context) -> None:
    """Let copies of matrices go behind the last loop that needs them: their room is free for the gradients."""
    if not c.copies:
        return
    lines = c.blocks[0].lines
    last = {name: place for place, line in enumerate(lines) for name in words([line])}
    panels = [found[1] for line in lines if (found := PANELS.match(line))]
    behind: dict[int, list[str]] = {}
    for name, wide in c.copies.items():
        cut = [panel for panel in panels if panel.startswith(f"{name}_panels")]
        names = list(dict.fromkeys([name, *cut, wide]))
        rest = range(max(last[one] for one in names if one in last) + 1, len(lines))
        place = next((k for k in rest if lines[k][0] != " " and lines[k] != "else:"), len(lines))
        buffers = ", ".join(map(quoted, dict.fromkeys([wide, *cut])))
        behind.setdefault(place, []).append(f"{' = '.join(names)} = ws.let_go({buffers})")
    for place in sorted(behind, reverse=True):
        lines[place:place] = reversed(behind[place])


def _preparation(c: Context, function: Function) -> tuple[list[str], list[str]]:
    """Return the text of a function that makes what parameters alone make, and its call; else what to do in place."""
    own, name = c.preparing.lines, f"prepare_{function.name}"
    found, used = results(own, c.blocks[0].lines), words(own)
    binding = [line for line in [*_dims(c, function), *_params(c)] if line.split(" = ")[0] in used]
    made = any(" = ws(" in line for line in own) and "width" not in used
    if not found or not made or any("data[" in line for line in binding):  # sizes that data show
        return [], own
    what = f'"""Return what `{function.name}` makes of the parameters alone: `prepared`, while they stay the same."""'
    lines = [what, "ws = ws or Workspace(DTYPE)", *binding, *own, *returned(found)]
    head = f"def {name}(params, ws=None):"
    return [head, *(f"    {line}" for line in lines), "", ""], unpacked(found, f"prepared or {name}(params, ws)")


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
    carried = carried_names(schedule, stream)
    c = Context(schedule, names, labels, sizes | fixed | width, values, carried=carried, borders=schedule.borders)
    for index in sequences(graph):
        c.points(chain(index))
    return c


def carried_names(schedule: Schedule, stream: str) -> dict[int, str]:
    """Return the name of every quantity of the model that crosses from chunk to chunk of a sequence."""
    graph, found = schedule.graph, dict[int, str]()
    known = {e.node: e.name for e in reversed(list(graph.equations.values()))}
    for number, storage in schedule.storage.items():
        node = graph.nodes[number]
        if storage.handed_on and stream in [index.name for index in node.domain]:
            own = node.attr if node.op is Op.INPUT else known.get(number)
            found[number] = str(own) if own is not None else f"state {len(found)}"
    return found


def carried(function: Function) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Return the names of what a function carries from chunk to chunk in any case, and the axes of all that it may.

    The axes come after that of the batch: how many points, the other indices of their layout, and extents.
    """
    schedule, needed = function.schedule, function.needed
    names = carried_names(schedule, function.stream)
    counts = [function.stream, *(index.name for index in beside(schedule, names))]
    axes: dict[str, tuple[str, ...]] = dict.fromkeys(counts, ())
    for number, name in names.items():
        node = schedule.graph.nodes[number]
        gone = {schedule.stream, *(index.of for index in node.domain)}  # a node and its children are one axis, of edges
        points = [index for index in node.domain if index.ragged and index not in gone]
        sizes = [*(i.extent for i in node.domain if not i.ragged), *node.shape]
        depth = schedule.halos[schedule.stream] if schedule.stream else 0
        axes[name] = (str(depth), *(i.name for i in points), *map(str, sizes))
    return (*counts, *(name for number, name in names.items() if number in needed)), axes


def beside(schedule: Schedule, carried: Iterable[int]) -> Domain:
    """Return the ragged indices beside the stream on which something lies that is carried."""
    stream, nodes = schedule.stream, schedule.graph.nodes
    found = {index for n in carried for index in nodes[n].domain if index.ragged and index != stream}
    return ordered(found) if stream is not None else ()


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
    if info.name in function.reads or not condition:
        return text
    return f"{text} if {condition} else DIMS.get({quoted(name)}, 0)"


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


def _inputs(c: Context, needed: frozenset[int], function: Function) -> None:
    for number, node in c.graph_nodes.items():
        if node.op is not Op.INPUT:
            continue
        info = c.schedule.graph.inputs[str(node.attr)]
        dtype = "np.intp" if node.dtype is DType.INT else "DTYPE"
        rows, lines = c.layout(number), c.blocks[0].lines
        text, condition = f"data[{quoted(info.name)}]", "" if number in needed else function.condition
        start = len(lines)
        if info.name in function.absent:
            nothing, condition = "-1" if node.dtype is DType.INT else "np.nan", f"{quoted(info.name)} in data"
            if rows is not None:
                allocate(c, number)
                c.line(f"{c.label(number)}[...] = {nothing}")
            else:
                c.line(f"{c.label(number)} = xp.full({c.shape(number)}, {nothing}, {dtype})")
            start = len(lines)
        if rows is None:
            given = reordered(f"np.asarray({text}, {dtype})", info.domain, ordered(info.domain), 1)
            c.line(f"{c.label(number)} = {PLAIN.format(given) if c.fusing else f'device({given})'}")
        else:
            _packed(c, number, rows, (text, dtype), made=info.name in function.absent)
        if condition:
            lines[start:] = [f"if {condition}:", *(f"    {line}" for line in lines[start:])]


def _packed(c: Context, number: int, rows: Layout, given: tuple[str, str], *, made: bool) -> None:
    """Write an input laid out by points, into a buffer that is perhaps `made`; its ranges stand in canonical order."""
    domain = data_axes(c.schedule.graph.inputs[str(c.node(number).attr)].domain)
    rest = tuple(index for index in domain if not index.ragged)
    places = tuple(domain.index(index) for index in data_axes(rows.indices))
    axis = f", axes={places}" if not rows.chain else f", axis={places[0]}" if places[0] else ""
    if not made:
        allocate(c, number)
    if rest == ordered(rest):
        c.line(f"{c.points(rows)}.pack({', '.join(given)}, {c.label(number)}{axis})")
    else:
        whole = f"{c.points(rows)}.pack({', '.join(given)}{axis})"
        c.line(f"xp.copyto({c.label(number)}, device({reordered(whole, rest, ordered(rest), 1)}))")


def _conditions(function: Function, needed: frozenset[int]) -> Callable[[Step], str]:
    """Return which steps only the optional outputs need."""

    def condition(step: Step) -> str:
        own = (step.node,) if isinstance(step, Evaluate) else members(step)
        return "" if needed.intersection(own) else function.condition

    return condition


def reach(graph: RecurrenceGraph, roots: Iterable[int], loops: Sequence[Collection[int]] = ()) -> frozenset[int]:
    """Return the nodes that `roots` depend on, themselves included; of loops all members where one is needed."""
    around: dict[int, list[int]] = {}
    for k, loop in enumerate(loops):
        for number in loop:
            around.setdefault(number, []).append(k)
    found, stack, waiting = set[int](), list(roots), dict(enumerate(loops))
    while stack:
        number = stack.pop()
        if number not in found:
            found.add(number)
            stack.extend(graph.nodes[number].operands)
            for k in around.get(number, ()):
                stack.extend(waiting.pop(k, ()))
    return frozenset(found)


# Results ----------------------------------------------------------------------------------------------------------
