"""The pipeline on one screen: text -> tree -> model -> graph -> adjoint -> schedule -> source -> program."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypedDict, Unpack

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.codegen.module import ModuleOptions, emit_module
from rnndsl.diagnostics.diagnostic import DataError, Diagnostic, SpecError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.lower import lower
from rnndsl.graph.lower_draws import Mode
from rnndsl.graph.offsets import delay_dims
from rnndsl.passes import AFTER, BEFORE, run
from rnndsl.runtime.program import Program
from rnndsl.schedule.chunks import why_not_in_chunks
from rnndsl.semantics.expand import default_sources, expand
from rnndsl.semantics.model import TypedModel
from rnndsl.semantics.shapes import infer_shapes
from rnndsl.syntax.parse import parse
from rnndsl.syntax.source import read_source
from rnndsl.version import VERSION

MODES: Final[tuple[Mode, ...]] = ("observe", "sample", "beam", "mix")
BACKENDS: Final = ("numpy", "numba")
DTYPES: Final = ("float32", "float64")
MISSING: Final = 'numba is not installed, so this is the NumPy backend: pip install "rnndsl[jit]" for the other one'


@dataclass(frozen=True, slots=True)
class Checked:
    """A spec without mistakes: its model with all shapes, and warnings."""

    model: TypedModel
    warnings: tuple[Diagnostic, ...]


def check(
    spec: str | PathLike[str], *, dims: Mapping[str, int | float] | None = None, model: str | None = None
) -> Checked:
    """Parse and check a spec, given as a path or as its text.

    Raises:
        SpecError: with every independent mistake.
    """
    path = None if isinstance(spec, str) and "\n" in spec else Path(spec)
    text = str(spec) if path is None else read_source(path)
    tree = parse(text, "<text>" if path is None else str(path))
    expanded, warnings = expand(tree, dims=dims, model=model, sources=default_sources(path))
    return Checked(infer_shapes(expanded), warnings)


def build(checked: Checked, mode: Mode = "observe") -> RecurrenceGraph:
    """Return the recurrence graph of a checked spec in a mode, before any pass.

    Raises:
        SpecError: the model cannot be run in this mode, or a dimension that its structure needs has no value.
    """
    graph = lower(checked.model, mode)
    fixed = delay_dims(graph)
    for name in sorted(fixed):
        if graph.dims[name] is None:
            place, way = checked.model.model.span, f"give it with `--set {name}=2`, or a default in the first line"
            raise SpecError(
                [Diagnostic("RNN220", f"`{name}` says how far a sequence is read, and has no value", place, help=way)]
            )
    return replace(graph, fixed_dims=graph.fixed_dims | fixed)


class Options(TypedDict, total=False):
    """How a program is made.

    Attributes:
        backend: "numpy", or "numba": the same program with its elementwise work compiled (`pip install "rnndsl[jit]"`).
        dtype: "float32" or "float64".
        finite: Whether every call refuses data that holds NaN or infinity.
        modes: What it can do besides running on data ("observe"): "sample", "beam" search, and "mix", scheduled
            sampling while training.
    """

    backend: str
    dtype: str
    finite: bool
    modes: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Settings:
    """Options with their defaults."""

    backend: str = "numpy"
    dtype: str = "float32"
    finite: bool = False
    modes: Sequence[str] = ("observe",)

    def check(self) -> None:
        given = [("backend", self.backend, BACKENDS), ("dtype", self.dtype, DTYPES)]
        for what, value, known in (*given, *(("mode", mode, MODES) for mode in self.modes)):
            if value not in known:
                message = f"{what} {value!r} is not available in this version"
                raise DataError.of("RNN613", message, help=f"it has: {', '.join(known)}")


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
        DataError: an unknown backend, dtype or mode.
    """
    settings = _Settings(**options)
    settings.check()
    checked = check(spec, dims=dims, model=model)
    others: dict[str, RecurrenceGraph] = {mode: build(checked, mode) for mode in MODES[1:] if mode in settings.modes}
    origin = checked.model.model.span.file
    if is_missing(settings.backend):
        warnings.warn(MISSING, RuntimeWarning, stacklevel=2)
        settings = replace(settings, backend="numpy")
    how = {"backend": settings.backend, "dtype": settings.dtype}
    return assemble(build(checked), **how, finite=settings.finite, origin=origin, others=others)


def is_missing(backend: str) -> bool:
    """Tell whether a backend needs what is not installed; NumPy does instead."""
    return backend == "numba" and find_spec("numba") is None


def assemble(
    graph: RecurrenceGraph,
    *,
    backend: str = "numpy",
    dtype: str = "float32",
    finite: bool = False,
    origin: str = "a graph",
    others: Mapping[str, RecurrenceGraph] = MappingProxyType({}),
) -> Program:
    """Return the program of a recurrence graph: optimised, differentiated, scheduled, written and loaded.

    `origin` is the spec's name for the module's header; `others` are the model's graphs in further modes.
    """
    forward, gradient = optimise(graph)
    generating = {mode: optimise(other)[mode == "mix"] for mode, other in others.items()}
    chunks = why_not_in_chunks(graph)
    options = ModuleOptions(origin, VERSION, dtype, chunks or "", fused=backend == "numba")
    source = emit_module(forward, gradient, options, generating)
    return Program(graph, source, dtype, chunks, finite)


def optimise(graph: RecurrenceGraph) -> tuple[RecurrenceGraph, RecurrenceGraph]:
    """Return the graphs that are scheduled: the model's, and the one with its gradient, if it has a loss."""
    forward = run(graph, BEFORE)
    return forward, run(differentiate(forward), AFTER) if "loss" in forward.outputs else forward
