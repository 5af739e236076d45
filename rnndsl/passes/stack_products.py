"""Make one product of several matrices with the same vector, and one look-up of several matrices with one token.

    before: W_z @ x, W_r @ x, W_c @ x        after: p = concat(W_z, W_r, W_c) @ x; p[0:n], p[n:2n], p[2n:3n]
            V @ x for a token x (look-up)           columns of concat(...) likewise

The order of the rows is chosen for `pack_elementwise` and `bulk_activations`: products that go through the same sums
stand together, among them those that end in the same activation. Only products in the same loop, or outside of all,
are stacked; the matrices must not depend on the data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node
from rnndsl.graph.signatures import NARY, UNARY
from rnndsl.ops import Op
from rnndsl.passes.blocks import Block, take
from rnndsl.passes.loops import leads_to
from rnndsl.passes.rewriting import Rewriting
from rnndsl.sizes import Size

_Place = tuple[int, bool, str, int]
_DEPTH = 8  # how far up a product's activation is looked for
_LAST = "~"  # sorts after the names of all operators
_MATRIX_VECTOR = Labels(("ij", "j"), "i")


@dataclass(frozen=True, slots=True)
class _Product:
    """A matrix (with `rows` its output axis, 0 or 1) times the node `vector`, or looked up by it."""

    number: int
    matrix: int
    rows: int
    vector: int


def stack_products(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return the graph with products of one vector stacked."""
    if sum(node.op is Op.CONTRACT or node.op is Op.LOOKUP for node in graph.nodes.values()) < 2:
        return graph
    work = Rewriting.start(graph)
    while _stack_all(work):
        work.renew()
    return work.result(graph) if work.built else graph


def _stack_all(work: Rewriting) -> bool:
    groups = _collect(work)
    members = {product.number: group for group, products in enumerate(groups) for product in products}
    places = _arrange(work, members)
    for products in groups:
        products.sort(key=lambda product: places[product.number])
        current = all(work.nodes[product.number].op is not Op.VAR for product in products)
        if current and not any(leads_to(work.nodes, members, product.matrix) for product in products):
            _stack(work, products)
    return work.changed


def _collect(work: Rewriting) -> list[list[_Product]]:
    """Return the groups of at least two products that can be stacked."""
    groups: dict[tuple[object, ...], list[_Product]] = {}
    for number in work.live((Op.CONTRACT, Op.LOOKUP)):
        node = work.nodes[number]
        product = _as_product(number, node)
        if product is None or work.nodes[product.matrix].batch or product.matrix in work.loops:
            continue
        domain = work.nodes[product.matrix].domain
        key = (node.op, product.vector, node.domain, node.batch, domain, work.loops.get(number))
        groups.setdefault(key, []).append(product)
    return [products for products in groups.values() if len(products) > 1]


def _as_product(number: int, node: Node) -> _Product | None:
    if node.op is Op.LOOKUP:
        return _Product(number, node.operands[0], 1 - int(node.attr == 1), node.operands[1])
    if not isinstance(node.attr, Labels) or len(node.operands) != 2:
        return None
    for matrix, vector in ((0, 1), (1, 0)):
        letters, inner, out = node.attr.operands[matrix], node.attr.operands[vector], node.attr.out
        if len(inner) == 1 == len(out) and inner != out and sorted(letters) == sorted(inner + out):
            return _Product(number, node.operands[matrix], letters.index(out), node.operands[vector])
    return None


def _arrange(work: Rewriting, members: Mapping[int, int]) -> dict[int, _Place]:
    """Say where every product stands in its stack: by the class of its sum, then by activation, then in order.

    `members` gives the group of every product. Two products are of one class if they are added to (or multiplied by)
    products of the same groups in the same loop.
    """
    lanes = sorted((_lane(work, number), number) for number in members)
    ranks: dict[tuple[object, ...], int] = {}
    places = {}
    for lane, number in lanes:
        node = work.nodes[lane]
        groups = tuple(sorted(members[operand] for operand in node.operands if operand in members))
        rank = ranks.setdefault((node.op, work.loops.get(lane), groups), len(ranks))
        mixed = any(operand not in members and work.nodes[operand].batch for operand in node.operands)
        places[number] = (rank, mixed, _destiny(work, lane), lane)
    return places


def _lane(work: Rewriting, number: int) -> int:
    """Return the sum (or other elementwise operation) that a product goes into, or the product."""
    users = [user for user in work.users[number] if work.nodes[user].op in NARY]
    return users[0] if users else number


def _destiny(work: Rewriting, lane: int) -> str:
    """Return the activation that a value goes into, perhaps through other elementwise operations."""
    for _ in range(_DEPTH):
        operators = {user: work.nodes[user].op for user in work.users[lane]}
        activations = [op for op in operators.values() if op in UNARY]
        further = [user for user, op in operators.items() if op in NARY]
        if activations or len(further) != 1:
            return activations[0] if activations else _LAST
        lane = further[0]
    return _LAST


def _stack(work: Rewriting, products: Sequence[_Product]) -> None:
    first = work.nodes[products[0].number]
    work.at(products[0].number)
    matrix = work.apply(Op.CONCAT, *[_rows(work, product) for product in products])
    vector = products[0].vector
    if first.op is Op.LOOKUP:
        stacked = work.apply(Op.LOOKUP, matrix, vector, attr=1)
    else:
        stacked = work.contract(_MATRIX_VECTOR, [matrix, vector], first.domain, batch=first.batch)
    start = Size()
    for product in products:
        work.at(product.number)
        size = work.nodes[product.number].shape[0]
        work.forward(product.number, take(work, Block(stacked, start, size)))
        start += size


def _rows(work: Rewriting, product: _Product) -> int:
    """Return the matrix with its output along axis 0."""
    if product.rows == 0:
        return product.matrix
    return work.product(Labels(("ji",), "ij"), product.matrix)
