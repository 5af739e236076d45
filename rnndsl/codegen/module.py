"""The generated module: constants, the helpers it needs, `init`, `forward`, `loss_and_grad` and `step`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from types import MappingProxyType
from typing import Final

from rnndsl.codegen.context import Context
from rnndsl.codegen.dialect import DIALECTS, Dialect
from rnndsl.codegen.function import Function, carried, emit_function
from rnndsl.codegen.kernels import JIT, TYPED, Kernels, typed_text
from rnndsl.codegen.labels import make_labels
from rnndsl.codegen.names import Names
from rnndsl.codegen.parts import common_text, in_parts
from rnndsl.codegen.points import data_axes, sequences, structures
from rnndsl.codegen.prelude_text import PRELUDE_NAMES, helpers_of
from rnndsl.codegen.results import batched_result, carry_lines, gradient_lines, terms_text
from rnndsl.codegen.segments import Plan, SegmentGraphs, only, segment_functions
from rnndsl.codegen.text import as_tuple, dict_text, quoted
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.graph.graph import ParamInfo, RecurrenceGraph
from rnndsl.indices import Domain
from rnndsl.schedule.choices import USUAL, Choices
from rnndsl.schedule.schedule import make_schedule
from rnndsl.sizes import Size

#: Decides order, loops and storage of a graph.
INITIALISERS: Mapping[str, str] = {
    "zeros": "np.zeros({shape})",
    "ones": "np.ones({shape})",
    "constant": "np.full({shape}, {0!r})",
    "uniform": "rng.uniform(-{0!r}, {0!r}, {shape})",
    "normal": "rng.normal(0.0, {0!r}, {shape})",
    "glorot": "glorot(rng, {shape})",
    "he": "he(rng, {shape})",
    "orthogonal": "orthogonal(rng, {shape}, {0!r})",
    "identity": "identity({shape}, {0!r})",
}
DEFAULTS: Mapping[str, tuple[float, ...]] = {"orthogonal": (1.0,), "identity": (1.0,)}


@dataclass(frozen=True, slots=True)
class ModuleOptions:
    """What a module says of itself, and its float type.

    `streams` gives by function the sequence whose chunks, or points, one call after the other may be given. With
    backend "numba", elementwise work is compiled. With `parts`, a batch can be computed in parts at the same time.
    `turned` are matrices that products outside of loops take turned, too.
    """

    origin: str
    version: str
    dtype: str
    streams: Mapping[str, str]
    backend: str = "numpy"
    parts: bool = False
    choices: Choices = USUAL
    turned: frozenset[int] = frozenset()

    @property
    def fused(self) -> bool:
        """Whether elementwise work is compiled by numba."""
        return self.backend == "numba"

    @property
    def dialect(self) -> Dialect:
        """How the module is printed."""
        return DIALECTS[self.backend]


def emit_module(
    model: RecurrenceGraph,
    gradient: RecurrenceGraph,
    options: ModuleOptions,
    others: Mapping[str, RecurrenceGraph] = MappingProxyType({}),
    segments: Sequence[SegmentGraphs] = (),
) -> str:
    """Return the text of a module for a model and its adjoint; `others` are its graphs in further modes.

    `segments` are those of segments of its stages, for mode "checkpoint".
    """
    streams, plan = options.streams, partial(make_schedule, clustered=options.fused, choices=options.choices)
    functions = [replace(_forward(model, streams.get("forward", ""), plan), turned=options.turned)]
    if "loss" in model.outputs:
        graph = _loss_alone(others.get("mix", gradient))
        walked = streams.get("loss_and_grad", "") in [index.name for index in sequences(graph)]
        stream = streams["loss_and_grad"] if walked else ""
        functions.append(_loss_and_grad(graph, stream, partial(plan, spent=True), mixed="mix" in others))
    functions += [_generating(mode, others[mode], streams, plan) for mode in ("sample", "beam") if mode in others]
    functions = [in_parts(function) for function in functions] if options.parts else functions
    functions += segment_functions(segments, partial(plan, spent=True))
    texts, used = [], set()
    kernels = Kernels() if options.fused else None
    for function in functions:
        lines, needed = emit_function(function, make_labels(function.schedule.graph), options.dialect, kernels)
        texts.append("\n".join(lines) + "\n")
        used |= needed
    init, needed = _init(model)
    step = _step(model, streams.get("forward", ""), prepares="prepare_forward" in texts[0])
    modes = [*others, *(["checkpoint"] if segments else [])]
    own = [*_head(model, options, functions, modes), BORROW, init, *texts, step]
    fused = list(kernels.texts.values()) if kernels else []
    code = "\n".join([*own, *fused])
    helpers = helpers_of(code, used | needed)
    typed = {name for name in TYPED if any(f"{name}(" in helper for helper in helpers)}
    if typed:
        helpers = helpers_of(code, used | needed | {f"{name}_{options.dtype}" for name in typed})
    printed = [_printed(options.dialect, helper) for helper in helpers]
    parts = [own[0], *printed, typed_text(typed, options.dtype), *fused, *own[1:]]
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts if part)


@cache
def _printed(dialect: Dialect, helper: str) -> str:
    """Print a helper of the prelude; many modules carry the same."""
    return dialect.text(helper)


BORROW = '''def borrow(function):
    """Take a workspace that no running call uses, or a new one."""
    try:
        return POOLS[function].pop()
    except IndexError:
        return Workspace(DTYPE)
'''


def _head(
    model: RecurrenceGraph, options: ModuleOptions, functions: Sequence[Function], others: Sequence[str]
) -> list[str]:
    pools = ", ".join(f'"{function.name}": []' for function in functions)
    graphs = {function.name: function.schedule.graph for function in functions}
    reads = {function.name: function.reads for function in functions}
    walks = {name: tuple(index.name for index in sequences(g)) for name, g in graphs.items()}
    dims = {name: value for name, value in model.dims.items() if value is not None}
    axes = {name: tuple(index.name for index in data_axes(info.domain)) for name, info in model.inputs.items()}
    constants = [
        f'NAME = "{model.name}"',
        f"DTYPE = np.{options.dtype}",
        f"DIMS = {dict_text(dims)}",
        f"PARAMS = {dict_text({name: _extents(info) for name, info in model.params.items()})}",
        f"INPUTS = {dict_text(axes)}",
        f"OUTPUTS = {_names_text(o for o in model.outputs if not _is_loss(o))}",
        f"READS = {dict_text(reads)}",
        f"SEQUENCES = {dict_text(walks)}",
        f"STREAM = {quoted(options.streams.get('forward', ''))}  # the sequence whose points `step` takes one by one",
        f"CARRIES = {dict_text({f.name: carried(f) for f in functions if f.stream})}",
        f"MODES = {_names_text(['observe', *others])}",
        *common_text(functions),
        f"POOLS = {{{pools}}}  # workspaces by function; a call takes one out and puts it back",
    ]
    jit = JIT if options.fused else ""
    return [f'"""{_header(model, options)}"""\n\n{options.dialect.imports}\n' + "\n".join(constants) + jit.rstrip()]


def _header(model: RecurrenceGraph, options: ModuleOptions) -> str:
    """Return the module's docstring: where it comes from and how it is used."""
    file = re.sub("[^A-Za-z0-9_.<>-]", "?", options.origin.rsplit("/", 1)[-1])
    asked = "".join(f", {name}=..." for name, value in model.dims.items() if value is None)
    given = "params, data, structure=structure" if structures(model) else "params, data"
    calls = [f"params = init(seed=0{asked})", f"out = forward({given})"]
    if "loss" in model.outputs:
        calls.append(f"total, terms, grads = loss_and_grad({given})")
    text = "\n".join(f"    {call}" for call in calls)
    return f"""{model.name}: a recurrent network with its gradient, {options.dialect.means}.

Generated by rnndsl {options.version} from {file}, {options.dtype}.

{text}

Data are arrays by name, batch first ([B, T, size], tokens [B, T]), or lists of one array per example; `lengths` gives
the length of every example of a padded batch by index.
{STRUCTURE if structures(model) else ""}"""


