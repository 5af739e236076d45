"""A cell as the graph that evolution changes: the nodes of its equations, their operands, ancestors and users.

A node is an expression that varies from point to point: an activation, a linear map, an elementwise operation, a read.
Parameters and numbers belong to the node in which they stand, so `tanh(a)`, `W @ a`, `W @ a + b` with a bias b, and
`1 - a` have the one operand a. What an equation computes is the node at its root, wherever its name is read at the same
point; `h[t-1]` and `x[t]` have no operands.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final

from rnndsl.evolve.rewriting import declared, expressions, operands
from rnndsl.semantics.functions import FUNCTIONS, Kind
from rnndsl.semantics.model import Type
from rnndsl.sizes import Size
from rnndsl.syntax.chains import walk
from rnndsl.syntax.notation import print_expression, print_name, print_points
from rnndsl.syntax.tree import (
    Binary,
    Block,
    Call,
    CellCall,
    Equation,
    Expression,
    IndexDeclaration,
    OutputStatement,
    ParamDeclaration,
    Reference,
    Statement,
    Unary,
)

#: Elementwise functions of one argument.
ACTIVATIONS: Final = frozenset(
    name for name, one in FUNCTIONS.items() if one.kind is Kind.ELEMENTWISE and one.parameters == ("a",)
)
#: Elementwise operations with two operands, the alternatives of one another.
OPERATIONS: Final = ("+", "-", "*")

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A place in the equation of a name: the operand numbers on the way down from its root."""

    equation: str
    path: Path = ()


