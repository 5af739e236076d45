"""The generated module: constants, the helpers it needs, `init`, `forward`, `loss_and_grad` and `step`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from rnndsl.codegen.context import Context
from rnndsl.codegen.function import (
    Function,
    batched_result,
    carried,
    carry_lines,
    data_axes,
    emit_function,
    plain_result,
    sequences,
    structures,
)
from rnndsl.codegen.kernels import Kernels
from rnndsl.codegen.labels import make_labels
from rnndsl.codegen.names import Names
from rnndsl.codegen.prelude_text import PRELUDE_NAMES, helpers_of
from rnndsl.codegen.text import as_tuple, quoted
from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import OutputInfo, ParamInfo, RecurrenceGraph
from rnndsl.schedule.plan import Schedule
from rnndsl.schedule.schedule import make_schedule
from rnndsl.sizes import Size

#: Decides order, loops and storage of a graph.
Plan = Callable[[RecurrenceGraph], Schedule]

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
    """What a module says of itself, and its float type; `chunks` is "" or why it cannot run chunk by chunk.

    With `fused`, elementwise work is compiled by numba.
    """

    origin: str
    version: str
    dtype: str
    chunks: str
    fused: bool = False


def emit_module(
    model: RecurrenceGraph,
    gradient: RecurrenceGraph,
    options: ModuleOptions,
    others: Mapping[str, RecurrenceGraph] = MappingProxyType({}),
) -> str:
    """Return the text of a module for a model and its adjoint; `others` are its graphs in further modes."""
    plan = partial(make_schedule, clustered=options.fused)
    functions = [_forward(model, plan)]
    if "loss" in model.outputs:
        functions.append(_loss_and_grad(others.get("mix", gradient), plan, mixed="mix" in others))
    functions += [function(others[mode], plan) for mode, function in GENERATING.items() if mode in others]
    texts, used = [], set()
    kernels = Kernels() if options.fused else None
    for function in functions:
        lines, needed = emit_function(function, make_labels(function.schedule.graph), kernels)
        texts.append("\n".join(lines) + "\n")
        used |= needed | {helper for helper in ("widened",) if any(helper in line for line in function.header)}
    init, needed = _init(model)
    own = [*_head(model, options, functions, list(others)), BORROW, init, *texts, _step(model, options)]
    fused = list(kernels.texts.values()) if kernels else []
    approximate = any("fast_" in text for text in fused)
    used |= needed | ({f"exp_parts_{options.dtype}"} if approximate else set())
    chosen = EXPONENTS[options.dtype] if approximate else ""
    parts = [own[0], *helpers_of("\n".join([*own, *fused]), used), chosen, *fused, *own[1:]]
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts if part)


#: Which of the helpers belong to a float type.
EXPONENTS: Mapping[str, str] = {
    "float32": "exp_parts = exp_parts_float32\nEXP_LOW, EXP_HIGH = -87.0, 89.0",
    "float64": "exp_parts = exp_parts_float64\nEXP_LOW, EXP_HIGH = -708.0, 710.0",
}

JIT: Final = """
FAST = {"afn": True, "arcp": True, "contract": True, "nsz": True, "reassoc": True}  # NaN and infinity are still there
jit = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)
"""

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
        f"DIMS = {_dict_text(dims)}",
        f"PARAMS = {_dict_text({name: _extents(info) for name, info in model.params.items()})}",
        f"INPUTS = {_dict_text(axes)}",
        f"OUTPUTS = {_names_text(o for o in model.outputs if not _is_loss(o))}",
        f"READS = {_dict_text(reads)}",
        f"SEQUENCES = {_dict_text(walks)}",
        f"CARRIES = {_dict_text({f.name: carried(f) for f in functions})}",
        f"MODES = {_names_text(['observe', *others])}",
        f"POOLS = {{{pools}}}  # workspaces by function; a call takes one out and puts it back",
    ]
    imports = "import numba\nimport numpy as np\n" if options.fused else "import numpy as np\n"
    jit = JIT if options.fused else ""
    return [f'"""{_header(model, options)}"""\n\n{imports}\n' + "\n".join(constants) + jit.rstrip()]


def _header(model: RecurrenceGraph, options: ModuleOptions) -> str:
    """Return the module's docstring: where it comes from and how it is used."""
    file = re.sub("[^A-Za-z0-9_.<>-]", "?", options.origin.rsplit("/", 1)[-1])
    asked = "".join(f", {name}=..." for name, value in model.dims.items() if value is None)
    given = "params, data, structure=structure" if structures(model) else "params, data"
    calls = [f"params = init(seed=0{asked})", f"out = forward({given})"]
    if "loss" in model.outputs:
        calls.append(f"total, terms, grads = loss_and_grad({given})")
    text = "\n".join(f"    {call}" for call in calls)
    means = "in NumPy and numba" if options.fused else "in NumPy alone"
    return f"""{model.name}: a recurrent network with its gradient, {means}.

Generated by rnndsl {options.version} from {file}, {options.dtype}.

{text}

Data are arrays by name, batch first ([B, T, size], tokens [B, T]), or lists of one array per example; `lengths` gives
the length of every example of a padded batch by index.
{STRUCTURE if structures(model) else ""}"""