STRUCTURE: Final = """
`structure` gives by tree (or dag) for every example a list: for each of its nodes, in any order, the places of its
children, from 0. Data of nodes stand in that order, data of edges node by node in the order of the children.
"""


def _names_text(names: object) -> str:
    listed = [quoted(name) for name in names]  # type: ignore[attr-defined]
    return as_tuple(listed) if listed else "()"


def _extents(info: ParamInfo) -> tuple[str, ...]:
    return tuple(str(size) for size in [i.extent for i in info.domain] + list(info.shape))


def _is_loss(name: str) -> bool:
    return name == "loss" or name.endswith((".nll", ".weight")) or "/d " in name


def _loss_alone(graph: RecurrenceGraph) -> RecurrenceGraph:
    return only(graph, [o for o in graph.outputs.values() if _is_loss(o.name)])


# init -------------------------------------------------------------------------------------------------------------


def _init(model: RecurrenceGraph) -> tuple[str, set[str]]:
    names = Names({*PRELUDE_NAMES, "rngs"})
    free = [name for name in model.dims if name not in model.fixed_dims]
    sizes = {name: Size.of(names(name, name)) for name in free}
    fixed = {
        name: Size.of(value) for name, value in model.dims.items() if name in model.fixed_dims and value is not None
    }
    used = set()
    lines = ["def init(seed=0, **dims):", '    """Return fresh parameters; `dims` overrides DIMS."""']
    lines.append("    dims = {**DIMS, **dims}")
    needed = {d for info in model.params.values() for size in _sizes(info) for d in size.dims}
    lines += [f"    {sizes[name]} = dims[{quoted(name)}]" for name in free if name in needed]
    lines += [f"    rngs = iter(np.random.SeedSequence(seed).spawn({len(model.params)}))", "    params = {}"]
    for info in model.params.values():
        kind, numbers = info.initialiser
        shape = (
            as_tuple([str(size.substitute(sizes | fixed)).replace("*", " * ") for size in _sizes(info)])
            if _sizes(info)
            else "()"
        )
        text = INITIALISERS[kind].format(*(numbers or DEFAULTS.get(kind, ())), shape=shape)
        if kind in PRELUDE_NAMES:
            used.add(kind)
        lines.append("    rng = np.random.default_rng(next(rngs))")
        lines.append(f"    params[{quoted(info.name)}] = np.asarray({text}, DTYPE)")
    return "\n".join([*lines, "    return params"]) + "\n", used


