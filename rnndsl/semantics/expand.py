"""From a syntax tree to a model: the semantic stage on one screen."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.diagnostics.span import Span
from rnndsl.locations import data_folder
from rnndsl.semantics.arguments import bind_dims
from rnndsl.semantics.causality import check_causality
from rnndsl.semantics.cells import open_frame
from rnndsl.semantics.dims import Dims
from rnndsl.semantics.expansion import Expansion
from rnndsl.semantics.findings import Findings, TooManyMistakesError, did_you_mean
from rnndsl.semantics.frame import Cell, Frame, Place
from rnndsl.semantics.imports import Importer, Sources
from rnndsl.semantics.inits import check_inits
from rnndsl.semantics.limits import Budget, LimitReachedError
from rnndsl.semantics.model import Model
from rnndsl.semantics.statements import resolve_frame
from rnndsl.semantics.usage import check_purpose, check_siblings, warn_absent, warn_unused
from rnndsl.syntax.parse import parse
from rnndsl.syntax.tree import Block, SyntaxTree


def default_sources(path: Path | None) -> Sources:
    """Return where the imports of the spec in `path` (None: a text without a file) are read."""
    return Sources(path, data_folder("specs"), parse_import)


@lru_cache(maxsize=256)
def parse_import(text: str, file: str) -> SyntaxTree:
    """Parse an imported file; trees are immutable, and the cells of the library are imported again and again."""
    return parse(text, file)


def expand(
    tree: SyntaxTree,
    *,
    dims: Mapping[str, int | float] | None = None,
    model: str | None = None,
    sources: Sources | None = None,
) -> tuple[Model, tuple[Diagnostic, ...]]:
    """Expand a spec to a flat system of equations, and return it with the warnings.

    `dims` gives dimensions and constants; only those that decide the structure must have a value. `model` chooses a
    block by name. A cell becomes a model of its own: its inputs are the model's, its output is the model's output.

    Raises:
        SpecError: with every independent mistake, at most 20.
    """
    findings = Findings()
    findings.adopt(tree.warnings)
    try:
        unit = Importer(sources or default_sources(None), findings).main(tree)
        return _expand(Cell(_choose(tree, model, findings), unit), dims or {}, findings)
    except (LimitReachedError, TooManyMistakesError):
        raise SpecError(findings.all) from None


def _expand(cell: Cell, dims: Mapping[str, int | float], findings: Findings) -> tuple[Model, tuple[Diagnostic, ...]]:
    expansion = Expansion(findings, Dims(findings), Budget(findings))
    frame = Frame(cell, Place(), bind_dims(cell.block, dims, expansion.dims))
    open_frame(frame, expansion)
    resolve_frame(frame, expansion)
    found = _model(cell.block, expansion, dict(_uses(frame)))
    check_causality(found, expansion.dims, findings)
    check_inits(found, findings)
    check_siblings(found, findings)
    check_purpose(found, expansion.drawn, findings)
    findings.check()
    warn_unused(found, findings)
    warn_absent(found, expansion.dims, findings)
    return found, findings.all


def _choose(tree: SyntaxTree, name: str | None, findings: Findings) -> Block:
    """Return the block to compile: the one that is named, or the only model, or the last cell of a file of cells.

    Raises:
        SpecError: there is none, or there are several.
    """
    blocks = {block.name: block for block in tree.blocks}
    start = Span(tree.file, 1, 1, 1, 2)
    models = [block for block in tree.blocks if block.kind == "model"]
    if name is not None and name in blocks:
        return blocks[name]
    if name is not None:
        way = did_you_mean(name, blocks, f"there are {_listed(blocks)}" if blocks else "")
        findings.error("RNN216", "there is no model of the name that was asked for", start, way=way)
    elif len(models) == 1:
        return models[0]
    elif models:
        way = f"choose one of {_listed([block.name for block in models])} with `--model`"
        findings.error("RNN216", f"this file has {len(models)} models", models[1].header, way=way)
    elif tree.blocks:
        return tree.blocks[-1]
    else:
        way = "write `model Name(...):`, or compile the file that has the cell"
        findings.error("RNN217", "there is no model and no cell in this file", start, way=way)
    raise SpecError(findings.all)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _uses(frame: Frame) -> Iterator[tuple[str, str]]:
    """Yield the prefix and the cell of every use of one, those inside cells included."""
    for child in frame.children.values():
        yield child.place.prefix.removesuffix("."), child.cell.block.name
        yield from _uses(child)


def _model(block: Block, expansion: Expansion, cells: Mapping[str, str]) -> Model:
    return Model(
        name=block.name,
        dims=expansion.dims.table(),
        indices=tuple(expansion.indices.values()),
        data=expansion.data,
        params=expansion.params,
        equations=expansion.equations,
        inits={name: given.init for name, given in expansion.inits.items()},
        randoms=tuple(expansion.randoms.values()),
        losses=tuple(expansion.losses),
        outputs=tuple(expansion.outputs.values()),
        span=block.header,
        cell=block.kind == "cell",
        cells=cells,
    )
