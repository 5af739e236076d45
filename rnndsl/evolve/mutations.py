"""The six mutations of Jozefowicz, Zaremba & Sutskever (2015), section 3.2, on the graph of a cell.

Each takes a cell and a source of chance and returns the changed block, or None where it found nothing to change. What
the paper leaves open is decided here: a node is drawn among those to which a mutation applies, all with equal chance;
nothing is replaced by itself; an ancestor is anything that the node is computed from at the same point, and nothing
that is computed from the node takes part, so that no cycle within a step arises (the paper's sixth can make one).
Whether shapes fit is left to the compiler.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.evolve.anatomy import ACTIVATIONS, OPERATIONS, Anatomy, Node
from rnndsl.evolve.edits import BIAS, MATRIX, declare, extract, fresh, put, reference
from rnndsl.evolve.rewriting import plain
from rnndsl.sizes import Size
from rnndsl.syntax.notation import print_expression, print_name
from rnndsl.syntax.tree import Binary, Block, Call, Expression, Number, Reference

#: The functions among the paper's activations.
FUNCTIONS: Final = ("tanh", "sigmoid", "relu")
#: Linear(a, x), the paper's other ones: M @ x + m, where M begins as a times the identity, and with 0 at random.
DIAGONALS: Final = ("0", "1", "0.9", "1.1")
#: An ancestor that is written in fewer characters is written again; a longer one is given a name.
SHORT: Final = 24

T = TypeVar("T")
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Change:
    """A changed block, and what was changed: in the equation of `name`, `before` became `after`."""

    block: Block
    name: str
    before: str
    after: str


Mutation = Callable[[Anatomy, Random], Change | None]


def change_activation(cell: Anatomy, random: Random) -> Change | None:
    """Make an activation another one of tanh, sigmoid, relu and Linear(0, 1, 0.9 or 1.1)."""
    node = _pick([one for one in cell.expressions if _activation(cell, one)], random)
    if node is None:
        return None
    (operand,) = cell.parts(node)
    others = [one for one in (*FUNCTIONS, *DIAGONALS) if one != _activation(cell, node)]
    return _activated(cell, node, operand, str(random.choice(others)))


def change_operation(cell: Anatomy, random: Random) -> Change | None:
    """Make an elementwise operation another one of +, - and *."""
    node = _pick([one for one in cell.expressions if _is_operation(cell, one)], random)
    if node is None:
        return None
    expression = cell.expressions[node]
    assert isinstance(expression, Binary)  # noqa: S101 (what _is_operation tells)
    others = [one for one in OPERATIONS if one != expression.operator]
    return _put(cell, cell.block, node, replace(expression, operator=str(random.choice(others))))


def insert_activation(cell: Anatomy, random: Random) -> Change | None:
    """Insert an activation between a node and one of its operands."""
    place = _pick([part for node in cell.expressions for part in cell.parts(node)], random)
    activation = str(random.choice((*FUNCTIONS, *DIAGONALS)))
    return None if place is None else _activated(cell, place, place, activation)


def remove_node(cell: Anatomy, random: Random) -> Change | None:
    """Take out a node with one operand and one use: an activation, a product with a matrix, a bias."""
    single = [one for one in cell.expressions if len(cell.parts(one)) == 1 and cell.uses(one) == 1]
    node = _pick(single, random)
    return None if node is None else _put(cell, cell.block, node, cell.expressions[cell.parts(node)[0]])


def take_ancestor(cell: Anatomy, random: Random) -> Change | None:
    """Replace a node by one of its ancestors."""
    node = _pick(_inner(cell), random)
    if node is None:
        return None
    ancestor = _pick(_candidates(cell, node, node), random)
    if ancestor is None:
        return None
    block, new = _written(cell, cell.block, ancestor, node)
    return _put(cell, block, node, new)


def combine_ancestors(cell: Anatomy, random: Random) -> Change | None:
    """Replace a node by the sum, difference or product of an ancestor of its own and one of any other node."""
    inner = _inner(cell)
    node, other = _pick(inner, random), _pick(inner, random)
    if node is None or other is None:
        return None
    first, second = (_pick(_candidates(cell, node, one), random) for one in (node, other))
    operator = str(random.choice(OPERATIONS))
    if first is None or second is None:
        return None
    same = _shown(cell, first) == _shown(cell, second)
    if same and operator == "-":
        return None  # x - x is nothing but zeros
    if all(_needs_name(cell, one, node) for one in (first, second)) and _nested(first, second):
        return None
    block, left = _written(cell, cell.block, first, node)
    block, right = (block, left) if same else _written(cell, block, second, node)
    return _put(cell, block, node, Binary(operator, left, right, NOWHERE, NOWHERE))


MUTATIONS: Final[Mapping[str, Mutation]] = {
    "activation": change_activation,
    "operation": change_operation,
    "insertion": insert_activation,
    "removal": remove_node,
    "ancestor": take_ancestor,
    "combination": combine_ancestors,
}


# What they have in common --------------------------------------------------------------------------------------------


def _pick(choices: Sequence[T], random: Random) -> T | None:
    return choices[int(random.integers(len(choices)))] if choices else None


def _activation(cell: Anatomy, node: Node) -> str | None:
    """Return which activation a node is: a function's name, or 0 for a product with a matrix."""
    match cell.expressions[node]:
        case Call(function=function, arguments=(_,)) if print_name(function) in ACTIVATIONS:
            return print_name(function)
    return "0" if cell.matrix(node) else None