STRUCTURE: Final = """
`structure` gives by tree (or dag) for every example a list: for each of its nodes, in any order, the places of its
children, from 0. Data of nodes stand in that order, data of edges node by node in the order of the children.
"""


def _dict_text(entries: Mapping[str, object]) -> str:
    if not entries:
        return "{}"
    return "{\n" + "".join(f"    {quoted(key)}: {_value_text(value)},\n" for key, value in entries.items()) + "}"


def _value_text(value: object) -> str:
    if isinstance(value, tuple) and value:
        return as_tuple([quoted(v) if isinstance(v, str) else _value_text(v) for v in value])
    return repr(value)


def _names_text(names: object) -> str:
    listed = [quoted(name) for name in names]  # type: ignore[attr-defined]
    return as_tuple(listed) if listed else "()"


def _extents(info: ParamInfo) -> tuple[str, ...]:
    return tuple(str(size) for size in [i.extent for i in info.domain] + list(info.shape))


def _is_loss(name: str) -> bool:
    return name == "loss" or name.endswith((".nll", ".weight")) or "/d " in name


def _only(graph: RecurrenceGraph, outputs: Sequence[OutputInfo]) -> RecurrenceGraph:
    return finish(Builder.of(graph), graph, outputs)


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


# The functions ------------------------------------------------------------------------------------------------------


def _forward(model: RecurrenceGraph, plan: Plan) -> Function:
    optional = frozenset(name for name in model.outputs if _is_loss(name))
    targets = as_tuple([quoted(n) for n, info in model.inputs.items() if info.role == "target"] or [""])

    def returns(c: Context) -> list[str]:
        lines = ["out = {}"]
        outputs = [o for o in c.schedule.graph.outputs.values() if o.name not in optional]
        lines += [f"out[{quoted(o.name)}] = {batched_result(c, o)}" for o in outputs]
        if "loss" in optional:
            lines += [
                "if scored:",
                *(f"    {line}" for line in [*_terms(c), f'out["loss"] = float({_loss_text(c)}), terms']),
            ]
        lines += ["if carrying:", *(f"    {line}" for line in carry_lines(c))]
        return [*lines, 'POOLS["forward"].append(ws)', "return (out, carry) if carrying else out"]

    trees = ", structure=None" if structures(model) else ""
    summary = "Return distribution parameters and outputs, batch first, zero where an example has ended."
    if "loss" in optional:
        summary += "\n\n    Where all targets are given, `loss` is (the loss, {target: (sum of nll, sum of weights)})."
        summary += "\n    "
    signature = f"params, data, lengths=None{trees}, carry=None, score=True"
    given = "score" if targets == "(,)" else f"score and all(name in data for name in {targets})"
    schedule = plan(model)
    return Function("forward", signature, summary, schedule, returns, optional, "scored", (f"scored = {given}",))


def _terms(c: Context) -> list[str]:
    graph = c.schedule.graph
    lines = ["terms = {}"]
    for name in [o[: -len(".nll")] for o in graph.outputs if o.endswith(".nll")]:
        pair = [f"float({c.value(graph.outputs[f'{name}.{part}'].node)})" for part in ("nll", "weight")]
        lines.append(f"terms[{quoted(name)}] = ({', '.join(pair)})")
    return lines


def _loss_text(c: Context) -> str:
    return c.value(c.schedule.graph.outputs["loss"].node)


