"""Adjoints of products and sums, folds, and operators on components and tokens; `g` is the result's cotangent."""

from rnndsl.autodiff.fit import fit, letters
from rnndsl.autodiff.site import Contributions, Site
from rnndsl.graph.node import Labels, Node, Over
from rnndsl.indices import Domain, Index, ordered
from rnndsl.ops import Op
from rnndsl.sizes import Size


def contract(site: Site, g: int) -> Contributions:
    """Return the contraction of g with the other operand, for each operand; the letters say how."""
    labels = site.node.attr
    if not isinstance(labels, Labels):
        raise TypeError("CONTRACT has labels")
    slots = range(len(site.node.operands))
    return [_contract_with(site, g, labels, slot) for slot in slots]


def _contract_with(site: Site, g: int, labels: Labels, slot: int) -> int:
    operand, own = site.operand(slot), labels.operands[slot]
    given = [(g, labels.out)]
    if len(labels.operands) > 1:
        given.append((site.value(1 - slot, g), labels.operands[1 - slot]))
    known = "".join(axes for _, axes in given)
    out = "".join(letter for letter in own if letter in known)
    nodes = [site.builder.nodes[number] for number, _ in given]
    domain = ordered({index for node in nodes for index in node.domain if index in operand.domain})
    batch = operand.batch and any(node.batch for node in nodes)
    result = g
    if (domain, batch, out, len(given)) != (nodes[0].domain, nodes[0].batch, labels.out, 1):
        axes = Labels(tuple(letters for _, letters in given), out)
        result = site.builder.contract(axes, [number for number, _ in given], domain, batch=batch)
    return _repeat(site, result, out, (own, operand))


def _repeat(site: Site, number: int, out: str, whole: tuple[str, Node]) -> int:
    """Repeat a value along the axes that were summed without a partner."""
    own, operand = whole
    for axis, letter in enumerate(own):
        if out and letter not in out:
            ones = site.op(Op.SEGMENTS, attr=((1.0, operand.shape[axis]),))
            wider = "".join(other for other in own if other in out + letter)
            number = site.builder.product(Labels((out, letter), wider), number, ones)
            out = wider
    node = site.builder.nodes[number]
    return site.builder.broadcast(number, node.domain, operand.shape, batch=node.batch)


def broadcast(_: Site, g: int) -> Contributions:
    """Return g; what was repeated is summed by `fit`."""
    return [g]


def softmax(site: Site, g: int) -> Contributions:
    """Return y (g - sum(g y))."""
    y, over = site.number, _over(site)
    nodes = [site.builder.nodes[g], site.node]
    axes = [letters(node) for node in nodes]
    domain = ordered({index for node in nodes for index in node.domain} - set(over))
    out = "" if not over else axes[1]
    labels = Labels((axes[0], axes[1]), out)
    mean = site.builder.contract(labels, [g, y], domain, batch=any(node.batch for node in nodes))
    return [site.mul(y, site.op(Op.SUB, g, mean))]


def logsumexp(site: Site, g: int) -> Contributions:
    """Return g softmax(a)."""
    return [site.mul(g, site.op(Op.SOFTMAX, site.node.operands[0], attr=site.node.attr))]


def largest(site: Site, g: int) -> Contributions:
    """Return g for the first of the largest."""
    return [site.mul(g, site.op(Op.FIRST_MAX, site.node.operands[0], attr=site.node.attr))]


def _over(site: Site) -> Domain:
    attr = site.node.attr
    return attr.indices if isinstance(attr, Over) else ()


def concat(site: Site, g: int) -> Contributions:
    """Return the pieces of g."""
    pieces: list[int | None] = []
    start = Size()
    for slot in range(len(site.node.operands)):
        shape = site.operand(slot).shape
        pieces.append(site.builder.shaped(Op.SLICE, g, shape=shape, attr=start))
        start = start + shape[0]
    return pieces


def cut(site: Site, g: int) -> Contributions:
    """Return g at its place among zeros (SLICE)."""
    return [site.builder.shaped(Op.PLACE, g, shape=site.operand(0).shape, attr=site.node.attr)]


def place(site: Site, g: int) -> Contributions:
    """Return the part of g that was placed."""
    return [site.builder.shaped(Op.SLICE, g, shape=site.operand(0).shape, attr=site.node.attr)]


def stack(site: Site, g: int) -> Contributions:
    """Return the components of g at the points that they came from."""
    return [site.op(Op.UNSTACK, g, attr=site.node.attr)]


def unstack(site: Site, g: int) -> Contributions:
    """Return g with its points as components."""
    index, node = site.node.attr, site.builder.nodes[g]
    if not isinstance(index, Index):
        raise TypeError("UNSTACK names an index")
    points = site.builder.broadcast(g, ordered({*node.domain, index}), node.shape, batch=node.batch)
    return [site.op(Op.STACK, points, attr=index)]


def lookup(site: Site, g: int) -> Contributions:
    """Return g in the row or column that was looked up; no other row is touched."""
    return [_gather(site, g, site.operand(0)), None]


def _gather(site: Site, g: int, matrix: Node) -> int:
    token = site.node.operands[1]
    nodes = [site.builder.nodes[number] for number in (g, token)]
    domain = ordered({index for node in nodes for index in node.domain if index in matrix.domain})
    batch = matrix.batch and any(node.batch for node in nodes)
    return site.builder.add(Node(Op.SCATTER, (g, token), domain, matrix.shape, batch, attr=site.node.attr))


def scatter(site: Site, g: int) -> Contributions:
    """Return the rows or columns of g at the tokens."""
    vector = site.op(Op.LOOKUP, g, site.node.operands[1], attr=site.node.attr)
    return [fit(site.builder, vector, site.operand(0), ((), False)), None]


def pick(site: Site, g: int) -> Contributions:
    """Return g at the token's place."""
    return [site.builder.shaped(Op.PUT, g, site.node.operands[1], shape=site.operand(0).shape), None]


def put(site: Site, g: int) -> Contributions:
    """Return the component of g at the token's place."""
    return [site.op(Op.PICK, g, site.node.operands[1]), None]
