r"""Expressions as LaTeX: `W @ h[t-1] + b` is \boldsymbol{W} \boldsymbol{h}_{t-1} + \boldsymbol{b}."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rnndsl.equations.ranks import Ranks, combined
from rnndsl.equations.symbols import Symbols, escaped, word
from rnndsl.equations.terms import AND, ATOM, COMPARISON, NOT, OR, POWER, PRODUCT, SIGN, SUM
from rnndsl.syntax.chains import flatten_chain
from rnndsl.syntax.notation import print_name
from rnndsl.syntax.tree import Binary, Call, CellCall, Conditional, Expression, Keyword, Name, Number, Reference, Unary

#: How many characters a line of a formula has at most, about.
WIDTH: Final = 64
_COMMAND: Final = re.compile(r"\\[A-Za-z]+\*?|[{}_^&\\ ]")
_BINARY: Final = {
    "or": (r"\lor", OR),
    "and": (r"\land", AND),
    "<": ("<", COMPARISON),
    "<=": (r"\le", COMPARISON),
    ">": (">", COMPARISON),
    ">=": (r"\ge", COMPARISON),
    "==": ("=", COMPARISON),
    "!=": (r"\ne", COMPARISON),
    "+": ("+", SUM),
    "-": ("-", SUM),
    "%": (r"\bmod", PRODUCT),
}
_NAMED: Final = {"tanh": r"\tanh", "exp": r"\exp", "log": r"\log", "sin": r"\sin", "cos": r"\cos", "sigmoid": r"\sigma"}
_BIG: Final = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}
_ENCLOSED: Final = {"abs": (r"\lvert ", r" \rvert"), "norm": (r"\lVert ", r" \rVert"), "sqrt": (r"\sqrt{", "}")}


@dataclass(frozen=True, slots=True)
class Formula:
    """A piece of LaTeX and how tight it binds; `open`: it goes on to the right, `raised`: it has an exponent."""

    text: str
    level: int = ATOM
    open: bool = False
    raised: bool = False

    def at(self, level: int) -> str:
        """Return the text for a place that binds as tight as `level`."""
        return self.text if self.level >= level else bracketed(self.text)


def _width(text: str) -> int:
    """Estimate how wide a formula is: commands count as one letter or none."""
    plain = re.sub(r"\\(boldsymbol|mathbf|mathrm|operatorname\*?|left|right|bar|quad|frac)", "", text)
    return len(_COMMAND.sub("", re.sub(r"\\[A-Za-z]+", "x", plain)))


def bracketed(text: str) -> str:
    """Put round brackets around a formula."""
    return rf"\left( {text} \right)"


@dataclass(frozen=True)
class Formulas:
    """Writes the expressions of one block; `lengths` are letters for the lengths of index sets.

    `owners` leads from an index over children to that of the node.
    """

    ranks: Ranks
    symbols: Symbols
    lengths: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)

    def text(self, expression: Expression) -> str:
        """Return an expression as LaTeX."""
        return self.write(expression).text

    def write(self, expression: Expression) -> Formula:
        """Return an expression as LaTeX with its level."""
        match expression:
            case Number(text=text):
                return Formula(_number(text))
            case Reference(name=name, points=points):
                return self._reference(name, points)
            case Unary(operator="not", operand=operand):
                return Formula(rf"\lnot {self.write(operand).at(NOT)}", NOT)
            case Unary(operand=operand):
                return Formula(f"-{self.write(operand).at(PRODUCT)}", SIGN)
            case Binary():
                return self._binary(expression)
            case Conditional():
                return self._cases(expression)
            case Call():
                return self._call(expression)
            case CellCall():
                return self._cell(expression)

    def lines(self, expression: Expression) -> list[str]:
        """Return an expression as lines of bearable length: a long sum is broken before its signs."""
        found: list[str] = []
        for piece in self._summands(expression):
            if found and _width(found[-1]) + _width(piece) <= WIDTH:
                found[-1] += f" {piece}"
            else:
                found.append(piece)
        return found

    def _summands(self, expression: Expression) -> list[str]:
        """Return the terms of a sum, each but the first with its sign."""
        found: list[str] = []
        while isinstance(expression, Binary) and expression.operator in {"+", "-"}:
            found.append(f"{expression.operator} {self.write(expression.right).at(PRODUCT)}")
            expression = expression.left
        return [self.text(expression), *reversed(found)]

    def name(self, name: Name, points: Sequence[str] = ()) -> str:
        """Set a name with points."""
        return self.symbols.symbol(self._spelled(name), self.ranks.name(name), points)

    def _spelled(self, name: Name) -> str:
        pieces = []
        for part in name.parts:
            match part:
                case str():
                    pieces.append(part)
                case tuple():
                    pieces.append("{" + ", ".join(map(word, part)) + "}")
                case _:
                    pieces.append("{" + self.text(part) + "}")
        return "".join(pieces)

    def _reference(self, name: Name, points: tuple[Expression, ...] | None) -> Formula:
        plain = print_name(name)
        if plain in self.ranks.scalars:
            return Formula(word(plain))
        if plain == "infinity":
            return Formula(r"\infty")
        text = self.name(name, [self.text(point) for point in points or ()])
        return Formula(text, raised="^{" in text)

    # Operators --------------------------------------------------------------------------------------------------------

    def _binary(self, binary: Binary) -> Formula:
        """Set a chain of operators from left to right."""
        first, operations = flatten_chain(binary)
        found = _Operand(self.write(first), self.ranks.of(first))
        for operation in operations:
            found = self._applied(found, operation)
        return found.formula

    def _applied(self, left: "_Operand", operation: Binary) -> "_Operand":
        """Set one more operation of a chain, of which everything before it is `left`."""
        right, given = _Operand(self.write(operation.right), self.ranks.of(operation.right)), left.formula
        rank = combined(operation.operator, left.rank, right.rank)
        match operation.operator:
            case "@":
                return _matrix_product(left, right, rank, again=_is_product(operation.left, "@"))
            case "*":
                return _Operand(_product(left, right, operation), rank)
            case "/":
                return _Operand(Formula(rf"\frac{{{given.text}}}{{{right.formula.text}}}", PRODUCT), rank)
            case "^":
                below = given.text if given.level == ATOM and not given.raised else bracketed(given.text)
                return _Operand(Formula(f"{below}^{{{right.formula.text}}}", POWER, raised=True), rank)
            case operator:
                symbol, level = _BINARY[operator]
                first = bracketed(given.text) if given.open and level > SUM else given.at(level)
                text = f"{first} {symbol} {right.formula.at(level + 1)}"
                return _Operand(Formula(text, level, open=right.formula.open), rank)

    def _cases(self, choice: Conditional) -> Formula:
        rows, rest = [], choice
        while isinstance(rest, Conditional):
            rows.append(rf"{self.text(rest.value)} & \text{{if }} {self.text(rest.condition)}")
            last = rest.otherwise
            if not isinstance(last, Conditional):
                rows.append(rf"{self.text(last)} & \text{{otherwise}}")
                break
            rest = last
        lines = r" \\ ".join(rows)
        return Formula(rf"\begin{{cases}} {lines} \end{{cases}}", PRODUCT)

    # Functions --------------------------------------------------------------------------------------------------------

    def _call(self, call: Call) -> Formula:
        function = print_name(call.function)
        if call.over:
            return self._over(function, call)
        if function in SPECIAL:
            return SPECIAL[function](self, call)
        if function in _ENCLOSED:
            left, right = _ENCLOSED[function]
            return Formula(f"{left}{self.text(call.arguments[0])}{right}", POWER)
        return Formula(_function(function) + self._arguments(call.arguments, call.keywords), POWER)

    def _arguments(self, arguments: Sequence[Expression], keywords: Sequence[Keyword] = ()) -> str:
        given = [self.text(argument) for argument in arguments]
        given += [f"{word(keyword.name)} = {self.text(keyword.value)}" for keyword in keywords]
        return bracketed(", ".join(given))

    def _over(self, function: str, call: Call) -> Formula:
        """Set a function with the indices that it binds below it."""
        below = ", ".join(word(print_name(name)) for name in call.over)
        body = self.write(call.arguments[0]) if call.arguments else Formula("")
        if function == "stack":
            return Formula(rf"\left[ {body.text} \right]_{{{below}}}", POWER)
        if function == "uses":
            (index,) = (print_name(name) for name in call.over)
            parents = rf"\text{{parents }}{word(self.owners.get(index, index))}, {below}"
            return Formula(rf"\sum_{{{parents}}} {body.at(PRODUCT)}", PRODUCT, open=True)
        if function in {"sum", "prod"}:
            return Formula(rf"{_BIG[function]}_{{{below}}} {body.at(PRODUCT)}", PRODUCT, open=True)
        sign = _BIG.get(function) or rf"\operatorname*{{{function}}}"
        arguments = [self.text(argument) for argument in call.arguments]
        return Formula(rf"{sign}_{{{below}}} {bracketed(', '.join(arguments))}", POWER)

    def _cell(self, cell: CellCall) -> Formula:
        name = rf"\mathrm{{{print_name(cell.cell)}}}"
        if cell.backward:
            name = rf"\overleftarrow{{{name}}}"
        sizes = ", ".join(self.text(size) for size in cell.sizes)
        return Formula(name + (f"_{{{sizes}}}" if sizes else "") + self._arguments(cell.arguments), POWER)

    def _transpose(self, call: Call) -> Formula:
        return Formula(f"{_raisable(self.write(call.arguments[0]))}^\\top", POWER, raised=True)

    def _outer(self, call: Call) -> Formula:
        left, right = (self.write(argument) for argument in call.arguments)
        first = left.at(POWER) if not left.open else bracketed(left.text)
        return Formula(f"{first} {_raisable(right)}^\\top", PRODUCT)

    def _concat(self, call: Call) -> Formula:
        return Formula(rf"\left[ {'; '.join(self.text(argument) for argument in call.arguments)} \right]", POWER)

    def _component(self, call: Call) -> Formula:
        return Formula(rf"{bracketed(self.text(call.arguments[0]))}_{{{self.text(call.arguments[1])}}}", POWER)

    def _slice(self, call: Call) -> Formula:
        body, first, last = (self.text(argument) for argument in call.arguments)
        return Formula(rf"{bracketed(body)}_{{{first} : {last}}}", POWER)

    def _length(self, call: Call) -> Formula:
        index = self.text(call.arguments[0])
        return Formula(self.lengths.get(index, rf"\lvert {index} \rvert"))

    def _leaf(self, call: Call) -> Formula:
        return Formula(rf"{self.text(call.arguments[0])} \text{{ is a leaf}}", COMPARISON)


SPECIAL: Final[Mapping[str, Callable[[Formulas, Call], Formula]]] = {
    "transpose": Formulas._transpose,  # noqa: SLF001 (its own table)
    "outer": Formulas._outer,  # noqa: SLF001
    "concat": Formulas._concat,  # noqa: SLF001
    "component": Formulas._component,  # noqa: SLF001
    "slice": Formulas._slice,  # noqa: SLF001
    "length": Formulas._length,  # noqa: SLF001
    "leaf": Formulas._leaf,  # noqa: SLF001
}


@dataclass(frozen=True, slots=True)
class _Operand:
    """A formula with its rank; `row` is how it stands in front of a matrix, where that is not its transpose."""

    formula: Formula
    rank: int
    row: str = ""


def _product(left: _Operand, right: _Operand, operation: Binary) -> Formula:
    """Set an elementwise product: of vectors with a sign of its own."""
    first = bracketed(left.formula.text) if left.formula.open else left.formula.at(PRODUCT)
    second = right.formula.text if right.formula.open else right.formula.at(PRODUCT + 1)
    sign = r"\odot" if min(left.rank, right.rank) else r"\,"
    if sign == r"\," and isinstance(operation.right, Number):
        sign = r"\cdot"
    return Formula(f"{first} {sign} {second}", PRODUCT, open=right.formula.open)


def _matrix_product(left: _Operand, right: _Operand, rank: int, *, again: bool) -> _Operand:
    """Set a product of linear algebra; `v @ W` is a column, and a row where it is multiplied again."""
    row = left.row or f"{_raisable(left.formula)}^\\top"
    second = right.formula.text if right.formula.open else right.formula.at(POWER)
    if (left.rank, right.rank) == (1, 2):
        column = Formula(f"{_raisable(right.formula)}^\\top {left.formula.at(POWER)}", PRODUCT)
        return _Operand(column, rank, f"{row} {second}")
    whole = left.formula.level >= POWER or again
    first = row if left.rank == 1 else left.formula.text if whole else bracketed(left.formula.text)
    return _Operand(Formula(f"{first} {second}", PRODUCT, open=right.formula.open), rank)


def _raisable(formula: Formula) -> str:
    """Return what may bear an exponent: a letter as it is, anything else in brackets."""
    return formula.text if formula.level == ATOM and not formula.raised else bracketed(formula.text)


def _is_product(expression: Expression, operator: str) -> bool:
    return isinstance(expression, Binary) and expression.operator == operator


def _function(name: str) -> str:
    return _NAMED.get(name) or rf"\operatorname{{{escaped(name)}}}"


def _number(text: str) -> str:
    mantissa, _, exponent = text.lower().partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else text
