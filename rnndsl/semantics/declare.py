"""Declaring: every name of a frame gets its meaning before any right side is read, for order has none."""

from dataclasses import dataclass, replace

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.span import Span
from rnndsl.indices import Domain, Index, Kind
from rnndsl.semantics.binding import check_let
from rnndsl.semantics.expansion import Expansion
from rnndsl.semantics.findings import ReportedError
from rnndsl.semantics.frame import Broken, CellInput, Constant, Frame, IndexName, Item, Quantity, SharedCell, Symbol
from rnndsl.semantics.functions import FUNCTIONS
from rnndsl.semantics.functions import Kind as FunctionKind
from rnndsl.semantics.model import Data, Param, ShapeNote
from rnndsl.semantics.names import declared_names
from rnndsl.semantics.nodes import check_structure
from rnndsl.semantics.notes import declared_bounds, declared_initialiser, declared_shape
from rnndsl.semantics.scope import add_symbol, find_domain, find_index
from rnndsl.semantics.sets import kind_words, same_set, set_words
from rnndsl.syntax.tree import (
    Call,
    DataDeclaration,
    Equation,
    Expression,
    IndexDeclaration,
    LetStatement,
    Name,
    OutputStatement,
    ParamDeclaration,
    Reference,
    Target,
)
from rnndsl.syntax.tree import ShapeNote as WrittenShape


def declare_block(frame: Frame, expansion: Expansion) -> None:
    """Fill the namespace of a frame; mistakes are recorded, and leave broken names behind.

    Raises:
        LimitReachedError: the spec expands to too much.
    """
    _Declaring(frame, expansion).run()


