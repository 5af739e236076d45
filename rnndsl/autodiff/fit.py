"""Undoing broadcasting: what an operand does not have is summed, and nothing else ever has to be.

Contributions may lack indices and the batch of the operand (they are then the same at all points); sums know how many
points they run over, so what they drop is made explicit first.
"""

from rnndsl.graph.build import Builder
from rnndsl.graph.node import Labels, Node
from rnndsl.indices import Domain, Index, ordered
from rnndsl.ops import Op

LETTERS = "ijklmnopqrstuvwxyz"


def letters(node: Node, start: int = 0) -> str:
    """Return a letter for every axis of a node's value."""
    return LETTERS[start : start + len(node.shape)]


def fit(builder: Builder, contribution: int, operand: Node, scope: tuple[Domain, bool]) -> int:
    """Make a contribution one to `operand`.

    Args:
        builder: The graph in the making.
        contribution: A cotangent at every point of `scope`.
        operand: Whose cotangent it becomes.
        scope: The indices and the batch over which the operand was used.

    Returns:
        A node of the operand's shape, on indices that the operand has.
    """
    node = builder.nodes[contribution]
    if node.op is Op.NEG:
        return builder.apply(Op.NEG, fit(builder, node.operands[0], operand, scope))
    used, batch = scope
    dropped = {index for index in (*used, *node.domain) if index not in operand.domain}
    over_batch = (batch or node.batch) and not operand.batch
    components = bool(node.shape) and not operand.shape
    if dropped or over_batch or components:
        contribution = total(builder, contribution, dropped, over_batch=over_batch, components=components)
    result = builder.nodes[contribution]
    return builder.broadcast(contribution, result.domain, operand.shape, batch=result.batch)


def total(
    builder: Builder, number: int, dropped: "set[Index]", *, over_batch: bool = False, components: bool = False
) -> int:
    """Sum over indices, the batch and components; a sum of a product becomes one contraction."""
    factors = _factors(builder, number)
    nodes = [builder.nodes[factor] for factor in factors]
    missing = dropped - {index for node in nodes for index in node.domain}
    if missing or (over_batch and not any(node.batch for node in nodes)):
        more = over_batch or any(index.ragged for index in missing)
        first = nodes[0]
        factors[0] = builder.broadcast(
            factors[0], ordered({*first.domain, *missing}), first.shape, batch=first.batch or more
        )
        nodes[0] = builder.nodes[factors[0]]
    whole = max((letters(node) for node in nodes), key=len)
    labels = Labels(tuple(letters(node) for node in nodes), "" if components else whole)
    kept = ordered({index for node in nodes for index in node.domain} - dropped)
    return builder.contract(labels, factors, kept, batch=any(node.batch for node in nodes) and not over_batch)


def _factors(builder: Builder, number: int) -> list[int]:
    """Return the two factors of a product, or the one value."""
    node = builder.nodes[number]
    if node.op is not Op.MUL:
        return [number]
    first, *rest = node.operands
    return [first, rest[0] if len(rest) == 1 else builder.apply(Op.MUL, *rest)]
