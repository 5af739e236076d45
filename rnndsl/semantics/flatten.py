"""Unrolling `for` and `if`: the statements of a block, each with the loop variables in force."""

from dataclasses import dataclass, replace

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.span import Span
from rnndsl.semantics.findings import ReportedError
from rnndsl.semantics.frame import Frame, Item
from rnndsl.semantics.limits import MAX_STEPS, Budget
from rnndsl.semantics.static import Static, Value
from rnndsl.sizes import Size
from rnndsl.syntax.tree import ForBlock, IfBlock, Statement


@dataclass(frozen=True, slots=True)
class _Flattening:
    frame: Frame
    budget: Budget

    def body(self, body: tuple[Statement, ...], static: Static) -> None:
        """Add the items of a body; nesting of blocks is bounded by the parser."""
        for statement in body:
            match statement:
                case ForBlock():
                    self._loop(statement, static)
                case IfBlock():
                    self._choice(statement, static)
                case _:
                    self.budget.take("statements", 1, statement.span)
                    self.frame.items.append(Item(statement, static))

    def _choice(self, block: IfBlock, static: Static) -> None:
        try:
            holds = replace(static, choosing=True).truth(block.condition)
        except ReportedError:
            self.frame.incomplete = True
            return
        self.body(block.body if holds else block.otherwise, static)

    def _loop(self, loop: ForBlock, static: Static) -> None:
        try:
            self._declare(loop, static)
            values = self._values(loop, static)
        except ReportedError:
            self.frame.incomplete = True
            return
        if values:
            self.budget.take("statements", len(values), loop.span)
        for value in values:
            self.body(loop.body, replace(static, names={**static.names, loop.variable: value}))

    def _declare(self, loop: ForBlock, static: Static) -> None:
        """Give the variable its place in the namespace; loops beside each other may share it."""
        span = Span(loop.span.file, loop.span.line, loop.span.column, loop.span.line, loop.span.column + 3)
        if loop.variable in static.names and loop.variable in self.frame.loops:
            label = Label(self.frame.loops[loop.variable], "the loop around it")
            message = f"the loop variable `{loop.variable}` is taken by the loop around it"
            raise static.findings.fail("RNN203", message, span, labels=(label,), way="give it another name")
        self.frame.loops.setdefault(loop.variable, span)

    def _values(self, loop: ForBlock, static: Static) -> list[Value]:
        if loop.bounds is None:
            for position, word in enumerate(loop.words):
                if word in loop.words[:position]:
                    message = f"the word `{word}` stands twice in this loop"
                    raise static.findings.fail("RNN203", message, loop.span, way="keep one")
            return list(loop.words)
        low, high = static.whole(loop.bounds[0]), static.whole(loop.bounds[1])
        if high - low >= MAX_STEPS:
            message = f"a loop over {high - low + 1:,} values"
            way = "use an index over a fixed range: families of quantities cost nothing"
            raise static.findings.fail("RNN505", message, loop.bounds[1].span, way=way)
        return [Size.of(value) for value in range(low, high + 1)]


def flatten_block(frame: Frame, static: Static, budget: Budget) -> None:
    """Fill `frame.items` and `frame.loops` from the body of the frame's block.

    Raises:
        LimitReachedError: the spec expands to too many statements.
    """
    _Flattening(frame, budget).body(frame.cell.block.body, static)
