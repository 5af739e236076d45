"""Uses of cells: each becomes a frame of its own, with its sizes, its indices and its place among the names."""

from collections.abc import Iterator
from dataclasses import dataclass

from rnndsl.diagnostics.span import Span
from rnndsl.indices import Domain, Index
from rnndsl.semantics.arguments import bind_sizes
from rnndsl.semantics.binding import BoundOutput, bind_by_arguments, bind_output, find_cell, found_output
from rnndsl.semantics.declare import declare_block
from rnndsl.semantics.expansion import Expansion
from rnndsl.semantics.findings import ReportedError
from rnndsl.semantics.flatten import flatten_block
from rnndsl.semantics.frame import Broken, Cell, Frame, Item, Place, Quantity, SharedCell
from rnndsl.semantics.limits import MAX_CELL_DEPTH
from rnndsl.semantics.names import single_name
from rnndsl.semantics.notes import declared_shape
from rnndsl.semantics.scope import find_index
from rnndsl.semantics.sets import set_words
from rnndsl.semantics.static import Static
from rnndsl.syntax.chains import children
from rnndsl.syntax.tree import Call, CellCall, Equation, Expression, OutputStatement, RandomEquation, Target


def open_frame(frame: Frame, expansion: Expansion) -> None:
    """Unroll and declare a frame, then those of all cells used in it (no deeper than a limit).

    Raises:
        LimitReachedError: the spec expands to too much.
    """
    flatten_block(frame, Static(frame.values, expansion.dims, expansion.findings), expansion.budget)
    _declare(frame, expansion)


def _declare(frame: Frame, expansion: Expansion) -> None:
    declare_block(frame, expansion)
    for item in frame.items:
        match item.statement:
            case Equation(target=target, value=value) | RandomEquation(target=target, distribution=value):
                _Uses(frame, item, target, expansion).open_all(value)
            case OutputStatement(targets=(target,), value=value) if value is not None:
                _Uses(frame, item, target, expansion).open_all(value)


@dataclass(frozen=True, slots=True)
class _Use:
    """One use of a cell: the indices on the left, the path that reads into it, and whether it is the right side."""

    call: Call | CellCall
    left: Domain
    path: str
    whole: bool


