"""Imports: which file an `import` means, confined to the folder tree of the spec, and what it brings."""

import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rnndsl.diagnostics.diagnostic import Label, SpecError
from rnndsl.semantics.findings import Findings, ReportedError, did_you_mean
from rnndsl.semantics.frame import Cell, Unit
from rnndsl.semantics.limits import MAX_IMPORT_DEPTH, MAX_IMPORT_FILES, LimitReachedError
from rnndsl.syntax.limits import MAX_BYTES
from rnndsl.syntax.tree import Import, SyntaxTree

_FOREIGN: Final = re.compile(r"[\\:~$%\x00-\x1f\x7f]")
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST_PATH: Final = 255
_HEADER: Final = re.compile(r"^cell ([A-Za-z0-9_]+)", re.MULTILINE)
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where imports are read: `path` is the main spec (None for text without a file), `library` holds `specs`.

    `parse` turns the text of a file and the name to show for it into a tree; it raises SpecError.
    """

    path: Path | None
    library: Path | None
    parse: Callable[[str, str], SyntaxTree]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file on the way: its place, the folder that confines it, and how it is shown."""

    path: Path
    root: Path
    shown: str


@dataclass
class Importer:
    """Reads every file once and gives each its table of cells."""

    sources: Sources
    findings: Findings
    _units: dict[Path, Unit] = field(default_factory=dict)
    _stack: list[_Opened] = field(default_factory=list)

    def main(self, tree: SyntaxTree) -> Unit:
        """Return the unit of the main file, with all its imports resolved; mistakes are recorded.

        Raises:
            LimitReachedError: too many files are imported.
        """
        path = self.sources.path
        if path is None:
            return self._unit(tree, None)
        place = path.resolve()
        return self._unit(tree, _Opened(place, place.parent, tree.file))

    def _unit(self, tree: SyntaxTree, opened: _Opened | None) -> Unit:
        unit = Unit(tree, self._library_cells)
        if opened is not None:
            self._units[opened.path] = unit
            self._stack.append(opened)
        for block in tree.blocks:
            if block.name in unit.cells:
                label = Label(unit.cells[block.name].block.header, "first declared here")
                message = f"`{block.name}` is declared twice in this file"
                self.findings.error("RNN203", message, block.header, labels=(label,), way="rename one of them")
            unit.cells.setdefault(block.name, Cell(block, unit))
        for statement in tree.imports:
            try:
                self._bring(statement, unit, opened)
            except ReportedError:
                for name in statement.names:
                    unit.broken.add(name)
        if opened is not None:
            self._stack.pop()
        return unit

    def _bring(self, statement: Import, unit: Unit, opened: _Opened | None) -> None:
        for name in statement.names:
            source = self._source(statement, name, opened)
            cell = source.cells.get(name)
            if cell is None or cell.unit is not source:
                if name in source.broken:
                    raise ReportedError(name)
                own = [block.name for block in source.tree.blocks]
                way = did_you_mean(name, own, f"it has {', '.join(f'`{one}`' for one in own)}")
                raise self.findings.fail("RNN526", f"the imported file has no cell `{name}`", statement.span, way=way)
            if cell.block.kind != "cell":
                message = f"`{name}` is a model; only cells can be imported"
                way = f"`from cells import {name}`" if name in self._library_cells() else "turn it into a cell"
                raise self.findings.fail("RNN526", message, statement.span, way=way)
            known = unit.cells.setdefault(name, cell)
            if known is not cell:
                label = Label(known.block.header, "this is the other one")
                message = f"`{name}` is imported, but the name is taken"
                self.findings.error("RNN203", message, statement.span, labels=(label,), way="import one of them")

    def _source(self, statement: Import, name: str, opened: _Opened | None) -> Unit:
        if statement.library is not None:
            return self._from_library(statement, name)
        if opened is None:
            message = "a spec that is not a file cannot import files"
            way = "save it, or import from a library: `from cells import LSTM`"
            raise self.findings.fail("RNN520", message, statement.span, way=way)
        path = self._confined(statement, opened)
        shown = str(Path(opened.shown).parent / (statement.path or ""))
        return self._read(_Opened(path, opened.root, shown), statement)

    def _confined(self, statement: Import, opened: _Opened) -> Path:
        text = statement.path or ""
        way = 'give a path to a `.rnn` file inside the folder of the spec, such as "cells/gates.rnn"'
        plain = len(text) <= _LONGEST_PATH and not _FOREIGN.search(text) and not text.startswith("/")
        if not plain or any(_DEVICES.fullmatch(part) for part in text.split("/")) or not text.endswith(".rnn"):
            raise self.findings.fail("RNN521", "this cannot be imported", statement.span, way=way)
        try:
            # Links are followed before the question whether the place is inside.
            path = (opened.path.parent / text).resolve()
        except (OSError, RuntimeError):
            raise self.findings.fail("RNN522", "this file cannot be read", statement.span, way=way) from None
        if not path.is_relative_to(opened.root):
            message = "an import cannot leave the folder of the spec"
            raise self.findings.fail("RNN521", message, statement.span, way=way)
        return path

    def _from_library(self, statement: Import, name: str) -> Unit:
        library, root = statement.library or "", self.sources.library
        folders = sorted(one.name for one in root.iterdir() if one.is_dir()) if root is not None else []
        if root is None or library not in folders:
            known = ", ".join(f"`{folder}`" for folder in folders)
            way = did_you_mean(library, folders, f"there are {known}" if known else "")
            raise self.findings.fail("RNN527", f"there is no library `{library}`", statement.span, way=way)
        folder = root / library
        expected = folder / f"{_WORDS.sub('_', name).lower()}.rnn"
        for path in _first(expected, folder):
            unit = self._read(_Opened(path.resolve(), root.resolve(), f"{library}/{path.name}"), statement)
            if any(block.name == name for block in unit.tree.blocks):
                return unit
        cells = sorted({cell for unit in self._units.values() for cell in unit.cells})
        way = did_you_mean(name, cells, f"it has {', '.join(f'`{cell}`' for cell in cells[:8])} and others")
        raise self.findings.fail("RNN526", f"the library `{library}` has no cell `{name}`", statement.span, way=way)

    def _library_cells(self) -> tuple[str, ...]:
        """Return the names of all cells that `from cells import ...` finds."""
        if self.sources.library is None:
            return ()
        texts = (path.read_text(encoding="utf-8") for path in sorted(self.sources.library.glob("cells/*.rnn")))
        return tuple(name for text in texts for name in _HEADER.findall(text))

    def _read(self, opened: _Opened, statement: Import) -> Unit:
        self._refuse_cycle(opened, statement)
        known = self._units.get(opened.path)
        if known is not None:
            return known
        if len(self._stack) > MAX_IMPORT_DEPTH:
            message = f"imports are more than {MAX_IMPORT_DEPTH} files deep"
            raise self.findings.fail("RNN524", message, statement.span, way="import from fewer levels")
        if len(self._units) >= MAX_IMPORT_FILES:
            message = f"more than {MAX_IMPORT_FILES} files are imported"
            self.findings.error("RNN525", message, statement.span, way="put cells into fewer files")
            raise LimitReachedError
        text = self._text(opened, statement)
        try:
            tree = self.sources.parse(text, opened.shown)
        except SpecError as error:
            self.findings.adopt(error.diagnostics)
            raise ReportedError(opened.shown) from None
        return self._unit(tree, opened)

    def _refuse_cycle(self, opened: _Opened, statement: Import) -> None:
        places = [one.path for one in self._stack]
        if opened.path not in places:
            return
        chain = [one.shown for one in self._stack[places.index(opened.path) :]] + [opened.shown]
        message = f"files import each other: {' -> '.join(chain)}"
        raise self.findings.fail("RNN523", message, statement.span, way="move what both need into a third file")

    def _text(self, opened: _Opened, statement: Import) -> str:
        way = "import a regular `.rnn` file in UTF-8"
        try:
            status = opened.path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise self.findings.fail("RNN522", "this is not a regular file", statement.span, way=way)
            if status.st_size > MAX_BYTES:
                message = f"the imported file has more than {MAX_BYTES:,} bytes"
                raise self.findings.fail("RNN522", message, statement.span, way="split it")
            return opened.path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            raise self.findings.fail("RNN522", "there is no such file", statement.span, way=way) from None
        except (OSError, UnicodeDecodeError):
            raise self.findings.fail("RNN522", "this file cannot be read", statement.span, way=way) from None


def _first(expected: Path, folder: Path) -> Iterator[Path]:
    """Yield the files of a folder, that in which something is expected first: the others are seldom needed."""
    if expected.is_file():
        yield expected
    yield from sorted(path for path in folder.glob("*.rnn") if path != expected)