def _is_operation(cell: Anatomy, node: Node) -> bool:
    expression = cell.expressions[node]
    return isinstance(expression, Binary) and expression.operator in OPERATIONS and len(cell.parts(node)) == 2


def _inner(cell: Anatomy) -> list[Node]:
    """Return the nodes that have ancestors: all but reads."""
    return [one for one in cell.expressions if not cell.is_read(one)]


def _candidates(cell: Anatomy, node: Node, other: Node) -> list[Node]:
    """Return the ancestors of `other` that may stand in the place of `node`, each value once."""
    banned = {node, *cell.descendants(node)}
    indices = cell.indices(node.equation)
    found = [one for one in cell.ancestors(other) if one not in banned and cell.indices(one.equation) == indices]
    return list({_shown(cell, one): one for one in found if cell.text(one) != cell.text(node)}.values())


def _nested(first: Node, second: Node) -> bool:
    """Tell whether one place is inside the other: only one of them can be given a name."""
    short, long = sorted((first.path, second.path), key=len)
    return first.equation == second.equation and first != second and long[: len(short)] == short


def _shown(cell: Anatomy, node: Node) -> str:
    return cell.text(node) if node.path else node.equation


def _written(cell: Anatomy, block: Block, ancestor: Node, node: Node) -> tuple[Block, Expression]:
    """Return how `ancestor` is written in the place of `node`: by its name if it has one, or gets one."""
    if not ancestor.path:
        return block, reference(ancestor.equation, cell.equations[ancestor.equation].target.indices)
    if _needs_name(cell, ancestor, node):
        return extract(cell, block, ancestor)
    return block, cell.expressions[ancestor]


def _needs_name(cell: Anatomy, ancestor: Node, node: Node) -> bool:
    """Tell what is too long to be written twice; what stands in `node` goes with it, and is written once."""
    within = ancestor.equation == node.equation and ancestor.path[: len(node.path)] == node.path
    return bool(ancestor.path) and not within and len(cell.text(ancestor)) >= SHORT


def _activated(cell: Anatomy, place: Node, operand: Node, activation: str) -> Change | None:
    """Put an activation of `operand` at a place."""
    inside = cell.expressions[operand]
    if activation in FUNCTIONS:
        return _put(cell, cell.block, place, Call(plain(activation), (inside,), (), (), NOWHERE))
    size = _sized(cell, cell.size(operand))
    if size is None or (cell.matrix(place) and operand != place and not _is_square(cell, place)):
        return None
    block, matrix, bias = cell.block, fresh(cell.block, MATRIX), fresh(cell.block, BIAS)
    diagonal = Number(float(activation), activation, NOWHERE)
    initialiser = Call(plain("identity"), (diagonal,), (), (), NOWHERE) if diagonal.value else None
    block = declare(declare(block, matrix, size, 2, initialiser), bias, size, 1)
    product = Binary("@", reference(matrix, None), inside, NOWHERE, NOWHERE)
    return _put(cell, block, place, Binary("+", product, reference(bias, None), NOWHERE, NOWHERE))


def _is_square(cell: Anatomy, node: Node) -> bool:
    return cell.size(node) == cell.size(cell.parts(node)[0])


def _sized(cell: Anatomy, size: Size | None) -> Expression | None:
    """Return a size as the cell can write it: as one of its dimensions, or as a number."""
    if size is None or (size.value is None and size.symbol not in {one.name for one in cell.block.arguments}):
        return None
    text = str(size)
    return Number(float(text), text, NOWHERE) if size.value is not None else Reference(plain(text), None, NOWHERE)


def _put(cell: Anatomy, block: Block, node: Node, new: Expression) -> Change | None:
    """Put an expression in the place of a node, unless it says what the node says."""
    before, after = cell.text(node), print_expression(new)
    return None if before == after else Change(put(block, node, new), node.equation, before, after)