@dataclass(frozen=True, slots=True)
class _Uses:
    """The cells used by one statement."""

    frame: Frame
    item: Item
    target: Target
    expansion: Expansion

    def open_all(self, value: Expression) -> None:
        """Open a frame for each use of a cell in the right side."""
        uses = tuple(self._outermost(value))
        if not uses:
            return
        try:
            local = single_name(self.target.name, self.item.static)
        except ReportedError:
            return
        quantity = self.frame.symbols.get(local)
        repeated = not isinstance(self.item.statement, RandomEquation) and not self.item.declared
        if not isinstance(quantity, Quantity) or repeated:
            return
        for call in uses:
            path = local if call is value else self._inner_path(local, call)
            try:
                self._open(_Use(call, quantity.domain, path, call is value), local)
            except ReportedError:
                self.frame.symbols[local] = Broken(self.target.span)

    def _outermost(self, value: Expression) -> Iterator[Call | CellCall]:
        waiting: list[Expression] = [value]
        while waiting:
            current = waiting.pop()
            if isinstance(current, CellCall) or (isinstance(current, Call) and self._is_shared(current)):
                yield current
            else:
                waiting.extend(reversed(children(current)))

    def _is_shared(self, call: Call) -> bool:
        try:
            name = single_name(call.function, self.item.static)
        except ReportedError:
            return False
        return isinstance(self.frame.symbols.get(name), SharedCell)

    def _inner_path(self, local: str, call: Call | CellCall) -> str:
        name = single_name(call.cell if isinstance(call, CellCall) else call.function, self.item.static)
        path, number = f"{local}.{name}", 1
        while path in self.frame.children:
            number += 1
            path = f"{local}.{name}_{number}"
        return path

    def _open(self, use: _Use, local: str) -> None:
        found = find_cell(use.call, self.frame, self.item.static)
        self._refuse_nesting(found.cell, use)
        self.expansion.budget.take("uses of cells", 1, use.call.span)
        values = bind_sizes(found.cell.block, found.sizes, found.static)
        child = Frame(found.cell, self._place(use, found.shared), values, use.call.arguments)
        static = Static(values, self.expansion.dims, self.expansion.findings)
        flatten_block(child, static, self.expansion.budget)
        output = bind_output(child, use.call, use.left, self.expansion.findings)
        bind_by_arguments(child, use.call, self.frame, self.item.static)
        self._check_backward(child, use)
        if use.whole:
            self._let_go_name(child, output, local)
        self.frame.children[use.path] = child
        _declare(child, self.expansion)
        child.output = found_output(child, output, self.expansion.findings)
        self.item.applied[id(use.call)] = child
        for argument, given in zip(child.arguments, child.inputs, strict=False):
            for inner in self._outermost(argument):
                self._open(_Use(inner, given.quantity.domain, self._inner_path(local, inner), whole=False), local)

    def _refuse_nesting(self, cell: Cell, use: _Use) -> None:
        around = (*self.frame.place.around, self.frame.cell.block)
        findings = self.expansion.findings
        if any(cell.block is block for block in around):
            chain = " -> ".join(f"`{block.name}`" for block in (*around, cell.block) if block.kind == "cell")
            way = "recurrence is written with `t-1`, not with a cell inside itself"
            raise findings.fail("RNN211", f"a cell uses itself: {chain}", use.call.span, way=way)
        if len(around) > MAX_CELL_DEPTH:
            message = f"cells are more than {MAX_CELL_DEPTH} levels deep"
            raise findings.fail("RNN507", message, use.call.span, way="use fewer levels of cells")

    def _place(self, use: _Use, shared: str | None) -> Place:
        here = self.frame.place
        mirrored = here.mirrored
        if isinstance(use.call, CellCall):
            for name in use.call.backward:
                index = find_index(self.frame, name, self.item.static)
                self._refuse_structure(index, name.span)
                mirrored ^= {index}
        return Place(
            prefix=f"{here.prefix}{use.path}.",
            params=f"{here.params}{shared or use.path}.",
            around=(*here.around, self.frame.cell.block),
            mirrored=mirrored,
            shared=here.shared or shared is not None,
            span=use.call.span,
        )

    def _refuse_structure(self, index: Index, span: Span) -> None:
        owner = index.of or index
        if owner.structured:
            message = f"there is no way back through {set_words(index)}: it has no steps that could be turned around"
            way = "reads of children make a run from the leaves, `h[parent(n)]` one from the root: write the other cell"
            raise self.expansion.findings.fail("RNN409", message, span, way=way)

    def _check_backward(self, child: Frame, use: _Use) -> None:
        bound = set(child.bound.values())
        for name in use.call.backward if isinstance(use.call, CellCall) else ():
            index = find_index(self.frame, name, self.item.static)
            if index not in bound:
                message = f"the cell does not run over `{single_name(name, self.item.static)}`"
                way = "`backward over` names an index on the left of the equation"
                labels = self.frame.origin(index)
                raise self.expansion.findings.fail("RNN409", message, name.span, way=way, labels=labels)

    def _let_go_name(self, child: Frame, output: BoundOutput, local: str) -> None:
        """Let the cell's output bear the name on the left, unless both sides declare a shape."""
        note = self.frame.note if local in self.frame.renamed else None
        if isinstance(self.item.statement, Equation) and self.item.statement.shape is not None:
            note = declared_shape(self.item.statement.shape, self.item.static)
        if output.equation is None or (note is not None and output.equation.shape is not None):
            return
        child.renamed[output.name] = self.frame.renamed.get(local, f"{self.frame.place.prefix}{local}")
        child.note = note
        self.item.alias = True
