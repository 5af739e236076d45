"""Changes of a block: an expression put in the place of another, things declared, and what is needless taken away."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from typing import Final

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.evolve.anatomy import Anatomy, Node, Path, returns
from rnndsl.evolve.rewriting import Change, declared, expressions, map_statement, operands, plain, reads, with_operands
from rnndsl.syntax.notation import print_name
from rnndsl.syntax.printer import format_tree
from rnndsl.syntax.tree import (
    Binary,
    Block,
    Call,
    DataDeclaration,
    Equation,
    Expression,
    IndexDeclaration,
    InitStatement,
    Name,
    ParamDeclaration,
    Reference,
    ShapeNote,
    Statement,
    SyntaxTree,
    Target,
)

#: What a linear map that evolution inserts is called: M_1 @ x + m_1.
MATRIX: Final = "M"
BIAS: Final = "m"
#: What an expression is called that is given a name.
VALUE: Final = "v"
#: What parameters are declared after; a block that computes something has one of them.
DECLARATIONS: Final = (IndexDeclaration, DataDeclaration, ParamDeclaration)
_BIAS: Final = re.compile(rf"{BIAS}_\d+")


def put(block: Block, place: Node, new: Expression) -> Block:
    """Return `block` with another expression at a place."""

    def changed(statement: Statement) -> Statement:
        if isinstance(statement, Equation) and _defines(statement, place.equation):
            return replace(statement, value=_put(statement.value, place.path, new))
        return statement

    return replace(block, body=tuple(map(changed, block.body)))


def _defines(statement: Statement, name: str) -> bool:
    return isinstance(statement, Equation) and print_name(statement.target.name) == name


def _put(expression: Expression, path: Path, new: Expression) -> Expression:
    if not path:
        return new
    parts = list(operands(expression))
    parts[path[0]] = _put(parts[path[0]], path[1:], new)
    return with_operands(expression, tuple(parts))


def fresh(block: Block, stem: str) -> str:
    """Return a name that the block does not have: `M_1`, `M_2`, ..."""
    taken = set(re.findall(r"\w+", format_tree(SyntaxTree((), (block,), (), ""))))
    taken |= {name for one in block.body if isinstance(one, ParamDeclaration) for target in one.targets
              for name in declared(target.name)}  # fmt: skip
    return next(name for number in range(1, len(taken) + 2) if (name := f"{stem}_{number}") not in taken)


def declare(block: Block, name: str, size: Expression, axes: int, initialiser: Call | None = None) -> Block:
    """Return `block` with a parameter more, after the others: a square matrix (two axes) or a vector."""
    place = max((place for place, one in enumerate(block.body) if isinstance(one, DECLARATIONS)), default=0) + 1
    shape = ShapeNote("sizes", (size,) * axes, NOWHERE)
    target = Target(plain(name), None, NOWHERE)
    above = block.body[place - 1].span
    span = replace(above, line=above.end_line)
    declaration = ParamDeclaration((target,), shape, initialiser, frozen=False, span=span)
    return replace(block, body=(*block.body[:place], declaration, *block.body[place:]))


def extract(cell: Anatomy, block: Block, node: Node) -> tuple[Block, Expression]:
    """Give a node a name: an equation of its own before the one in which it stands; return how it is read now."""
    home, name = cell.equations[node.equation], fresh(block, VALUE)
    read = reference(name, home.target.indices)
    place = next(k for k, one in enumerate(block.body) if _defines(one, node.equation))
    above = replace(home.span, end_line=home.span.line - 1)
    equation = Equation(replace(home.target, name=plain(name)), None, cell.expressions[node], above)
    changed = put(block, node, read)
    return replace(changed, body=(*changed.body[:place], equation, *changed.body[place:])), read


def reference(name: str, indices: tuple[Name, ...] | None) -> Reference:
    """Return the read of a quantity at the current point."""
    points = None if indices is None else tuple(Reference(one, None, NOWHERE) for one in indices)
    return Reference(plain(name), points, NOWHERE)


def tidy(block: Block) -> Block:
    """Return `block` without what a change left over: names for mere reads, unused equations and parameters."""
    before = block.body
    while (alias := _alias(block)) is not None:
        block = _without_alias(block, alias)
    for change in (_in_one_chain, _with_one_bias(block)):
        block = replace(block, body=tuple(map_statement(one, change) for one in block.body))
    return replace(block, body=_closed_up(before, tuple(_tidied(block, _used(block)))))


def _closed_up(before: Sequence[Statement], after: Sequence[Statement]) -> tuple[Statement, ...]:
    """Return what is left of statements so that no gap shows where one was."""
    left = {one.span for one in after}
    gaps = {one.span.end_line + 1: one.span.line for one in before if one.span not in left}
    found = []
    for one in after:
        line = one.span.line
        while line in gaps:
            line = gaps[line]
        found.append(replace(one, span=replace(one.span, line=line)))
    return tuple(found)


def _in_one_chain(part: Expression) -> Expression:
    """Turn a + (b - c) into a + b - c, and a * (b * c) into a * b * c."""
    match part:
        case Binary(operator="+", right=Binary(operator="+" | "-") as inner):
            return replace(inner, left=_in_one_chain(replace(part, right=inner.left)))
        case Binary(operator="*", right=Binary(operator="*") as inner):
            return replace(inner, left=_in_one_chain(replace(part, right=inner.left)))
    return part


def _with_one_bias(block: Block) -> Change:
    """Return what takes a linear map's bias out of a sum that has another one."""
    params = {name for one in block.body if isinstance(one, ParamDeclaration) for target in one.targets
              for name in declared(target.name)}  # fmt: skip

    def merged(part: Expression) -> Expression:
        terms = _terms(part)
        biases = [one for one in terms if isinstance(one, Reference) and print_name(one.name) in params]
        spare = [one for one in biases if _BIAS.fullmatch(print_name(one.name))]
        if len(spare) == len(biases):
            spare = spare[:-1]
        left = [one for one in terms if not any(one is bias for bias in spare)]
        return reduce(lambda x, y: Binary("+", x, y, NOWHERE, NOWHERE), left) if spare else part

    return merged


