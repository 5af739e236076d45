"""What an adjoint rule sees: the node, its operands' values, and a builder for more nodes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rnndsl.autodiff.fit import letters
from rnndsl.graph.build import Builder
from rnndsl.graph.node import Attr, Labels, Node
from rnndsl.graph.signatures import ELEMENTWISE
from rnndsl.ops import Op
from rnndsl.sizes import Size


@dataclass(frozen=True)
class Site:
    """A node whose operands get contributions; `guarded` nodes may hold poles where their cotangent is 0."""

    builder: Builder
    number: int
    guarded: bool = False

    @property
    def node(self) -> Node:
        """The node itself."""
        return self.builder.nodes[self.number]

    def operand(self, slot: int) -> Node:
        """Return the node of an operand (its shape, domain and so on, not its value)."""
        return self.builder.nodes[self.node.operands[slot]]

    def value(self, slot: int, cotangent: int) -> int:
        """Return an operand's value, for use in a product with the cotangent."""
        return self._safe(self.node.operands[slot], cotangent)

    def result(self, cotangent: int) -> int:
        """Return the node's own value, for use in a product with the cotangent."""
        return self._safe(self.number, cotangent)

    def _safe(self, number: int, cotangent: int) -> int:
        """Replace a value by 1 where the cotangent is 0, since 0 * infinity is not 0 (a branch that is not taken)."""
        if not self.guarded:
            return number
        given, size = self.builder.nodes[cotangent], cotangent
        if given.shape and self.node.op not in ELEMENTWISE:
            domain, axes = given.domain, Labels((letters(given),), "")
            size = self.builder.contract(axes, [self.op(Op.ABS, cotangent)], domain, batch=given.batch)
        return self.op(Op.WHERE, self.op(Op.EQUAL, size, self.const(0)), self.const(1), number)

    def op(self, op: Op, *operands: int, attr: Attr = None) -> int:
        """Apply an operator."""
        return self.builder.apply(op, *operands, attr=attr)

    def const(self, value: float) -> int:
        """Return a number."""
        return self.builder.const(value)

    def size(self, size: Size) -> int:
        """Return a size as a number."""
        return self.builder.size(size)

    def mul(self, *factors: int) -> int:
        """Multiply; factors of 1 are left out."""
        kept = [factor for factor in factors if not self.is_const(factor, 1)]
        if len(kept) < 2:
            return kept[0] if kept else factors[0]
        return self.op(Op.MUL, *kept)

    def neg(self, number: int) -> int:
        """Negate."""
        return self.op(Op.NEG, number)

    def where(self, condition: int, yes: int, no: int | None = None) -> int:
        """Choose; nothing else said, 0 where the condition is false."""
        return self.op(Op.WHERE, condition, yes, self.const(0) if no is None else no)

    def is_const(self, number: int, value: float) -> bool:
        """Whether a node is a certain number."""
        node = self.builder.nodes[number]
        return node.op is Op.CONST and node.attr == value


#: One contribution for every operand, None where an operand gets none.
Contributions = Sequence[int | None]
Rule = Callable[[Site, int], Contributions]
