"""For every operator with a gradient a small graph that uses it, with operands that lack what the others have."""

from collections.abc import Callable, Mapping, Sequence

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import OutputInfo, RecurrenceGraph
from rnndsl.graph.node import Attr, Labels, Node, Over
from rnndsl.indices import Affine, Child, Domain, End, here
from rnndsl.ops import Op
from rnndsl.sizes import Size
from tests.graph.examples import HIDDEN, SLOTS, VOCAB, C, D, E, J, K, N, Net, S, T, shift

Case = Callable[[Net], int]


def graph_of(case: Case, name: str = "Case") -> RecurrenceGraph:
    """Return a graph whose loss is the sum of a wave of the case's value, so that every entry counts differently."""
    net = Net(name)
    value = case(net)
    shape = net.builder.nodes[value].shape
    by = net.param("by", *shape)
    return net.finish(net.total(net.op(Op.SIN, net.mul(value, by))))


def probe(graph: RecurrenceGraph, output: str, offset: float = 0.5) -> RecurrenceGraph:
    """Add `probe`, a scalar that depends on all entries of an output."""
    builder = Builder.of(graph)
    info = graph.outputs[output]
    letters = "ij"[: len(graph.nodes[info.node].shape)]
    waved = builder.apply(Op.SIN, builder.apply(Op.ADD, info.node, builder.const(offset)))
    total = builder.contract(Labels((letters,), ""), [waved], (), batch=False)
    return finish(builder, graph, [*graph.outputs.values(), OutputInfo("probe", total, ())])


def vector(net: Net) -> int:
    """Return a vector at every point."""
    return net.input("x", (T,), HIDDEN)


def positive(net: Net, name: str = "p") -> int:
    """Return a positive parameter."""
    return net.op(Op.SOFTPLUS, net.param(name, HIDDEN))


def unary(op: Op) -> Case:
    """Apply a function to a vector that comes from a point and a parameter."""
    return lambda net: net.op(op, net.mul(vector(net), net.param("w", HIDDEN)))


def of_positive(op: Op) -> Case:
    """Apply a function to a positive vector."""
    return lambda net: net.op(op, net.mul(positive(net), net.op(Op.EXP, vector(net))))


def binary(op: Op) -> Case:
    """Apply a function to a vector at every point and a scalar, and to a scalar at every point and a vector."""

    def case(net: Net) -> int:
        first = net.op(op, net.op(Op.EXP, vector(net)), positive(net, "q"))
        scalar = net.op(Op.SOFTPLUS, net.mul(net.input("z", (T,)), net.param("s")))
        return net.op(op, first, net.op(op, scalar, net.op(Op.SOFTPLUS, net.param("r"))))

    return case


def several(op: Op) -> Case:
    """Apply a function to three operands of different domains."""
    return lambda net: net.op(op, vector(net), net.param("w", HIDDEN, over=(K,)), net.param("s"), net.input("z", (S,)))


def fold(op: Op) -> Case:
    """Fold over components, a range and a sequence; one operand lacks what is folded."""

    def case(net: Net) -> int:
        x, w = vector(net), net.param("w", HIDDEN, over=(K,))
        whole = net.mul(x, w)
        parts = [net.op(op, whole, attr=Over(indices)) for indices in ((K,), (T,), (T, K))]
        parts.append(net.op(op, net.mul(net.param("v", HIDDEN), x), attr=Over((K,))))
        return net.add(*parts, net.op(op, whole, attr=Over(())))

    return case


def fold_children(op: Op) -> Case:
    """Fold over children, over all edges, and over two sequences; where there is nothing to fold, 0 is chosen."""

    def case(net: Net) -> int:
        edges = net.mul(net.input("x", (N, C), HIDDEN), net.input("z", (N,)))
        grid = net.mul(net.input("y", (T, S), HIDDEN), net.param("w", HIDDEN))
        parts = [(net.input("u", (N,), HIDDEN), (C,)), (edges, (C,)), (edges, (N, C)), (grid, (T, S))]
        return net.add(*(_folded(net, op, part, over) for part, over in parts))

    return case


def _folded(net: Net, op: Op, part: int, over: Domain) -> int:
    node = net.builder.nodes[part]
    full = net.builder.broadcast(part, (*node.domain, *over), node.shape, batch=True)
    result = net.op(op, full, attr=Over(over))
    if op is Op.SOFTMAX:
        return net.sum(net.mul(result, full), *over)
    points = net.sum(net.builder.broadcast(net.builder.const(1), over, (), batch=True), *over)
    return net.op(Op.WHERE, net.op(Op.LESS, net.builder.const(0), points), result, net.builder.const(0))


