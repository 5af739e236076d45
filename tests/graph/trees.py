"""Hand-made graphs over trees, DAGs and grids, on the indices and the structure of `examples`."""

from collections.abc import Callable, Mapping

import numpy as np

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Over
from rnndsl.indices import Access, Affine, Child, Index, Kind, Parent, Root, here
from rnndsl.ops import Op
from tests.graph.examples import HIDDEN, VOCAB, C, D, E, J, N, Net, S, T, shift

CHILD: Mapping[Index, Access] = {N: Child(N, here(C))}
LINK: Mapping[Index, Access] = {D: Child(D, here(E))}


def child(slot: int) -> Mapping[Index, Access]:
    """Return the access to the child at an ordinal place."""
    return {N: Child(N, Affine((), slot))}


def tree_lstm() -> RecurrenceGraph:
    """The child-sum Tree-LSTM of Tai, Socher & Manning (2015), a class at every node."""
    net = Net("TreeLSTM")
    x, y = net.input("x", (N,), token=VOCAB), net.input("y", (N,), token=VOCAB, role="target")
    h, c = net.equation("h", (N,), HIDDEN), net.equation("c", (N,), HIDDEN)
    below, cells = net.read(h, CHILD), net.read(c, CHILD)
    total = net.sum(below, C)

    def gate(name: str, function: Op, state: int) -> int:
        word = net.op(Op.LOOKUP, net.param(f"W_{name}", HIDDEN, VOCAB), x, attr=1)
        inner = net.affine(net.param(f"U_{name}", HIDDEN, HIDDEN), state, net.param(f"b_{name}", HIDDEN))
        return net.op(function, net.add(word, inner))

    i, o, u = gate("i", Op.SIGMOID, total), gate("o", Op.SIGMOID, total), gate("u", Op.TANH, total)
    f = gate("f", Op.SIGMOID, below)
    net.define("c", net.add(net.mul(i, u), net.sum(net.mul(f, cells), C)))
    net.define("h", net.mul(o, net.op(Op.TANH, c)))
    net.output("f", f)
    logits = net.affine(net.param("V", VOCAB, HIDDEN), h, net.param("d", VOCAB))
    return net.finish(net.categorical(logits, y))


def binary() -> RecurrenceGraph:
    """Two ordered children with a learned state where one is missing; the root is scored, inner nodes differ."""
    net = Net("Binary")
    x = net.input("x", (N,), HIDDEN)
    h = net.equation("h", (N,), HIDDEN)
    none = net.param("none", HIDDEN)
    left, right = (net.read(h, child(slot), none) for slot in (1, 2))
    both = net.add(net.matvec(net.param("L", HIDDEN, HIDDEN), left), net.matvec(net.param("R", HIDDEN, HIDDEN), right))
    leaf = net.op(Op.MISSING, attr=Child(N, Affine((), 1)))
    net.define("h", net.op(Op.TANH, net.op(Op.WHERE, leaf, x, both)))
    net.output("h", h)
    top = net.read(h, {N: Root()})
    return net.finish(net.total(net.mul(top, top)))


def downward() -> RecurrenceGraph:
    """From the root to the leaves, after a pass upwards."""
    net = Net("Downward")
    x = net.input("x", (N,), HIDDEN)
    up, down = net.equation("up", (N,), HIDDEN), net.equation("down", (N,), HIDDEN)
    w = net.param("W", HIDDEN, HIDDEN)
    net.define("up", net.op(Op.TANH, net.add(net.matvec(w, net.sum(net.read(up, CHILD), C)), x)))
    above = net.read(down, {N: Parent(N)}, net.op(Op.SIN, up))
    net.define("down", net.op(Op.TANH, net.affine(net.param("V", HIDDEN, HIDDEN), above, up)))
    net.output("down", down)
    return net.finish(net.total(net.mul(down, net.param("by", HIDDEN))))