def _terms(expression: Expression) -> list[Expression]:
    """Return what is added in a sum."""
    if isinstance(expression, Binary) and expression.operator == "+":
        return [*_terms(expression.left), expression.right]
    return [expression]


def _alias(block: Block) -> Equation | None:
    """Return an equation that only gives another name to what it reads, and is read at its own point only."""
    cell = Anatomy(block)
    inits = {print_name(one.target.name) for one in block.body if isinstance(one, InitStatement)}
    for name, equation in cell.equations.items():
        bare = isinstance(equation.value, Reference) and equation.value.points is not None and equation.shape is None
        apart = name not in cell.states | inits and not any(returns(one, name) for one in block.body)
        if bare and apart and Node(name) in cell.expressions:
            return equation
    return None


def _without_alias(block: Block, alias: Equation) -> Block:
    name = print_name(alias.target.name)

    def inline(part: Expression) -> Expression:
        return alias.value if isinstance(part, Reference) and print_name(part.name) == name else part

    return replace(block, body=tuple(map_statement(one, inline) for one in block.body if one is not alias))


def _used(block: Block) -> frozenset[str]:
    """Return the names of the equations that something else than themselves needs, in the end."""
    names = {print_name(one.target.name) for one in block.body if isinstance(one, Equation)}
    needed = {name for name in names for one in block.body if returns(one, name)}
    waiting: list[Statement] = [one for one in block.body if not isinstance(one, Equation | InitStatement)]
    waiting += [one for name in needed for one in block.body if _concerns(one, name)]
    while waiting:
        found = {name for one in _references(waiting.pop()) for name in names - needed if reads(one, name)}
        needed |= found
        waiting += [one for name in found for one in block.body if _concerns(one, name)]
    return frozenset(needed)


def _concerns(statement: Statement, name: str) -> bool:
    """Tell the equation of a name, and its init."""
    if isinstance(statement, InitStatement):
        return print_name(statement.target.name).partition(".")[0] == name
    return _defines(statement, name)


def _references(statement: Statement) -> list[Reference]:
    return [one for one in expressions(statement) if isinstance(one, Reference)]


def _tidied(block: Block, kept: frozenset[str]) -> Iterator[Statement]:
    equations = {print_name(one.target.name) for one in block.body if isinstance(one, Equation)}
    gone = equations - kept
    left = [one for one in block.body if not any(_concerns(one, name) for name in gone)]
    found = [one for statement in left for one in _references(statement)]
    for statement in left:
        if not isinstance(statement, ParamDeclaration):
            yield statement
            continue
        targets = (_thinned(target, found) for target in statement.targets)
        present = tuple(target for target in targets if target is not None)
        if present:
            yield replace(statement, targets=present)


def _thinned(target: Target, found: list[Reference]) -> Target | None:
    """Return what is declared without the names of its list that nothing reads; None if nothing reads any."""

    def used(name: Name) -> bool:
        return any(reads(one, single) for one in found for single in declared(name))

    match [(place, part) for place, part in enumerate(target.name.parts) if isinstance(part, tuple)]:
        case [(place, listed)]:
            alone = {word: _with(target.name, place, word) for word in listed}
            words = tuple(word for word, name in alone.items() if used(name))
            name = alone[words[0]] if len(words) == 1 else _with(target.name, place, words)
            return replace(target, name=name) if words else None
        case _:
            return target if used(target.name) else None


def _with(name: Name, place: int, part: str | tuple[str, ...]) -> Name:
    """Return a name with another list, or word, in the place of its list; neighbouring words become one."""
    parts = (*name.parts[:place], part, *name.parts[place + 1 :])
    return plain("".join(map(str, parts))) if all(isinstance(one, str) for one in parts) else replace(name, parts=parts)
