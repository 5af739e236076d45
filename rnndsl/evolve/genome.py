"""A spec as it is inherited: one text that imports nothing, in the canonical layout, with its descent on top."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from rnndsl.diagnostics.diagnostic import DataError, SpecError
from rnndsl.evolve.rewriting import applied_cells, map_statement, plain
from rnndsl.semantics.expand import default_sources
from rnndsl.semantics.findings import Findings
from rnndsl.semantics.frame import Unit
from rnndsl.semantics.imports import Importer
from rnndsl.syntax.notation import print_name
from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree
from rnndsl.syntax.tree import Block, CellCall, Comment, Expression, LetStatement, Statement, SyntaxTree

#: What stands between a mutant's descent and the comments of the spec that it descends from.
ORIGIN: Final = "# Begun from:\n"
NAMELESS: Final = "# a spec that says nothing on top\n"


def self_contained(text: str, path: Path | None = None) -> str:
    """Return a spec with every cell that it imports in its own text, each file's before those that import it.

    Raises:
        SpecError: it does not parse, or an import fails.
        DataError: RNN752, two cells of one name would meet.
    """
    tree = parse(text, "<text>" if path is None else str(path))
    trees: dict[str, SyntaxTree] = {}
    findings = Findings()
    importer = Importer(default_sources(path), findings)
    _collect(tree, importer, trees)
    if any(one.severity == "error" for one in findings.all):
        raise SpecError(findings.all)
    kept = [one if one.file == tree.file else _cells(one) for one in trees.values()]
    names = [block.name for one in kept for block in one.blocks]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError.of("RNN752", f"two cells named {twice[0]} would stand in one file", help="rename one of them")
    return "\n".join(format_tree(_without_imports(one)) for one in kept)


def _collect(tree: SyntaxTree, importer: Importer, trees: dict[str, SyntaxTree]) -> None:
    """Gather the trees of all files that are needed, by the names that messages give them, imported ones first."""
    waiting = [importer.main(tree)]
    found: list[Unit] = []
    while waiting:
        unit = waiting.pop()
        if unit.tree.file not in [one.tree.file for one in found]:
            found.append(unit)
            waiting += [cell.unit for cell in unit.cells.values()]
    trees.update({one.tree.file: one.tree for one in reversed(found)})


def _cells(tree: SyntaxTree) -> SyntaxTree:
    """Return a tree without the models in it, and without their comments."""
    models = [block for block in tree.blocks if block.kind == "model"]
    comments = tuple(one for one in tree.comments if not any(_belongs(one, block, tree) for block in models))
    return replace(tree, blocks=tuple(one for one in tree.blocks if one not in models), comments=comments)


def _without_imports(tree: SyntaxTree) -> SyntaxTree:
    """Return a tree without its imports; the comment above them comes to stand above what follows them."""
    if not tree.imports:
        return tree
    first, last = tree.imports[0].span.line, tree.imports[-1].span.end_line
    lines = (*(one.span.line for one in tree.blocks), *(one.span.line for one in tree.comments))
    shift = min((line for line in lines if line > last), default=last) - first
    comments = tuple(_lowered(one, shift) if one.span.line < first else one for one in tree.comments)
    return replace(tree, imports=(), comments=comments)


def _lowered(comment: Comment, lines: int) -> Comment:
    span = comment.span
    return replace(comment, span=replace(span, line=span.line + lines, end_line=span.end_line + lines))


def placed(cell: str, model: str) -> str:
    """Return `model`, a spec that applies one cell, with the last cell of another spec in its place.

    Raises:
        DataError: RNN752, the model applies no cell or several, or a name is taken.
    """
    inner, outer = parse(cell, "<cell>"), parse(model, "<model>")
    frame = [block for block in outer.blocks if block.kind == "model"]
    applied = {print_name(name) for block in frame for one in block.body for name in applied_cells(one)}
    own = {block.name for block in outer.blocks if block.kind == "cell"}
    if len(frame) != 1 or len(applied) != 1 or not applied <= own:
        message = f"{frame[0].name if frame else 'the spec'} applies {', '.join(sorted(applied)) or 'no cell'}"
        raise DataError.of("RNN752", message, help="give a model that applies one cell, such as char_lstm")
    new = inner.blocks[-1].name
    if new == frame[0].name or any(block.kind != "cell" for block in inner.blocks):
        raise DataError.of("RNN752", f"{new} cannot take the place of a cell of {frame[0].name}")
    (block,) = (_applying(one, applied.pop(), new) for one in frame)
    comments = tuple(one for one in outer.comments if _belongs(one, block, outer))
    return f"{format_tree(inner)}\n{format_tree(replace(outer, blocks=(block,), comments=comments))}"


def _belongs(comment: Comment, block: Block, tree: SyntaxTree) -> bool:
    """Tell comments inside a block, and between it and the one before."""
    before = max((one.span.end_line for one in tree.blocks if one.span.line < block.span.line), default=0)
    return before < comment.span.line <= block.span.end_line


def _applying(block: Block, old: str, new: str) -> Block:
    def renamed(part: Expression) -> Expression:
        same = isinstance(part, CellCall) and print_name(part.cell) == old
        return replace(part, cell=plain(new)) if isinstance(part, CellCall) and same else part

    def rewritten(statement: Statement) -> Statement:
        if isinstance(statement, LetStatement) and print_name(statement.cell) == old:
            return replace(statement, cell=plain(new))
        return map_statement(statement, renamed)

    return replace(block, body=tuple(map(rewritten, block.body)))


def descended(text: str, descent: Sequence[str]) -> str:
    """Return a spec with its descent, line by line, on top, before the comments that its first ancestor had."""
    head = "".join(f"# {line}\n" for line in descent)
    inherited = text.partition(ORIGIN)[2] or (text if text.startswith("#") else NAMELESS + text)
    return f"{head}{ORIGIN}{inherited}"


def identity(text: str) -> str:
    """Return a sum over what a spec says without its comments: the same for two specs that say the same.

    A text that is no spec says what it says.
    """
    with suppress(SpecError):
        return meaning(parse(text, "<text>"))
    return sha256(text.encode()).hexdigest()


def meaning(tree: SyntaxTree) -> str:
    """Return the identity of a spec that is parsed already."""
    return sha256(format_tree(replace(tree, comments=())).encode()).hexdigest()
