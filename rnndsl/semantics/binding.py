"""How a use of a cell is tied to its surroundings: which cell it is, and which indices it shares with them."""

from collections.abc import Iterator
from dataclasses import dataclass

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.habits import CELLS, known_habit
from rnndsl.diagnostics.suggest import nearest
from rnndsl.indices import Domain, Index
from rnndsl.semantics.arguments import Sizes
from rnndsl.semantics.findings import Findings, ReportedError, did_you_mean
from rnndsl.semantics.frame import Broken, Cell, Frame, IndexName, Quantity, SharedCell, Unit
from rnndsl.semantics.functions import FUNCTIONS
from rnndsl.semantics.names import declared_names, single_name
from rnndsl.semantics.scope import find_symbol
from rnndsl.semantics.static import Static
from rnndsl.syntax.chains import walk
from rnndsl.syntax.tree import (
    Call,
    CellCall,
    DataDeclaration,
    Equation,
    Expression,
    IndexDeclaration,
    LetStatement,
    Name,
    OutputStatement,
    Reference,
    ShapeNote,
    Target,
)


@dataclass(frozen=True, slots=True)
class FoundCell:
    """A cell with its sizes as they are written and the names they may use; `shared` is the name of a `let`."""

    cell: Cell
    sizes: Sizes
    static: Static
    shared: str | None = None


@dataclass(frozen=True, slots=True)
class OutputEquation:
    """The equation in a cell that its output stands for, with the shape it declares."""

    shape: ShapeNote | None


@dataclass(frozen=True, slots=True)
class BoundOutput:
    """A cell's output: its name, its place, the indices it is bound to, and its equation if it has one."""

    name: str
    target: Target
    domain: Domain
    equation: OutputEquation | None


def find_cell(call: Call | CellCall, frame: Frame, static: Static) -> FoundCell:
    """Return what is used: a cell of the file, or what a `let` made.

    Raises:
        ReportedError: there is no such cell.
    """
    written = call.cell if isinstance(call, CellCall) else call.function
    name = single_name(written, static)
    symbol = frame.symbols.get(name)
    if isinstance(symbol, Broken):
        raise ReportedError(name)
    applied = isinstance(call, CellCall) and call.applied
    if isinstance(symbol, SharedCell) and not applied:
        let = symbol.statement
        cell = _cell_named(let.cell, frame, symbol.static)
        return FoundCell(cell, Sizes(let.sizes, let.size_keywords, let.span), symbol.static, symbol.name)
    if isinstance(symbol, SharedCell):
        message = f"`{name}` has its sizes already"
        label, way = Label(symbol.span, "its sizes stand here"), f"apply it to its inputs: `{name}(x[t])`"
        raise static.findings.fail("RNN212", message, written.span, way=way, labels=(label,))
    cell = _cell_named(written, frame, static)
    if not isinstance(call, CellCall) or not call.applied:
        way = f"give its sizes, then its inputs: `{name}(n)(x[t])`"
        raise static.findings.fail("RNN212", f"the cell `{name}` has no sizes here", written.span, way=way)
    return FoundCell(cell, Sizes(call.sizes, call.size_keywords, call.span), static)


def check_let(let: LetStatement, frame: Frame, static: Static) -> None:
    """Report a `let` of a cell that does not exist.

    Raises:
        ReportedError: it has been reported.
    """
    _cell_named(let.cell, frame, static)


def _cell_named(written: Name, frame: Frame, static: Static) -> Cell:
    name, unit = single_name(written, static), frame.cell.unit
    cell = unit.cells.get(name)
    if cell is None:
        if name in unit.broken:
            raise ReportedError(name)
        raise static.findings.fail("RNN210", f"there is no cell `{name}`", written.span, way=_cell_way(name, unit))
    if cell.block.kind != "cell":
        message = f"`{name}` is a model; only cells can be used inside others"
        raise static.findings.fail("RNN210", message, written.span, way="turn it into a cell")
    return cell


def _cell_way(name: str, unit: Unit) -> str:
    library = unit.library()
    if name in library:
        return f"import it: `from cells import {name}`"
    if name in FUNCTIONS:
        return f"`{name}` is a function; only a cell has sizes, or runs backwards"
    near = nearest(name, (*unit.cells, *library))
    if near is not None and near not in unit.cells:
        return f"did you mean `{near}`? It is imported with `from cells import {near}`"
    return known_habit(CELLS, name) or did_you_mean(name, unit.cells, f"define it: `cell {name}(n):`")