def uses(net: Net) -> int:
    """Sum what parents have for their children: for every child, for one, and for some places."""
    edges, nodes = net.input("x", (D, E), HIDDEN), net.input("u", (D,), HIDDEN)
    by_place = net.mul(nodes, net.param("w", HIDDEN, over=(J,)))
    parts = [
        net.op(Op.USES, edges, attr=Child(D, here(E))),
        net.op(Op.USES, nodes, attr=Child(D, Affine((), 2))),
        net.op(Op.USES, by_place, attr=Child(D, Affine(((J, 1),), 1))),
        net.op(Op.USES, net.mul(edges, net.param("v", HIDDEN, over=(K,))), attr=Child(D, Affine(((E, 1),), -1))),
    ]
    return net.add(*parts)


def at_tokens(op: Op) -> Case:
    """Use a vector of scores and tokens; the scores lack the points."""

    def case(net: Net) -> int:
        token = net.input("y", (T,), token=VOCAB)
        if op is Op.PUT:
            return net.builder.shaped(op, net.mul(net.input("z", (S,)), net.param("s")), token, shape=(VOCAB,))
        return net.add(net.op(op, net.param("w", VOCAB), token), net.op(op, net.input("u", (T,), VOCAB), token))

    return case


def rows(axis: int) -> Case:
    """Look up rows or columns of a family of matrices."""
    shape = (VOCAB, HIDDEN) if axis == 0 else (HIDDEN, VOCAB)

    def case(net: Net) -> int:
        token = net.input("y", (T,), token=VOCAB)
        family = net.op(Op.LOOKUP, net.param("E", *shape, over=(K,)), token, attr=axis)
        return net.add(family, net.op(Op.LOOKUP, net.input("F", (), *shape), token, attr=axis))

    return case


def scattered(axis: int) -> Case:
    """Scatter vectors, one of which lacks the points of the tokens."""
    shape = (VOCAB, HIDDEN) if axis == 0 else (HIDDEN, VOCAB)

    def case(net: Net) -> int:
        token = net.input("y", (T,), token=VOCAB)
        found = [
            net.builder.add(Node(Op.SCATTER, (given, token), (), shape, batch=False, attr=axis))
            for given in (vector(net), net.param("w", HIDDEN))
        ]
        each = Node(Op.SCATTER, (net.input("u", (), HIDDEN), token), (), shape, batch=True, attr=axis)
        return net.add(*found, net.builder.add(each))

    return case


def products(net: Net) -> int:
    """Contract in all ways: matrices, dots, sums of components, over points and over the batch."""
    build, x, w = net.builder, vector(net), net.param("W", HIDDEN, HIDDEN, over=(K,))
    m = build.product(Labels(("ij", "kj"), "ik"), w, net.param("V", HIDDEN, HIDDEN))
    parts = [
        build.contract(Labels(("ij", "j"), "i"), [m, x], (T,), batch=True),
        build.contract(Labels(("ij", "i"), "j"), [m, x], (K,), batch=False),
        build.contract(Labels(("ij",), "i"), [m], (), batch=False),
        build.contract(Labels(("i", "j"), "i"), [x, net.param("b", HIDDEN)], (), batch=True),
        build.contract(Labels(("ij",), "ji"), [m], (K,), batch=False),
        build.contract(Labels(("", "i"), "i"), [net.input("z", (S, T)), x], (S,), batch=True),
    ]
    return net.add(*parts[:4], net.matvec(parts[4], x), parts[5], net.mul(x, net.dot(x, x)))


def products_on_trees(net: Net) -> int:
    """Sum edges to their nodes, to all of a tree, and to nothing."""
    build, x, u = net.builder, net.input("x", (N, C), HIDDEN), net.input("u", (N,), HIDDEN)
    parts = [
        build.contract(Labels(("i", "i"), "i"), [x, u], (N,), batch=True),
        build.contract(Labels(("i", "i"), "i"), [x, net.param("w", HIDDEN, over=(K,))], (K,), batch=True),
        build.contract(Labels(("i",), "i"), [x], (), batch=False),
    ]
    return net.add(net.mul(parts[0], net.op(Op.IOTA, attr=N)), *parts[1:])


def repeated(net: Net) -> int:
    """Repeat a scalar, and a value that lacks everything."""
    whole = net.builder.broadcast(net.param("s", over=(K,)), (T, S, K), (HIDDEN, VOCAB), batch=True)
    again = net.builder.broadcast(net.param("W", HIDDEN, VOCAB), (T,), (HIDDEN, VOCAB), batch=True)
    return net.mul(whole, again)


def chosen(net: Net) -> int:
    """Choose between values that lack each other's indices."""
    scalar = net.op(Op.LESS, net.input("z", (S,)), net.builder.const(0.1))
    by_component = net.op(Op.LESS, vector(net), net.param("w", HIDDEN))
    one = net.op(Op.WHERE, scalar, net.param("a", HIDDEN), net.param("s"))
    return net.op(Op.WHERE, by_component, net.mul(one, net.param("r")), net.param("v", HIDDEN, over=(K,)))