@dataclass(frozen=True, slots=True)
class _Declaring:
    frame: Frame
    expansion: Expansion

    def run(self) -> None:
        for argument in self.frame.cell.block.arguments:
            self._add(argument.name, Constant("dimension", argument.span))
        indices = list(self.frame.items_of(IndexDeclaration))
        # Whose children an index runs over may be declared after it.
        for item, index in sorted(indices, key=lambda declared: declared[1].kind == "children"):
            self._indices(item, index)
        for item, data in self.frame.items_of(DataDeclaration):
            self._data(item, data)
        for item, params in self.frame.items_of(ParamDeclaration):
            self._params(item, params)
        for item in self.frame.items:
            match item.statement:
                case Equation(target=target):
                    self._equation(item, target)
                case OutputStatement(targets=(target,), value=value) if value is not None:
                    self._equation(item, target)
                case LetStatement():
                    self._let(item, item.statement)
        for variable, span in self.frame.loops.items():
            self._add(variable, Constant("loop variable", span))

    def _add(self, name: str, symbol: Symbol) -> bool:
        try:
            add_symbol(self.frame, name, symbol, self.expansion.findings)
        except ReportedError:
            return False
        return True

    def _names(self, name: Name, item: Item) -> tuple[str, ...]:
        try:
            return declared_names(name, item.static)
        except ReportedError:
            self.frame.incomplete = True
            return ()

    # Indices ----------------------------------------------------------------------------------------------------

    def _indices(self, item: Item, statement: IndexDeclaration) -> None:
        try:
            runs = self._runs_over(item, statement)
        except ReportedError:
            runs = None
        for written in statement.names:
            for name in self._names(written, item):
                symbol = Broken(written.span) if runs is None else self._index(name, runs, written.span)
                self._add(name, symbol)

    def _runs_over(self, item: Item, statement: IndexDeclaration) -> Index:
        """Return a nameless index over what is declared."""
        match statement:
            case IndexDeclaration(kind="children", bounds=(Reference(name=name, points=None),)):
                owner = find_index(self.frame, name, item.static, "tree")
                check_structure(owner, "children", statement.span, self.frame, self.expansion.findings)
                return Index("", Kind.CHILDREN, 0, of=owner)
            case IndexDeclaration(kind="children", bounds=(written,)):
                way = "name the index of a tree or dag: `index k : children(n)`"
                raise self.expansion.findings.fail("RNN405", "this is not an index", written.span, way=way)
            case IndexDeclaration(kind="range" | "cyclic"):
                low, high = declared_bounds(statement, item.static)
                return Index("", Kind.RANGE, 0, low, high, statement.kind == "cyclic")
        return Index("", Kind(statement.kind), 0)

    def _index(self, name: str, runs: Index, span: Span) -> Symbol:
        known = self.expansion.indices
        given = self.frame.bound.get(name)
        if given is None:
            index = replace(runs, name=f"{self.frame.place.prefix}{name}", order=len(known))
            known[index.name] = index
            return IndexName(index, span)
        if not same_set(given, runs):
            label = Label(span, f"`{name}` of the cell runs over {kind_words(runs)}")
            message = f"`{given.name}` runs over {kind_words(given)}, but the cell needs {kind_words(runs)}"
            way = "the indices of the cell's `output` are bound, in order, to those on the left"
            self.expansion.findings.error("RNN409", message, self.frame.place.span, labels=(label,), way=way)
            return Broken(span)
        return IndexName(given, span)

    # Quantities -------------------------------------------------------------------------------------------------

    def _quantity(
        self, name: str, target: Target, item: Item, role: str, point: Index | None = None
    ) -> Quantity | None:
        """Declare one quantity; a broken name remains when its indices cannot be understood."""
        place = self.frame.place
        prefix = place.params if role == "param" else place.prefix
        full = self.frame.renamed.get(name, prefix + name)
        try:
            domain = find_domain(self.frame, target, item.static)
            if role == "param":
                self._check_family(domain, target)
            quantity = Quantity(full, domain, role, target.name.span, point)
            if not self._add(name, quantity):
                return None
            shared = role == "param" and place.shared and full in self.expansion.params
            if not shared and name not in self.frame.renamed:
                self.expansion.claim(full, target.name.span)
        except ReportedError:
            self.frame.symbols.setdefault(name, Broken(target.span))
            return None
        item.declared.append(quantity)
        return quantity

    def _check_family(self, domain: Domain, target: Target) -> None:
        ragged = next((index for index in domain if index.ragged), None)
        if ragged is not None:
            message = f"a parameter cannot vary over {set_words(ragged)}"
            way = "a parameter may be a family over fixed ranges: `index m : 1..n`, `param w[m]`"
            labels = self.frame.origin(ragged)
            raise self.expansion.findings.fail("RNN415", message, target.span, way=way, labels=labels)

    def _data(self, item: Item, statement: DataDeclaration) -> None:
        frame, findings = self.frame, self.expansion.findings
        if statement.role == "target" and frame.cell.block.kind == "cell":
            way = "make it an `input`, and put the `~` into the model"
            findings.error("RNN230", "a cell cannot have a target", statement.span, way=way)
        try:
            shape = self._data_shape(item, statement)
        except ReportedError:
            shape = None
        point = None if shape is None else shape.point
        for target in statement.targets:
            for name in self._names(target.name, item):
                quantity = self._quantity(name, target, item, statement.role, point)
                if quantity is not None and frame.root:
                    data = Data(quantity.name, quantity.domain, shape, statement.role, target.span)
                    self.expansion.data[quantity.name] = data
                elif quantity is not None and statement.role == "input":
                    frame.inputs.append(CellInput(quantity, shape))

    def _data_shape(self, item: Item, statement: DataDeclaration) -> ShapeNote | None:
        match statement.shape:
            case WrittenShape(kind="point", sizes=(Reference(name=name, points=None),), span=span):
                index = find_index(self.frame, name, item.static)
                if index.of is not None:
                    way = f"point to a node: `point({index.of.name})`"
                    self.expansion.findings.unsupported("points among the children of a node", span, way=way)
                return ShapeNote((), None, span, index)
        return declared_shape(statement.shape, item.static)

    def _params(self, item: Item, statement: ParamDeclaration) -> None:
        shape = initialiser = None
        try:
            shape = declared_shape(statement.shape, item.static)
            initialiser = declared_initialiser(statement.initialiser, item.static)
        except ReportedError:
            pass
        params = self.expansion.params
        for target in statement.targets:
            names = self._names(target.name, item)
            self.expansion.budget.take("parameters", len(names), statement.span)
            for name in names:
                made = self._quantity(name, target, item, "param")
                if made is not None and made.name not in params:
                    params[made.name] = Param(
                        made.name, made.domain, shape, initialiser, statement.frozen, name[0].isupper(), target.span
                    )

    def _equation(self, item: Item, target: Target) -> None:
        self.expansion.budget.take("equations", 1, item.statement.span)
        for name in self._names(target.name, item):
            if not self._has_value(name, target, item):
                self._quantity(name, target, item, "equation")

    def _has_value(self, name: str, target: Target, item: Item) -> bool:
        """Say it well when an equation stands for something that has its value from elsewhere."""
        known = self.frame.symbols.get(name)
        if not isinstance(known, Quantity) or known.role == "equation":
            return False
        label = Label(known.span, "declared here")
        what = {"param": "a parameter", "input": "an input", "target": "a target"}[known.role]
        way = "give the equation another name"
        if known.role == "target":
            # That it has no `~`, and a distribution no value, is the same mistake.
            way = "a target stands on the left of `~`, and a distribution on the right"
            self.expansion.drawn.add(known.name)
            item.alias = isinstance(item.statement, Equation) and _is_distribution(item.statement.value)
        if len(target.indices or ()) != len(known.domain):
            # Who reads the name may mean either, so nobody's reading of it is a mistake of its own.
            self.frame.symbols[name] = Broken(known.span)
        message = f"`{name}` is {what}: it cannot have an equation"
        self.expansion.findings.error("RNN205", message, target.name.span, labels=(label,), way=way)
        return True

    def _let(self, item: Item, statement: LetStatement) -> None:
        for name in self._names(statement.name, item):
            symbol: Symbol = SharedCell(statement, item.static, name, statement.name.span)
            try:
                check_let(statement, self.frame, item.static)
            except ReportedError:
                symbol = Broken(statement.name.span)
            self._add(name, symbol)


def _is_distribution(value: Expression) -> bool:
    match value:
        case Call(function=Name(parts=(str(name),))):
            return name in FUNCTIONS and FUNCTIONS[name].kind is FunctionKind.DISTRIBUTION
        case _:
            return False