def _sizes(info: ParamInfo) -> list[Size]:
    return [i.extent for i in info.domain] + list(info.shape)


CARRY: Final = ", carry=None"

# The functions ------------------------------------------------------------------------------------------------------


def _carrying(c: Context, function: str, results: str, stream: str) -> list[str]:
    """Return the last lines: what the next chunk of a stream needs, and the return."""
    free = f'POOLS["{function}"].append(ws)'
    if not stream:
        return [free, f"return {results}"]
    lines = ["if carrying:", *(f"    {line}" for line in carry_lines(c, stream)), free]
    return [*lines, f"return ({results}, carry) if carrying else {results}"]


def _forward(model: RecurrenceGraph, stream: str, plan: Plan) -> Function:
    optional = frozenset(name for name in model.outputs if _is_loss(name))
    targets = as_tuple([quoted(n) for n, info in model.inputs.items() if info.role == "target"] or [""])

    def returns(c: Context) -> list[str]:
        lines = ["out = {}"]
        outputs = [o for o in c.schedule.graph.outputs.values() if o.name not in optional]
        made = [f"out[{quoted(o.name)}] = {batched_result(c, o)}" for o in outputs]
        alone = "loss" in optional and bool(made)
        lines += ["if outputs:", *(f"    {line}" for line in made)] if alone else made
        if "loss" in optional:
            lines += [
                "if scored:",
                *(f"    {line}" for line in [*terms_text(c), f'out["loss"] = float({_loss_text(c)}), terms']),
            ]
        return [*lines, *_carrying(c, "forward", "out", stream)]

    trees = ", structure=None" if structures(model) else ""
    summary = "Return distribution parameters and outputs, batch first, zero where an example has ended."
    if "loss" in optional:
        summary += "\n\n    Where all targets are given, `loss` is (the loss, {target: (sum of nll, sum of weights)})."
        summary += "\n    Without `outputs` there is nothing but the loss.\n    "
    signature = f"params, data, lengths=None{trees}{CARRY if stream else ''}, score=True"
    signature += ", outputs=True" if "loss" in optional else ""
    given = "score" if targets == "(,)" else f"score and all(name in data for name in {targets})"
    schedule = plan(model, stream)
    header = (f"scored = {given}",)
    return Function(
        "forward", signature, summary, schedule, returns, optional, "scored", header, stream=stream, prepares=True
    )


def _loss_text(c: Context) -> str:
    return c.value(c.schedule.graph.outputs["loss"].node)


def _loss_and_grad(graph: RecurrenceGraph, stream: str, plan: Plan, *, mixed: bool) -> Function:
    def returns(c: Context) -> list[str]:
        lines = [*terms_text(c), "grads = {}"]
        for group, test in ((graph.params, 'wrt != "inputs"'), (graph.inputs, 'wrt != "params"')):
            named = [
                (o.name.removeprefix("d loss/d "), o) for o in c.schedule.graph.outputs.values() if o.name != "loss"
            ]
            own = [(name, output) for name, output in named if name in group]
            if group is graph.params:
                texts = gradient_lines(c, own)
            else:
                texts = [f"grads[{quoted(name)}] = {batched_result(c, output, last=True)}" for name, output in own]
            lines += [f"if {test}:", *(f"    {text}" for text in texts)] if texts else []
        lines += [f"total = float({_loss_text(c)})"]
        if not stream:
            return [*lines, *_carrying(c, "loss_and_grad", "total, terms, grads", stream)]
        lines += [
            "if carrying:",
            *(f"    {line}" for line in carry_lines(c, stream)),
            'POOLS["loss_and_grad"].append(ws)',
        ]
        return [*lines, "return (total, terms, grads, carry) if carrying else (total, terms, grads)"]

    summary = 'Return the loss, its terms and its gradients with respect to "params", "inputs" or "all".'
    trees = ", structure=None" if structures(graph) else ""
    more = f"{CARRY if stream else ''}, noise=None{', mix=0.0' if mixed else ''}"
    signature = f'params, data, wrt="params", lengths=None{trees}{more}'
    optional = frozenset(f"d loss/d {name}" for name in graph.inputs)
    header = ("temperature, top_k, top_p = 1.0, 0, 1.0",) if mixed else ()
    return Function(
        "loss_and_grad", signature, summary, plan(graph, stream), returns, optional, 'wrt != "params"', header,
        seed="noise", stream=stream,
    )  # fmt: skip