def _loss_and_grad(gradient: RecurrenceGraph, plan: Plan, *, mixed: bool) -> Function:
    wanted = [o for o in gradient.outputs.values() if _is_loss(o.name)]
    graph = _only(gradient, wanted)

    def returns(c: Context) -> list[str]:
        lines = [*_terms(c), "grads = {}"]
        for group, test in ((graph.params, 'wrt != "inputs"'), (graph.inputs, 'wrt != "params"')):
            texts = []
            for output in c.schedule.graph.outputs.values():
                name = output.name.removeprefix("d loss/d ")
                if output.name != "loss" and name in group:
                    result = batched_result(c, output) if group is graph.inputs else plain_result(c, output)
                    texts.append(f"    grads[{quoted(name)}] = {result}")
            lines += [f"if {test}:", *texts] if texts else []
        lines += [f"total = float({_loss_text(c)})"]
        lines += ["if carrying:", *(f"    {line}" for line in carry_lines(c)), 'POOLS["loss_and_grad"].append(ws)']
        return [*lines, "return (total, terms, grads, carry) if carrying else (total, terms, grads)"]

    summary = 'Return the loss, its terms and its gradients with respect to "params", "inputs" or "all".'
    trees = ", structure=None" if structures(graph) else ""
    signature = f'params, data, wrt="params", lengths=None{trees}, carry=None, noise=None{", mix=0.0" if mixed else ""}'
    optional = frozenset(f"d loss/d {name}" for name in graph.inputs)
    header = ("temperature, top_k, top_p = 1.0, 0, 1.0",) if mixed else ()
    return Function(
        "loss_and_grad", signature, summary, plan(graph), returns, optional, 'wrt != "params"', header,
        seed="noise",
    )  # fmt: skip


def _targets(graph: RecurrenceGraph) -> frozenset[str]:
    return frozenset(name for name, info in graph.inputs.items() if info.role == "target")


def _sample(graph: RecurrenceGraph, plan: Plan) -> Function:
    def returns(c: Context) -> list[str]:
        lines = [f"out[{quoted(o.name)}] = {batched_result(c, o)}" for o in c.schedule.graph.outputs.values()]
        return ["out = {}", *lines, 'POOLS["sample"].append(ws)', "return out"]

    trees = ", structure=None" if structures(graph) else ""
    options = "seed=0, greedy=False, temperature=1.0, top_k=0, top_p=1.0"
    summary = "Draw what the data does not give of the targets, or take what is most likely; batch first."
    return Function(
        "sample", f"params, data, lengths=None{trees}, {options}", summary, plan(graph), returns,
        absent=_targets(graph), seed="None if greedy else seed",
    )  # fmt: skip


def _beam(graph: RecurrenceGraph, plan: Plan) -> Function:
    def returns(c: Context) -> list[str]:
        return ["out = chosen.results(best, normalise)", 'POOLS["beam"].append(ws)', "return out"]

    trees = ", structure=None" if structures(graph) else ""
    options = "width=5, end=-1, normalise=0.0, best=1"
    given = ["data", "lengths", *(["structure"] if trees else [])]
    wide = "{{name: widened(value, width) for name, value in {}.items()}}"
    header = tuple(f"{name} = {wide.format(name if name == 'data' else f'({name} or {{}})')}" for name in given)
    summary = "Search for the most likely targets: `best` of them, their log-probabilities and lengths by example."
    return Function(
        "beam", f"params, data, lengths=None{trees}, {options}", summary, plan(graph), returns,
        header=header, absent=_targets(graph),
    )  # fmt: skip


GENERATING: Mapping[str, Callable[[RecurrenceGraph, Plan], Function]] = {"sample": _sample, "beam": _beam}


def _step(model: RecurrenceGraph, options: ModuleOptions) -> str:
    if options.chunks or not any(i.ragged for info in model.inputs.values() for i in info.domain):
        return ""
    moving = [name for name, info in model.inputs.items() if any(i.ragged for i in info.domain)]
    results = [o.name for o in model.outputs.values() if not _is_loss(o.name) and any(i.ragged for i in o.domain)]
    return f'''def step(params, data, carry=None):
    """Advance by one point: data and results without the sequence's axis; give `carry` back at the next step."""
    moving = {_names_text(moving)}
    data = {{name: np.asarray(value)[:, None] if name in moving else value for name, value in data.items()}}
    out, carry = forward(params, data, carry=carry or {{}})
    for name in {_names_text(results)}:
        out[name] = out[name][:, 0]
    return out, carry
'''