def activated(net: Net) -> int:
    """Apply several functions to segments: the logistic ones, and any."""
    x = net.op(Op.CONCAT, *[net.mul(vector(net), net.param(f"w{n}", HIDDEN)) for n in range(3)])
    gates: Attr = ((Op.SIGMOID, HIDDEN), (Op.TANH, HIDDEN), (Op.SIGMOID, HIDDEN))
    others: Attr = ((Op.RELU, HIDDEN), (Op.SIGN, HIDDEN), (Op.SOFTPLUS, HIDDEN))
    return net.add(net.op(Op.ACTIVATE, x, attr=gates), net.op(Op.ACTIVATE, x, attr=others))


def joined(net: Net) -> int:
    """Join vectors and matrices of different domains."""
    return net.op(Op.CONCAT, vector(net), net.param("w", VOCAB, over=(K,)), net.param("v", SLOTS))


def cut(net: Net) -> int:
    """Take components of a vector and rows of a matrix."""
    rows_of = net.builder.shaped(Op.SLICE, net.param("W", VOCAB, HIDDEN), shape=(Size.of(2), HIDDEN), attr=Size.of(1))
    part = net.builder.shaped(Op.SLICE, joined(net), shape=(HIDDEN,), attr=VOCAB)
    return net.matvec(rows_of, part)


def placed(net: Net) -> int:
    """Put vectors and rows among zeros."""
    whole = net.builder.shaped(Op.PLACE, vector(net), shape=(HIDDEN + VOCAB,), attr=Size.of(2))
    rows_of = net.builder.shaped(Op.PLACE, net.param("W", HIDDEN, HIDDEN), shape=(VOCAB, HIDDEN), attr=Size.of(1))
    return net.op(Op.CONCAT, whole, net.matvec(rows_of, net.param("w", HIDDEN)))


def stacked(net: Net) -> int:
    """Make a range components; one operand lacks it."""
    parts = [net.mul(net.param("s", over=(K,)), net.input("z", (T,))), net.param("r")]
    return net.add(*(net.op(Op.STACK, part, attr=K) for part in parts), net.param("w", SLOTS))


def unstacked(net: Net) -> int:
    """Make components and rows points."""
    rows_of = net.op(Op.UNSTACK, net.param("W", SLOTS, HIDDEN), attr=K)
    return net.mul(rows_of, net.op(Op.UNSTACK, net.input("z", (T,), SLOTS), attr=K))


def read(net: Net) -> int:
    """Read another point, with an init."""
    x = vector(net)
    near = net.read(x, shift(T, 2), net.param("w", HIDDEN))
    return net.add(near, net.read(net.param("a", HIDDEN, over=(J,)), {J: End(last=True)}))


def cycle(net: Net) -> int:
    """Leave a placeholder in place: it is what it stands for."""
    return net.define(
        "h", net.op(Op.TANH, net.add(net.read(net.equation("h", (T,), HIDDEN), shift(T, -1)), vector(net)))
    )


UNARY = (Op.NEG, Op.TANH, Op.SIGMOID, Op.RELU, Op.SOFTPLUS, Op.EXP, Op.ABS, Op.SIN, Op.COS)
CASES: Mapping[Op, Sequence[Case]] = {
    **{op: (unary(op),) for op in UNARY},
    **{op: (of_positive(op),) for op in (Op.LOG, Op.SQRT)},
    **{op: (binary(op),) for op in (Op.SUB, Op.DIV, Op.POW)},
    **{op: (several(op),) for op in (Op.ADD, Op.MUL, Op.MINIMUM, Op.MAXIMUM)},
    **{op: (fold(op), fold_children(op)) for op in (Op.LOGSUMEXP, Op.MAX)},
    Op.SOFTMAX: (fold(Op.SOFTMAX), fold_children(Op.SOFTMAX)),
    Op.VAR: (cycle,),
    Op.WHERE: (chosen,),
    Op.ACTIVATE: (activated,),
    Op.READ: (read,),
    Op.USES: (uses,),
    Op.CONTRACT: (products, products_on_trees),
    Op.BROADCAST: (repeated,),
    Op.CONCAT: (joined,),
    Op.SLICE: (cut,),
    Op.PLACE: (placed,),
    Op.STACK: (stacked,),
    Op.UNSTACK: (unstacked,),
    Op.LOOKUP: (rows(0), rows(1)),
    Op.SCATTER: (scattered(0), scattered(1)),
    Op.PICK: (at_tokens(Op.PICK),),
    Op.PUT: (at_tokens(Op.PUT),),
}