def bind_output(child: Frame, call: Call | CellCall, left: Domain, findings: Findings) -> BoundOutput:
    """Bind the indices of a cell's output, in order, to those on the left of the equation that uses it.

    Raises:
        ReportedError: the cell has not exactly one output, or their numbers of indices differ.
    """
    block = child.cell.block
    outputs = [(item, target) for item, found in child.items_of(OutputStatement) for target in found.targets]
    if len(outputs) != 1:
        message = f"the cell `{block.name}` has {len(outputs) or 'no'} outputs"
        way = "a cell has one `output`, its value; join several with `concat`, or read `h.c[t]` where it is used"
        place = outputs[1][1].span if outputs else block.header
        labels = (Label(outputs[0][1].span, "the first one"),) if outputs else ()
        raise findings.fail("RNN214", message, place, labels=labels, way=way)
    item, target = outputs[0]
    names = [single_name(name, item.static) for name in target.indices or ()]
    if len(names) != len(left):
        label = Label(target.span, "the value of the cell")
        message = (
            f"`{block.name}` gives a value with {_indices(len(names))}, but the left side has {_indices(len(left))}"
        )
        way = "the indices of the cell's `output` are bound, in order, to those on the left"
        raise findings.fail("RNN409", message, call.span, labels=(label,), way=way)
    child.bound = dict(zip(names, left, strict=True))
    name = single_name(target.name, item.static)
    return BoundOutput(name, target, left, _equation(child, name))


def _indices(count: int) -> str:
    return f"{count or 'no'} {'index' if count == 1 else 'indices'}"


def _equation(child: Frame, name: str) -> OutputEquation | None:
    for item in child.items:
        match item.statement:
            case Equation(target=target, shape=shape) if name in declared_names(target.name, item.static):
                return OutputEquation(shape)
            case OutputStatement(value=value) if value is not None:
                return OutputEquation(None)
    return None


def bind_by_arguments(child: Frame, call: Call | CellCall, frame: Frame, static: Static) -> None:
    """Bind indices that only an input of the cell has to those that only its argument has: `Pool()(x[t])`.

    Raises:
        ReportedError: there are not as many arguments as inputs.
    """
    own = {
        name
        for item, found in child.items_of(IndexDeclaration)
        for written in found.names
        for name in declared_names(written, item.static)
    }
    inputs = [
        [single_name(index, item.static) for index in target.indices or ()]
        for item, found in child.items_of(DataDeclaration)
        for target in (found.targets if found.role == "input" else ())
        for _ in declared_names(target.name, item.static)
    ]
    if len(inputs) != len(call.arguments):
        block, given = child.cell.block, len(call.arguments)
        message = f"`{block.name}` has {len(inputs)} input{'s' if len(inputs) != 1 else ''}, not {given}"
        label = Label(block.header, "declared here")
        way = "give one expression for each `input`, in order"
        raise static.findings.fail("RNN213", message, call.span, labels=(label,), way=way)
    for indices, argument in zip(inputs, call.arguments, strict=True):
        open_indices = [name for name in indices if name in own and name not in child.bound]
        free = list(_free_indices(argument, frame, static, set(child.bound.values())))
        if len(open_indices) == len(free):
            child.bound.update(zip(open_indices, free, strict=True))


def _free_indices(argument: Expression, frame: Frame, static: Static, known: set[Index]) -> Iterator[Index]:
    """Yield the indices in an argument that are neither on the left nor bound by `over`, in order of appearance."""
    parts = list(walk(argument))
    over = {single_name(name, static) for part in parts if isinstance(part, Call) for name in part.over}
    seen = set(known)
    for part in parts:
        if not isinstance(part, Reference) or part.points is not None:
            continue
        name = single_name(part.name, static)
        symbol = frame.symbols.get(name)
        if isinstance(symbol, IndexName) and name not in over and symbol.index not in seen:
            seen.add(symbol.index)
            yield symbol.index


def found_output(child: Frame, output: BoundOutput, findings: Findings) -> Quantity:
    """Return the quantity that a declared cell yields.

    Raises:
        ReportedError: there is none of that name, or its indices are others.
    """
    symbol = find_symbol(child, output.name, output.target.span, findings)
    if not isinstance(symbol, Quantity):
        message = f"`{output.name}` has no value that could be the output"
        raise findings.fail("RNN208", message, output.target.span, way="name an equation of the cell")
    if symbol.domain != output.domain:
        written = ", ".join(index.name for index in symbol.domain)
        message = f"`{output.name}` has other indices: [{written}]"
        way = "give the output with the indices of its equation, in the same order"
        raise findings.fail("RNN401", message, output.target.span, way=way)
    return symbol