def dag() -> RecurrenceGraph:
    """Attention over the children of a DAG's nodes, some of which are shared or used twice."""
    net = Net("Dag")
    x, length = net.input("x", (D, E), HIDDEN), net.op(Op.LENGTH, attr=E)
    h = net.equation("h", (D,), HIDDEN)
    below = net.op(Op.TANH, net.add(net.read(h, LINK), x))
    weights = net.op(Op.SOFTMAX, net.dot(net.param("v", HIDDEN), below), attr=Over((E,)))
    place = net.op(Op.DIV, net.op(Op.IOTA, attr=E), net.op(Op.ADD, length, net.builder.const(1)))
    mixed = net.sum(net.mul(weights, place, below), E)
    net.define("h", net.op(Op.SIGMOID, net.affine(net.param("W", HIDDEN, HIDDEN), mixed, net.param("b", HIDDEN))))
    net.output("weights", weights)
    return net.finish(net.total(net.mul(h, net.param("by", HIDDEN))))


def ordered_children() -> RecurrenceGraph:
    """Weights by the ordinal place of a child, for the first places."""
    net = Net("Ordered")
    x, w = net.input("x", (N,), HIDDEN), net.param("W", HIDDEN, HIDDEN, over=(J,))
    h = net.equation("h", (N,), HIDDEN)
    below = net.read(h, {N: Child(N, Affine(((J, 1),), 2))}, net.param("none", HIDDEN))
    net.define("h", net.op(Op.TANH, net.add(net.sum(net.matvec(w, below), J), x)))
    return net.finish(net.total(net.mul(h, h)))


def time_and_tree() -> RecurrenceGraph:
    """A state over time at every node: its own past and its children's present."""
    net = Net("Both")
    x = net.input("x", (T, N), HIDDEN)
    h = net.equation("h", (T, N), HIDDEN)
    past = net.read(h, shift(T, -1), net.param("start", HIDDEN))
    before = net.read(past, child(1))
    net.define("h", net.op(Op.TANH, net.add(x, past, before, net.sum(net.read(h, CHILD), C))))
    return net.finish(net.total(net.mul(h, net.param("by", HIDDEN))))


def grid() -> RecurrenceGraph:
    """Two dimensions: neighbours above and beside, the diagonal with a start, and a fold over the whole."""
    net = Net("Grid")
    x = net.input("x", (T, S), HIDDEN)
    h = net.equation("h", (T, S), HIDDEN)
    corner = net.read(h, {**shift(T, -1), **shift(S, -1)}, net.param("start", HIDDEN))
    sides = net.matvec(net.param("W", HIDDEN, HIDDEN), net.add(net.read(h, shift(T, -1)), net.read(h, shift(S, -1))))
    net.define("h", net.op(Op.TANH, net.add(sides, corner, x)))
    scores = net.dot(net.param("v", HIDDEN), h)
    weights = net.op(Op.SOFTMAX, scores, attr=Over((T, S)))
    free = net.op(Op.LOGSUMEXP, scores, attr=Over((T, S)))
    net.output("h", h)
    return net.finish(net.add(net.total(net.mul(weights, net.input("z", (S, T)))), net.total(free)))


TREES: Mapping[str, Callable[[], RecurrenceGraph]] = {
    "tree_lstm": tree_lstm,
    "binary": binary,
    "downward": downward,
    "dag": dag,
    "ordered_children": ordered_children,
    "time_and_tree": time_and_tree,
    "grid": grid,
}


def random_structure(kind: Kind, rng: np.random.Generator, nodes: int) -> list[list[int]]:
    """Draw a tree, or a dag with one root: nodes in any order, in a dag some of them shared or used twice."""
    names = rng.permutation(nodes).tolist()
    children: list[list[int]] = [[] for _ in range(nodes)]
    for k in range(1, nodes):
        children[names[int(rng.integers(k))]].append(names[k])
        for above in rng.integers(k, size=rng.integers(3)) if kind is Kind.DAG else ():
            children[names[int(above)]].append(names[k])
    return [rng.permutation(below).tolist() for below in children]
