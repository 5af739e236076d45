"""The first half of the pipeline, text -> tree -> model with all shapes, which needs neither NumPy nor networkx."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from rnndsl.diagnostics.diagnostic import Diagnostic
from rnndsl.semantics.chains import walk
from rnndsl.semantics.expand import default_sources, expand
from rnndsl.semantics.model import Apply, Expr, Model, Read, TypedModel
from rnndsl.semantics.shapes import infer_shapes
from rnndsl.semantics.shapes_tokens import roots
from rnndsl.syntax.parse import parse
from rnndsl.syntax.source import read_source


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


def graph_may_fail(model: Model) -> bool:
    """Tell whether lowering may find a mistake: only inits that read something and likelihoods hold any by then."""
    if any(isinstance(part, Read) for init in model.inits.values() for part in walk(init.value)):
        return True
    return any(isinstance(part, Apply) and part.function == "log_prob" for part in _parts(model))


def _parts(model: Model) -> Iterator[Expr]:
    for root in roots(model):
        yield from walk(root)
