"""Frames: a model or one use of a cell while it is expanded, with its namespace."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.span import NOWHERE, Span
from rnndsl.indices import Domain, Index
from rnndsl.semantics.model import ShapeNote
from rnndsl.semantics.static import Static, Value
from rnndsl.syntax.tree import Block, Expression, LetStatement, Statement, SyntaxTree

T = TypeVar("T", bound=Statement)


@dataclass(eq=False)
class Unit:
    """One file: its tree, the cells that can be used in it by name, and the names whose import failed.

    `library` names the cells that it could import, for messages.
    """

    tree: SyntaxTree
    library: Callable[[], tuple[str, ...]] = tuple
    cells: "dict[str, Cell]" = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A block with the file that it stands in."""

    block: Block
    unit: Unit


@dataclass(frozen=True, slots=True)
class Quantity:
    """An input, target, parameter or equation: its name in the model, and its indices as this frame declares them.

    `point` is the index of an input or target that is declared as a point of it.
    """

    name: str
    domain: Domain
    role: str
    span: Span
    point: Index | None = None


@dataclass(frozen=True, slots=True)
class IndexName:
    """An index."""

    index: Index
    span: Span


@dataclass(frozen=True, slots=True)
class Constant:
    """A dimension or constant of the block, or a loop variable; its value is found through `Static`."""

    what: str
    span: Span


@dataclass(frozen=True, slots=True)
class SharedCell:
    """What a `let` makes: a cell with its sizes; its parameters bear its `name` wherever it is used."""

    statement: LetStatement
    static: Static
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Broken:
    """A name whose declaration failed: whoever reads it keeps quiet, for the reason has been reported."""

    span: Span


Symbol = Quantity | IndexName | Constant | SharedCell | Broken


@dataclass(eq=False)
class Item:
    """One statement of an expanded block, with the loop variables in force and what has been declared by it."""

    statement: Statement
    static: Static
    declared: list[Quantity] = field(default_factory=list)
    applied: "dict[int, Frame]" = field(default_factory=dict)
    alias: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a frame stands: the prefixes of its names, the blocks around it, and the indices that run backwards.

    `shared` says that the parameters may exist already (a cell that a `let` made); `span` is the place of use.
    """

    prefix: str = ""
    params: str = ""
    around: tuple[Block, ...] = ()
    mirrored: frozenset[Index] = frozenset()
    shared: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class CellInput:
    """An input of a cell, with the shape it declares."""

    quantity: Quantity
    shape: ShapeNote | None


@dataclass(eq=False)
class Frame:
    """A model, or one use of a cell.

    `bound` maps the names of indices that come from the place of use; `inputs` are in order of declaration, as
    their `arguments` are; `output`
    is what a cell yields; `children` are the uses of cells inside, by the local path that reads into them; `renamed`
    maps local names of quantities to the names that the place of use gives them, and `note` is the shape it gives.
    A frame is `incomplete` when a declaration could not be understood: then unknown names in it prove nothing.
    `unknown` are names that have been reported as no indices.
    """

    cell: Cell
    place: Place
    values: Mapping[str, Value]
    arguments: tuple[Expression, ...] = ()
    items: list[Item] = field(default_factory=list)
    loops: dict[str, Span] = field(default_factory=dict)
    symbols: dict[str, Symbol] = field(default_factory=dict)
    bound: dict[str, Index] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    note: ShapeNote | None = None
    incomplete: bool = False
    unknown: set[str] = field(default_factory=set)
    inputs: list[CellInput] = field(default_factory=list)
    output: Quantity | None = None
    children: "dict[str, Frame]" = field(default_factory=dict)

    @property
    def root(self) -> bool:
        """Whether this is the model itself, not a use of a cell."""
        return not self.place.around

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the namespace."""
        return tuple(self.symbols)

    def origin(self, index: Index) -> tuple[Label, ...]:
        """Show where an index is declared, if it is declared in this frame."""
        spans = [one.span for one in self.symbols.values() if isinstance(one, IndexName) and one.index == index]
        return tuple(Label(span, f"`{index.name}` is declared here") for span in spans[:1])

    def items_of(self, kind: type[T]) -> Iterator[tuple[Item, T]]:
        """Yield the items whose statement is of a kind."""
        for item in self.items:
            if isinstance(item.statement, kind):
                yield item, item.statement
