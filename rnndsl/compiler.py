"""The pipeline on one screen: text -> tree -> model -> graph -> adjoint -> schedule -> source -> program."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from os import PathLike
from types import MappingProxyType
from typing import Final, TypedDict, Unpack

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.codegen.module import ModuleOptions, emit_module
from rnndsl.codegen.moment import emit_moment
from rnndsl.codegen.segments import SegmentGraphs
from rnndsl.diagnostics.diagnostic import DataError, Diagnostic, SpecError
from rnndsl.graph.errors import NotCutError
from rnndsl.graph.feeding import feed_input, why_not_fed
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.lower import lower
from rnndsl.graph.lower_draws import Mode
from rnndsl.graph.offsets import delay_dims
from rnndsl.graph.segments import Segments, make_segments
from rnndsl.graph.staging import OBJECTIVE
from rnndsl.passes import AFTER, BEFORE, run
from rnndsl.passes.hoist_sums import hoist_sums
from rnndsl.runtime.program import Program
from rnndsl.schedule.choices import USUAL, Choices
from rnndsl.schedule.chunks import find_stream, why_not_along, why_not_generated, why_not_in_chunks
from rnndsl.schedule.unrolling import unrolled_dims
from rnndsl.semantics.check import Checked, check
from rnndsl.semantics.model import TypedModel
from rnndsl.version import VERSION

__all__ = ["BACKENDS", "DTYPES", "MODES", "Checked", "Options", "assemble", "build", "check", "compile", "optimise"]

#: Modes in which a model is lowered anew.
LOWERED: Final[tuple[Mode, ...]] = ("sample", "beam", "mix")
#: What a program can do.
MODES: Final = ("observe", *LOWERED, "checkpoint")
BACKENDS: Final = ("numpy", "numba", "cupy")
DTYPES: Final = ("float32", "float64")
MOST_THREADS: Final = 1024
MISSING: Final = 'numba is not installed, so this is the NumPy backend: pip install "rnndsl[jit]" for the other one'


def build(checked: Checked, mode: Mode = "observe") -> RecurrenceGraph:
    """Return the recurrence graph of a checked spec in a mode, before any pass.

    Raises:
        SpecError: the model cannot be run in this mode, or a dimension that its structure needs has no value.
    """
    graph = lower(checked.model, mode)
    reaches, repeats = delay_dims(graph), unrolled_dims(graph)
    for name in sorted(reaches | repeats):
        if graph.dims[name] is None:
            place, way = checked.model.model.span, f"give it with `--set {name}=2`, or a default in the first line"
            what = "how far a sequence is read" if name in reaches else "how often a cycle is written out"
            raise SpecError([Diagnostic("RNN220", f"`{name}` says {what}, and has no value", place, help=way)])
    return replace(graph, fixed_dims=graph.fixed_dims | reaches | repeats)


class Options(TypedDict, total=False):
    """How a program is made.

    Attributes:
        backend: "numpy", or "numba": the same program with its elementwise work compiled (`pip install "rnndsl[jit]"`);
            or "cupy": the same program on an NVIDIA GPU (`pip install "rnndsl[cuda13]"`), not needed for compiling.
        dtype: "float32" or "float64".
        finite: Whether every call refuses data and results that hold NaN or infinity.
        modes: What it can do besides running on data ("observe"): "sample", "beam" search, and "mix", scheduled
            sampling while training.
        feed: Inputs of tokens that need not be given when generating: `{"x": "y"}` says that `x[t]` is then `y[t-1]`.
        threads: In how many parts a batch is computed at the same time, each on one core. Pays off where operations are
            large; results are the same on every run with as many threads.
        choices: Choices of the schedule, where they are not to be the usual ones.
    """

    backend: str
    dtype: str
    finite: bool
    modes: Sequence[str]
    feed: Mapping[str, str]
    threads: int
    choices: Choices


@dataclass(frozen=True, slots=True)
class _Settings:
    """Options with their defaults."""

    backend: str = "numpy"
    dtype: str = "float32"
    finite: bool = False
    modes: Sequence[str] = ("observe",)
    feed: Mapping[str, str] = field(default_factory=dict)
    threads: int = 1
    choices: Choices = USUAL

    def check(self) -> None:
        if type(self.threads) is not int or not 1 <= self.threads <= MOST_THREADS:
            raise DataError.of(
                "RNN613", f"threads is {self.threads!r}", help=f"expected a number from 1 to {MOST_THREADS}"
            )
        given = [("backend", self.backend, BACKENDS), ("dtype", self.dtype, DTYPES)]
        for what, value, known in (*given, *(("mode", mode, MODES) for mode in self.modes)):
            if value not in known:
                message = f"{what} {value!r} is not available in this version"
                raise DataError.of("RNN613", message, help=f"it has: {', '.join(known)}")
        if self.threads > 1 and self.backend == "cupy":
            raise DataError.of("RNN613", "a GPU computes a batch whole", help="leave `threads` out")


def compile(  # noqa: A001 - the name that users expect
    spec: str | PathLike[str],
    *,
    dims: Mapping[str, int | float] | None = None,
    model: str | None = None,
    **options: Unpack[Options],
) -> Program:
    """Compile a spec, given as a path or as its text, into a program.

    `dims` gives dimensions and constants; those that only size arrays may stay open until `init`. `model` chooses one
    of several. `options` are those of `Options`: `dtype="float64"`, `modes=("observe", "sample")`, ...

    Raises:
        SpecError: with every independent mistake of the spec.
        DataError: an unknown backend, dtype or mode, or an input that cannot be fed.
    """
    settings = _Settings(**options)
    settings.check()
    checked = check(spec, dims=dims, model=model)
    graph, typed = build(checked), checked.model
    others: dict[str, RecurrenceGraph] = {mode: build(checked, mode) for mode in LOWERED if mode in settings.modes}
    others = {mode: other if mode == "mix" else fed(other, settings.feed) for mode, other in others.items()}
    fixed = graph.fixed_dims.union(*(other.fixed_dims for other in others.values()))
    graph, *rest = (replace(one, fixed_dims=fixed) for one in (graph, *others.values()))
    others = dict(zip(others, rest, strict=True))
    segments = segments_of(graph) if "checkpoint" in settings.modes else ()
    if is_missing(settings.backend):
        warnings.warn(MISSING, RuntimeWarning, stacklevel=2)
        options["backend"] = "numpy"
    return assemble(graph, typed=typed, others=others, segments=segments, **options)


def is_missing(backend: str) -> bool:
    """Tell whether a backend needs what is not installed; NumPy does instead."""
    return backend == "numba" and find_spec("numba") is None


def segments_of(graph: RecurrenceGraph) -> tuple[Segments, ...]:
    """Return the stages of a model's loss, each with the graph of its segments.

    Raises:
        DataError: RNN614, it cannot be cut into segments.
    """
    try:
        return make_segments(graph)
    except NotCutError as error:
        message = f"{graph.name} cannot be trained with checkpoints: {error}"
        raise DataError.of(
            "RNN614", message, help="leave checkpoints out; smaller batches need less memory, too"
        ) from None


def fed(graph: RecurrenceGraph, feed: Mapping[str, str]) -> RecurrenceGraph:
    """Return a graph that generates, whose inputs are what was generated before where they are not given.

    Raises:
        DataError: RNN613, an input cannot be fed.
    """
    for name, target in feed.items():
        reason = why_not_fed(graph.inputs, name, target)
        if not reason:
            graph = feed_input(graph, name, target)
            reason = why_not_generated(graph, target) or ""
        if reason:
            raise DataError.of("RNN613", f"{graph.name} cannot feed `{name}` with `{target}`: {reason}")
    return graph


def assemble(
    graph: RecurrenceGraph,
    *,
    typed: TypedModel | None = None,
    others: Mapping[str, RecurrenceGraph] = MappingProxyType({}),
    segments: Sequence[Segments] = (),
    **options: Unpack[Options],
) -> Program:
    """Return the program of a recurrence graph: optimised, differentiated, scheduled, written and loaded.

    `typed` is what it was made from: its place stands in the module's header, its picture is drawn from it. `others`
    are the model's graphs in further modes, in which the inputs of the option `feed` are fed; `segments` are for mode
    "checkpoint".
    """
    settings = _Settings(**options)
    forward, gradient = optimise(graph, settings.choices)
    generating: dict[str, RecurrenceGraph] = {
        mode: optimise(other, settings.choices)[mode == "mix"] for mode, other in others.items() if mode in LOWERED
    }
    stream, why = find_stream(graph)
    chunks = why_not_in_chunks(graph)
    streams = {} if stream is None else {"forward": stream.name}
    if stream is not None:
        streams |= {} if chunks else {"loss_and_grad": stream.name}
        drawn = others.get("sample")
        streams |= {"sample": stream.name} if drawn is not None and why_not_along(drawn, stream) is None else {}
    origin = "a graph" if typed is None else typed.model.span.file
    parts = settings.threads > 1
    form = ModuleOptions(origin, VERSION, settings.dtype, streams, settings.backend, parts, settings.choices)
    source = emit_module(forward, gradient, form, generating, tuple(map(_segment_graphs, segments)))
    feed = MappingProxyType(dict(settings.feed))
    return Program(
        graph, source, settings.dtype, chunks, settings.finite, why, feed, tuple(segments), settings.threads,
        partial(emit_moment, forward, form), typed=typed,
    )  # fmt: skip


def _segment_graphs(segments: Segments) -> SegmentGraphs:
    forward = run(segments.graph, BEFORE)
    return SegmentGraphs(forward, run(differentiate(forward, OBJECTIVE, segments.wrt), AFTER))


def optimise(graph: RecurrenceGraph, choices: Choices = USUAL) -> tuple[RecurrenceGraph, RecurrenceGraph]:
    """Return the graphs that are scheduled: the model's, and the one with its gradient, if it has a loss."""
    before, after = ([p for p in passes if choices.hoisted or p is not hoist_sums] for passes in (BEFORE, AFTER))
    forward = run(graph, before)
    return forward, run(differentiate(forward), after) if "loss" in forward.outputs else forward