@dataclass(frozen=True)
class Anatomy:
    """The graph of one block; `types` are those of its quantities, empty where they are not known."""

    block: Block
    types: Mapping[str, Type] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def equations(self) -> dict[str, Equation]:
        """The equations that can be changed: those that stand by themselves, in no `for` or `if`."""
        return {print_name(one.target.name): one for one in self.block.body if isinstance(one, Equation)}

    @cached_property
    def constants(self) -> frozenset[str]:
        """The names of what is the same at all points: parameters and dimensions, and indices."""
        params = (target.name for one in self.block.body if isinstance(one, ParamDeclaration) for target in one.targets)
        indices = (name for one in self.block.body if isinstance(one, IndexDeclaration) for name in one.names)
        given = {argument.name for argument in self.block.arguments}
        return frozenset({name for one in (*params, *indices) for name in declared(one)} | given | {"infinity"})

    @cached_property
    def expressions(self) -> dict[Node, Expression]:
        """Every node with its expression, in the order of the spec; reads of equations are among them."""
        found: dict[Node, Expression] = {}
        for name, equation in self.equations.items():
            waiting: list[tuple[Path, Expression]] = [((), equation.value)]
            while waiting:
                path, expression = waiting.pop()
                found[Node(name, path)] = expression
                waiting += reversed(self._parts(path, expression))
        return {node: expression for node, expression in found.items() if self.varies(expression)}

    @cached_property
    def states(self) -> frozenset[str]:
        """The names of equations that are read at other points than their own."""
        return frozenset(print_name(one.name) for one in self._references() if self._shifted(one))

    @cached_property
    def _users(self) -> dict[Node, list[Node]]:
        found: dict[Node, list[Node]] = {}
        for node in self.expressions:
            for operand in self.operands(node):
                found.setdefault(operand, []).append(node)
        return found

    def varies(self, expression: Expression) -> bool:
        """Tell whether an expression depends on the point: whether anything but constants is read in it."""
        return any(
            isinstance(one, CellCall) or (isinstance(one, Reference) and print_name(one.name) not in self.constants)
            for one in walk(expression)
        )

    def parts(self, node: Node) -> tuple[Node, ...]:
        """Return the places of a node's operands as they are written."""
        return tuple(Node(node.equation, path) for path, _ in self._parts(node.path, self.expressions[node]))

    def operands(self, node: Node) -> tuple[Node, ...]:
        """Return a node's operands; the read of an equation at its own point is that equation's root."""
        return tuple(map(self.meant, self.parts(node)))

    def meant(self, place: Node) -> Node:
        """Return the node that is meant at a place: an equation's root where it is read at its own point."""
        expression = self.expressions[place]
        if isinstance(expression, Reference) and (root := self._root(expression)) is not None:
            return root
        return place

    def is_read(self, node: Node) -> bool:
        """Tell places that only read something."""
        return isinstance(self.expressions[node], Reference)

    def ancestors(self, node: Node) -> list[Node]:
        """Return what a node is computed from at the same point, sorted."""
        return sorted(self._reachable(node, self.operands))

    def descendants(self, node: Node) -> list[Node]:
        """Return what is computed from a node at the same point, sorted."""
        return sorted(self._reachable(node, lambda one: self._users.get(one, ())))

    def uses(self, node: Node) -> int:
        """Return how many times a node's value is used: an inner one once, an equation's as often as it is read."""
        if node.path:
            return 1
        outputs = sum(returns(statement, node.equation) for statement in self.block.body)
        return outputs + sum(print_name(one.name) == node.equation for one in self._references())

    def size(self, node: Node) -> Size | None:
        """Return the size of a vector, None if it is no vector or not known."""
        shape = self._shape(self.expressions[node])
        return shape[0] if shape is not None and len(shape) == 1 else None

    def indices(self, name: str) -> tuple[str, ...]:
        """Return what an equation varies over."""
        return tuple(map(print_name, self.equations[name].target.indices or ()))

    def matrix(self, node: Node) -> str | None:
        """Return the matrix of a linear map, `W @ a` or `W @ a + b`; None for any other node."""
        expression = self.expressions[node]
        if isinstance(expression, Binary) and self._has_bias(expression):
            expression = expression.left
        match expression:
            case Binary(operator="@", left=Reference(name=name, points=None), right=right) if self.varies(right):
                return print_name(name) if print_name(name) in self.constants else None
        return None

    def text(self, node: Node) -> str:
        """Return a node's expression as one line."""
        return print_expression(self.expressions[node])

    def _parts(self, path: Path, expression: Expression) -> list[tuple[Path, Expression]]:
        """Return the varying operands of an expression with their places; a linear map with a bias has one."""
        if isinstance(expression, Binary) and self._has_bias(expression):
            path, expression = (*path, 0), expression.left
        parts = enumerate(operands(expression))
        return [((*path, number), part) for number, part in parts if self.varies(part)]

    def _has_bias(self, sum_: Binary) -> bool:
        """Tell `W @ a + b`."""
        match sum_:
            case Binary(operator="+", left=Binary(operator="@", left=matrix), right=Reference() as bias):
                return isinstance(matrix, Reference) and not self.varies(matrix) and not self.varies(bias)
        return False

    def _reachable(self, start: Node, onward: Callable[[Node], Iterable[Node]]) -> set[Node]:
        found: set[Node] = set()
        waiting = list(onward(start))
        while waiting:
            node = waiting.pop()
            if node not in found and node != start:
                found.add(node)
                waiting += onward(node)
        return found

    def _references(self) -> Iterable[Reference]:
        every = (one for statement in self.block.body for one in expressions(statement))
        return (one for one in every if isinstance(one, Reference))

    def _root(self, reference: Reference) -> Node | None:
        name = print_name(reference.name)
        return Node(name) if Node(name) in self.expressions and not self._shifted(reference) else None

    def _shifted(self, reference: Reference) -> bool:
        name = print_name(reference.name)
        return name in self.equations and tuple(map(print_points, reference.points or ())) != self.indices(name)

    def _shape(self, expression: Expression) -> tuple[Size, ...] | None:
        """Return the shape of an expression, as far as operators and reads tell it."""
        match expression:
            case Reference(name=name):
                known = self.types.get(print_name(name))
                return known.shape if known else None
            case Binary(operator="@", left=left):
                matrix = self._shape(left)
                return matrix[:1] if matrix is not None and len(matrix) == 2 else None
            case Binary(operator="+" | "-" | "*" | "/", left=left, right=right):
                shapes = [shape for one in (left, right) if (shape := self._shape(one))]
                return shapes[0] if shapes else None
            case Unary(operator="-", operand=operand):
                return self._shape(operand)
            case Call(function=function, arguments=(argument,), over=()) if print_name(function) in ACTIVATIONS:
                return self._shape(argument)
        return None


def returns(statement: Statement, name: str) -> bool:
    """Tell an `output` statement that names a quantity."""
    return (
        isinstance(statement, OutputStatement)
        and statement.value is None
        and any(name in declared(target.name) for target in statement.targets)
    )
