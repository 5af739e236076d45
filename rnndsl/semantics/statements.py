"""Statements: the declared frames become the equations, inits, losses and outputs of the model."""

from collections.abc import Iterable
from dataclasses import dataclass

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.indices import Domain, Index
from rnndsl.semantics.expansion import Expansion, GivenInit
from rnndsl.semantics.findings import ReportedError
from rnndsl.semantics.frame import Frame, Item, Quantity
from rnndsl.semantics.indexing import access_points
from rnndsl.semantics.model import Equation, Init, Output, Read, ShapeNote
from rnndsl.semantics.names import single_name
from rnndsl.semantics.notes import declared_shape
from rnndsl.semantics.randoms import resolve_random
from rnndsl.semantics.reading import Surroundings
from rnndsl.semantics.resolve import resolve
from rnndsl.semantics.scope import find_domain, find_symbol
from rnndsl.semantics.sets import same_set
from rnndsl.semantics.text import print_equation
from rnndsl.syntax.tree import Equation as WrittenEquation
from rnndsl.syntax.tree import (
    Expression,
    InitStatement,
    LossStatement,
    OutputStatement,
    RandomEquation,
    Reference,
    Target,
)


def resolve_frame(frame: Frame, expansion: Expansion) -> None:
    """Add everything that a declared frame states to the model, and what the cells in it state."""
    _Resolving(frame, expansion).run()


@dataclass(frozen=True, slots=True)
class _Resolving:
    frame: Frame
    expansion: Expansion

    def run(self) -> None:
        for item in self.frame.items:
            for child in item.applied.values():
                self._arguments(child, item)
                resolve_frame(child, self.expansion)
            try:
                self._statement(item)
            except ReportedError:
                continue

    def _statement(self, item: Item) -> None:
        match item.statement:
            case WrittenEquation(target=target, value=value, shape=shape):
                note = declared_shape(shape, item.static)
                self._equation(item, target, value, note)
            case RandomEquation():
                resolve_random(item.statement, self._around(item, ()))
            case InitStatement():
                self._init(item, item.statement)
            case LossStatement(value=value):
                self.expansion.losses.append(resolve(value, self._around(item, (), cells=False)))
            case OutputStatement():
                self._output(item, item.statement)

    def _around(self, item: Item, scope: Iterable[Index], *, cells: bool = True) -> Surroundings:
        applied = item.applied if cells else None
        return Surroundings(self.frame, item.static, frozenset(scope), applied, self.expansion)

    def _arguments(self, child: Frame, item: Item) -> None:
        """Make an equation for each input of a cell: its value is the argument, read at the indices of the input."""
        for given, argument in zip(child.inputs, child.arguments, strict=False):
            quantity = given.quantity
            self.expansion.budget.take("equations", 1, argument.span)
            value = resolve(argument, self._around(item, quantity.domain))
            text = print_equation(quantity.name, quantity.domain, value)
            self.expansion.equations[quantity.name] = Equation(
                quantity.name, quantity.domain, given.shape, value, text, argument.span
            )

    def _equation(self, item: Item, target: Target, value: Expression, note: ShapeNote | None) -> None:
        if item.alias:
            return
        quantity = item.declared[0] if item.declared else None
        domain = quantity.domain if quantity is not None else find_domain(self.frame, target, item.static)
        resolved = resolve(value, self._around(item, domain))
        if quantity is None:
            return
        if single_name(target.name, item.static) in self.frame.renamed:
            note = note or self.frame.note
        text = print_equation(quantity.name, domain, resolved)
        self.expansion.equations[quantity.name] = Equation(
            quantity.name, domain, note, resolved, text, item.statement.span
        )

    # Inits ------------------------------------------------------------------------------------------------------

    def _init(self, item: Item, statement: InitStatement) -> None:
        target, findings = statement.target, self.expansion.findings
        name = single_name(target.name, item.static)
        way = f"an `init` is for something that is read with indices: give `{name}` an equation"
        symbol = find_symbol(self.frame, name, target.name.span, findings, way)
        if not isinstance(symbol, Quantity) or not symbol.domain:
            message = f"`{name}` has no indices, so no read of it falls outside"
            raise findings.fail("RNN401", message, target.span, way="remove the `init`, or give the quantity an index")
        indices = self._init_indices(symbol, item, target)
        scope = indices if target.indices is not None else ()
        value = resolve(statement.value, self._around(item, scope, cells=False))
        init = Init(symbol.name, indices, value, statement.span)
        depth, known = len(self.frame.place.around), self.expansion.inits.get(symbol.name)
        if known is not None and known.depth == depth:
            label = Label(known.init.span, "the first one")
            raise findings.fail("RNN203", f"`{name}` has two inits", target.span, labels=(label,), way="keep one")
        if known is None or known.depth > depth:
            self.expansion.inits[symbol.name] = GivenInit(init, depth)

    def _init_indices(self, symbol: Quantity, item: Item, target: Target) -> Domain:
        if target.indices is None:
            return symbol.domain
        indices = find_domain(self.frame, target, item.static)
        own = ", ".join(index.name for index in symbol.domain)
        label = Label(symbol.span, f"its indices are [{own}]")
        way = f"write `init {single_name(target.name, item.static)}[{own}]`"
        if len(indices) != len(symbol.domain):
            message = f"`{symbol.name}` has the indices [{own}]"
            raise self.expansion.findings.fail("RNN401", message, target.span, labels=(label,), way=way)
        if not all(_alike(one, other) for one, other in zip(indices, symbol.domain, strict=True)):
            message = "these indices run over other sets than those of the quantity"
            raise self.expansion.findings.fail("RNN403", message, target.span, labels=(label,), way=way)
        return indices

    # Outputs ----------------------------------------------------------------------------------------------------

    def _output(self, item: Item, statement: OutputStatement) -> None:
        if statement.value is not None:
            self._equation(item, statement.targets[0], statement.value, None)
        if not self.frame.root:
            return
        for target in statement.targets:
            try:
                self._output_of(item, target)
            except ReportedError:
                continue

    def _output_of(self, item: Item, target: Target) -> None:
        findings = self.expansion.findings
        name = single_name(target.name, item.static)
        way = f"give it an equation, or write `output {name} = ...`"
        symbol = find_symbol(self.frame, name, target.name.span, findings, way)
        if not isinstance(symbol, Quantity):
            message = f"`{name}` has no value to return"
            raise findings.fail("RNN208", message, target.span, way="name a quantity, or write `output z = ...`")
        domain = find_domain(self.frame, target, item.static)
        points = tuple(Reference(index, None, index.span) for index in target.indices or ())
        read = Reference(target.name, None if target.indices is None else points, target.span)
        at = access_points(symbol, read, self._around(item, domain))
        known = self.expansion.outputs.get(symbol.name)
        if known is not None:
            label = Label(known.span, "the first one")
            raise findings.fail("RNN203", f"`{name}` is an output twice", target.span, labels=(label,), way="keep one")
        self.expansion.outputs[symbol.name] = Output(
            symbol.name, domain, Read(symbol.name, at, target.span), target.span
        )


def _alike(one: Index, other: Index) -> bool:
    """Tell whether two indices run over the same points: those that come with data only if they are one."""
    return one == other or (not one.ragged and same_set(one, other))