def _targets(graph: RecurrenceGraph) -> frozenset[str]:
    return frozenset(name for name, info in graph.inputs.items() if info.role == "target")


def _sample(graph: RecurrenceGraph, stream: str, plan: Plan) -> Function:
    def returns(c: Context) -> list[str]:
        lines = [f"out[{quoted(o.name)}] = {batched_result(c, o)}" for o in c.schedule.graph.outputs.values()]
        return ["out = {}", *lines, *_carrying(c, "sample", "out", stream)]

    trees = ", structure=None" if structures(graph) else ""
    options = "seed=0, greedy=False, temperature=1.0, top_k=0, top_p=1.0"
    summary = "Draw what the data does not give of the targets, or take what is most likely; batch first."
    return Function(
        "sample", f"params, data, lengths=None{trees}{CARRY if stream else ''}, {options}", summary,
        plan(graph, stream), returns, absent=_targets(graph), seed="None if greedy else seed", stream=stream,
        prepares=True,
    )  # fmt: skip


def _beam(graph: RecurrenceGraph, plan: Plan) -> Function:
    def returns(c: Context) -> list[str]:
        return ["out = chosen.results(best, normalise)", 'POOLS["beam"].append(ws)', "return out"]

    trees = ", structure=None" if structures(graph) else ""
    options = "width=5, end=-1, normalise=0.0, best=1"
    summary = "Search for the most likely targets: `best` of them, their log-probabilities and lengths by example."
    return Function(
        "beam", f"params, data, lengths=None{trees}, {options}", summary, plan(graph, ""), returns,
        absent=_targets(graph), prepares=True,
    )  # fmt: skip


def _generating(mode: str, graph: RecurrenceGraph, streams: Mapping[str, str], plan: Plan) -> Function:
    """Return the function of a mode.

    Raises:
        SpecError: the model has no schedule in this mode.
    """
    try:
        return _sample(graph, streams.get("sample", ""), plan) if mode == "sample" else _beam(graph, plan)
    except SpecError as error:
        found = [replace(one, message=f"in mode {mode}, {one.message}") for one in error.diagnostics]
        raise SpecError(found) from error


def _step(model: RecurrenceGraph, stream: str, *, prepares: bool) -> str:
    """Return a function that advances by one point: what does not run along the stream is given whole every time."""
    moving = {name: _axis(info.domain, stream) for name, info in model.inputs.items() if _runs(info.domain, stream)}
    results = [info for info in model.outputs.values() if not _is_loss(info.name) and _runs(info.domain, stream)]
    if not stream or not moving:
        return ""
    trees = "structure" if structures(model) else ""
    others = len(sequences(model)) > 1
    given = [name for name in ("lengths" if others else "", trees, "prepared" if prepares else "") if name]
    signature = "".join(f", {name}=None" for name in given)
    passed = "".join(f", {name}={name}" for name in given)
    places = f"{{{', '.join(f'{quoted(name)}: {axis + 1}' for name, axis in moving.items())}}}"
    back = f"{{{', '.join(f'{quoted(o.name)}: {_axis(o.domain, stream) + 1}' for o in results)}}}"
    return f'''def step(params, data, carry=None{signature}):
    """Advance by one point: data and results without the axis of `{stream}`; give `carry` back at the next step."""
    for name, axis in {places}.items():
        if name in data:
            data = {{**data, name: inserted(data[name], axis)}}
    out, carry = forward(params, data, carry=carry or {{}}, score=False{passed})
    for name, axis in {back}.items():
        out[name] = out[name].take(0, axis)
    return out, carry
'''


def _axis(domain: Domain, stream: str) -> int:
    return [index.name for index in data_axes(domain)].index(stream)


def _runs(domain: Domain, stream: str) -> bool:
    return stream in [index.name for index in domain]
