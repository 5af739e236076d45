"""`rnndsl list`: the bundled library, a line for each spec."""

import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Any, Final

import click

from rnndsl.cli.library import Entry, Paper, entries, header_of, paper_of
from rnndsl.cli.options import reporting, setting
from rnndsl.cli.output import Output
from rnndsl.cli.specs import FileProblem
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.compiler import build, check
from rnndsl.diagnostics.suggest import nearest
from rnndsl.graph.graph import ParamInfo
from rnndsl.sizes import Size
from rnndsl.syntax.parse import parse
from rnndsl.syntax.tree import Block, Equation, ForBlock, IfBlock, OutputStatement, RandomEquation, Statement

#: The size of what has none.
OPEN: Final = 100


@dataclass(frozen=True, slots=True)
class Measured:
    """A spec with its counts: `formula` is the number of parameters in terms of the dimensions."""

    entry: Entry
    header: str
    paper: Paper | None
    equations: int
    formula: Size
    sizes: Mapping[str, int]

    @property
    def parameters(self) -> int:
        """How many numbers are learned, or frozen, in all."""
        return self.formula.evaluate(self.sizes)

    @property
    def source(self) -> str:
        """Authors and year, and in few words what it is."""
        return f"{self.paper.short}: {self.paper.about or self.paper.title}" if self.paper else self.header


@click.command(
    "list",
    cls=TeachingCommand,
    short_help="Show the library: every spec with its paper and size.",
    examples=(
        "rnndsl list",
        "rnndsl list attention",
        "rnndsl list 2015 gate --set n=256 --set x_size=65",
        "rnndsl new my_cell --from lstm     # start a spec of your own from one of them",
    ),
)
@click.argument("words", nargs=-1, metavar="[WORD]...")
@setting
@reporting
@click.pass_obj
def command(output: Output, words: Sequence[str], dims: dict[str, int | float]) -> None:
    """Show the library, a line for each spec: name, kind, parameters, equations, paper.

    With WORDs, only specs that have all of them in their name, their kind or their paper. A spec can be used by its
    name (`rnndsl verify lstm`), and a cell can be imported into a spec of your own (`from cells import LSTM`).

    Parameters are counted with the sizes of --set, else with those of the spec; what has no size counts as 100.
    """
    found = [measure(entry, dims) for entry in chosen(words)]
    _refuse_unknown(dims, found)
    output.document({"ok": True, "exit_code": 0, "open_size": OPEN, "specs": [as_json(one) for one in found]})
    for line in table(found):
        output.say(line)
    if not output.json:
        counted = f"{len(found)} spec{'s' * (len(found) != 1)}"
        output.tell(f"{counted}. A size that has no value counts as {OPEN}; `--set n=256` gives it one.")


def chosen(words: Sequence[str]) -> list[Entry]:
    """Return the specs that have all words, in capitals or not.

    Raises:
        FileProblem: there is none.
    """
    every = entries()
    found = [entry for entry in every if all(word.lower() in _haystack(entry) for word in words)]
    if not found:
        raise FileProblem(f"nothing in the library has {' and '.join(words)}. {_way_out(words, every)}")
    return found


def _way_out(words: Sequence[str], every: Sequence[Entry]) -> str:
    known = {word for entry in every for word in re.findall(r"\w+", _haystack(entry))}
    strange = [word.lower() for word in words if not any(word.lower() in one for one in known)]
    near = next((near for word in strange if (near := nearest(word, known))), None)
    return f"Did you mean {near}?" if near else "`rnndsl list` shows all of it."


def _haystack(entry: Entry) -> str:
    return f"{entry.name} {entry.kind} {header_of(entry.text)}".lower()


def measure(entry: Entry, dims: Mapping[str, int | float]) -> Measured:
    """Count a spec's equations, as they are written, and its parameters.

    Raises:
        SpecError: its dimensions cannot have these values.
    """
    text = entry.text
    tree = parse(text, str(entry.path))
    own = {argument.name for block in tree.blocks for argument in block.arguments}
    graph = build(check(entry.path, dims={name: value for name, value in dims.items() if name in own}))
    sizes = {name: OPEN if value is None else value for name, value in graph.dims.items()}
    sizes |= {name: _size(name, value) for name, value in dims.items() if name in sizes}
    formula = sum((count(info) for info in graph.params.values()), Size())
    return Measured(entry, header_of(text), paper_of(text), sum(map(equations, tree.blocks)), formula, sizes)


def _size(name: str, value: float) -> int:
    if value < 1 or value != int(value):
        raise click.UsageError(f"{name} is a size, a whole number from 1: it cannot be {value}")
    return int(value)


def count(info: ParamInfo) -> Size:
    """Return how many numbers a parameter, or a family of them, has."""
    return reduce(mul, (*(index.extent for index in info.domain), *info.shape), Size.of(1))


def equations(block: Block) -> int:
    """Count the equations of a block as they are written: a loop's are counted once."""
    return sum(isinstance(one, Equation | RandomEquation) or _defines(one) for one in _statements(block.body))


def _defines(statement: Statement) -> bool:
    return isinstance(statement, OutputStatement) and statement.value is not None


def _statements(body: Iterable[Statement]) -> Iterable[Statement]:
    for statement in body:
        yield statement
        if isinstance(statement, ForBlock | IfBlock):
            yield from _statements(statement.body)
        if isinstance(statement, IfBlock):
            yield from _statements(statement.otherwise)


def _refuse_unknown(dims: Mapping[str, int | float], found: Sequence[Measured]) -> None:
    known = {name for one in found for name in one.sizes}
    for name in dims:
        if name not in known:
            near = nearest(name, known)
            way_out = f"did you mean {near}?" if near else f"there are {', '.join(sorted(known))}"
            raise click.UsageError(f"no spec that is shown has a dimension {name}; {way_out}")


def as_json(one: Measured) -> dict[str, Any]:
    """Return what is known of a spec."""
    paper = one.paper
    return {
        "name": one.entry.name,
        "kind": one.entry.kind,
        "path": str(one.entry.path),
        "paper": paper and {"authors": paper.authors, "year": paper.year, "title": paper.title, "about": paper.about},
        "equations": one.equations,
        "parameters": one.parameters,
        "formula": str(one.formula),
        "sizes": dict(one.sizes),
    }


def table(found: Sequence[Measured]) -> list[str]:
    """Return the lines: aligned, and on a terminal cut to its width."""
    rows = [("NAME", "KIND", "PARAMETERS", "EQUATIONS", "PAPER")]
    rows += [(m.entry.name, m.entry.kind, f"{m.parameters:,}", str(m.equations), m.source) for m in found]
    name, kind, numbers, lines, _ = (max(len(row[column]) for row in rows) for column in range(5))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return [
        f"{row[0]:<{name}}  {row[1]:<{kind}}  {row[2]:>{numbers}}  {row[3]:>{lines}}  {row[4]}"[:width] for row in rows
    ]
