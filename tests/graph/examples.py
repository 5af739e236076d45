"""Hand-made graphs that tests of several stages share, with data to run them on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.diagnostics.span import Span
from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import EquationInfo, InputInfo, OutputInfo, ParamInfo, RecurrenceGraph
from rnndsl.graph.instances import Extents, Structure, axes
from rnndsl.graph.node import Labels, Node, Noise, Over
from rnndsl.indices import Access, Affine, Domain, End, Index, Kind
from rnndsl.ops import Op
from rnndsl.sizes import Shape, Size

Array = NDArray[Any]

VOCAB, HIDDEN, SLOTS = Size.of("vocab"), Size.of("hidden"), Size.of("slots")
DIMS: Mapping[str, int] = {"vocab": 5, "hidden": 3, "slots": 4}
LENGTHS: Mapping[str, Sequence[int]] = {"t": (4, 1, 3, 2), "s": (2, 3, 1, 4)}

T = Index("t", Kind.SEQUENCE, 0)
S = Index("s", Kind.SEQUENCE, 1)
M = Index("m", Kind.RANGE, 2, high=SLOTS, cyclic=True)
K = Index("k", Kind.RANGE, 3, high=SLOTS)
J = Index("j", Kind.RANGE, 4, low=Size.of(-1), high=Size.of(1))
N = Index("n", Kind.TREE, 5)
C = Index("c", Kind.CHILDREN, 6, of=N)
D = Index("d", Kind.DAG, 7)
E = Index("e", Kind.CHILDREN, 8, of=D)
INDICES = (T, S, M, K, J, N, C, D, E)

#: A tree that is listed in no order, a leaf, a chain and a cherry; DAGs with a child of several nodes, or twice of one.
STRUCTURE: Mapping[str, Sequence[Structure]] = {
    "n": ([[2], [4, 0, 3], [], [], []], [[]], [[1], [2], []], [[], [], [0, 1]]),
    "d": ([[1, 1, 2], [3], [3, 1], []], [[]], [[], [0, 0]], [[2], [0, 2], []]),
}


def shift(index: Index, offset: int) -> Mapping[Index, Access]:
    """Return the access `index + offset`."""
    return {index: Affine(((index, 1),), offset)}


@dataclass
class Net:
    """A builder with what equations are made of, and the declarations that it has seen."""

    name: str
    builder: Builder = field(default_factory=Builder)
    params: dict[str, ParamInfo] = field(default_factory=dict)
    inputs: dict[str, InputInfo] = field(default_factory=dict)
    outputs: list[OutputInfo] = field(default_factory=list)
    equations: dict[str, EquationInfo] = field(default_factory=dict)

    def param(self, name: str, *shape: Size, over: Domain = ()) -> int:
        """Declare a parameter."""
        self.params[name] = ParamInfo(name, over, shape, ("normal", (0.5,)), frozen=False)
        return self.builder.param(self.params[name])

    def input(self, name: str, domain: Domain, *shape: Size, token: Size | None = None, role: str = "input") -> int:
        """Declare an input."""
        self.inputs[name] = InputInfo(name, domain, shape, token, role)
        return self.builder.input(self.inputs[name])

    def equation(self, name: str, domain: Domain, *shape: Size, batch: bool = True) -> int:
        """Promise an equation."""
        self.builder.span = Span("net.rnn", len(self.equations) + 1, 1, len(self.equations) + 1, 20)
        node = self.builder.placeholder(name, domain, shape, batch=batch)
        self.equations[name] = EquationInfo(name, node, domain, f"{name} = ...", self.builder.span)
        return node

    def define(self, name: str, value: int) -> int:
        """Define a promised equation."""
        self.builder.define(self.equations[name].node, value)
        return self.equations[name].node

    def op(self, op: Op, *operands: int, **more: Any) -> int:
        """Apply an operator."""
        return self.builder.apply(op, *operands, **more)

    def add(self, *operands: int) -> int:
        """Add."""
        return self.op(Op.ADD, *operands)

    def mul(self, *operands: int) -> int:
        """Multiply."""
        return self.op(Op.MUL, *operands)

    def matvec(self, matrix: int, vector: int) -> int:
        """Return matrix @ vector."""
        return self.builder.product(Labels(("ij", "j"), "i"), matrix, vector)

    def dot(self, first: int, second: int) -> int:
        """Return first @ second."""
        return self.builder.product(Labels(("i", "i"), ""), first, second)

    def affine(self, matrix: int, vector: int, bias: int) -> int:
        """Return matrix @ vector + bias."""
        return self.add(self.matvec(matrix, vector), bias)

    def read(self, node: int, at: Mapping[Index, Access], init: int | None = None) -> int:
        """Read elsewhere."""
        return self.builder.read(node, at, init)

    def sum(self, node: int, *over: Index) -> int:
        """Sum over indices; without any, over the components of a vector."""
        given = self.builder.nodes[node]
        letters = "ij"[: len(given.shape)]
        domain = tuple(index for index in given.domain if index not in over)
        labels = Labels((letters,), letters if over else "")
        return self.builder.contract(labels, [node], domain, batch=given.batch)

    def total(self, node: int) -> int:
        """Sum over everything: components, points, batch."""
        letters = "ij"[: len(self.builder.nodes[node].shape)]
        return self.builder.contract(Labels((letters,), ""), [node], (), batch=False)

    def output(self, name: str, node: int) -> None:
        """Return a value from calls."""
        self.outputs.append(OutputInfo(name, node, self.builder.nodes[node].domain))

    def categorical(self, logits: int, token: int) -> int:
        """Return minus log-likelihood of tokens and its sum over the points that are seen."""
        free = self.op(Op.LOGSUMEXP, logits, attr=Over(()))
        nll = self.op(Op.SUB, free, self.op(Op.PICK, logits, token))
        seen = self.op(Op.SEEN, token)
        return self.total(self.op(Op.WHERE, seen, nll, self.builder.const(0)))

    def scored(self, token: int) -> int:
        """Return the number of points that are seen."""
        one, zero = self.builder.const(1), self.builder.const(0)
        return self.total(self.op(Op.WHERE, self.op(Op.SEEN, token), one, zero))

    def finish(self, loss: int) -> RecurrenceGraph:
        """Return the graph with its loss."""
        self.output("loss", loss)
        dims = dict.fromkeys(DIMS, None)
        frame = RecurrenceGraph(self.name, dims, frozenset(), INDICES, self.params, self.inputs, {}, {})
        return finish(self.builder, frame, self.outputs, self.equations)


def elman() -> RecurrenceGraph:
    """Elman (1990) on tokens, mean loss over the points that are seen."""
    net = Net("Elman")
    x, y = net.input("x", (T,), token=VOCAB), net.input("y", (T,), token=VOCAB, role="target")
    w, u, v = net.param("W", HIDDEN, HIDDEN), net.param("U", HIDDEN, VOCAB), net.param("V", VOCAB, HIDDEN)
    b, c = net.param("b", HIDDEN), net.param("c", VOCAB)
    h = net.equation("h", (T,), HIDDEN)
    inner = net.add(net.matvec(w, net.read(h, shift(T, -1))), net.op(Op.LOOKUP, u, x, attr=1), b)
    net.define("h", net.op(Op.TANH, inner))
    logits = net.affine(v, h, c)
    nll, weight = net.categorical(logits, y), net.scored(y)
    net.output("y.logits", logits)
    net.output("y.nll", nll)
    net.output("y.weight", weight)
    none = net.op(Op.EQUAL, weight, net.builder.const(0))
    mean = net.op(Op.DIV, nll, net.op(Op.WHERE, none, net.builder.const(1), weight))
    return net.finish(net.op(Op.WHERE, none, net.builder.const(0), mean))


def lstm() -> RecurrenceGraph:
    """An LSTM language model that reads y[t-1], with a learned start state."""
    net = Net("CharLSTM")
    y = net.input("y", (T,), token=VOCAB, role="target")
    c, h = net.equation("c", (T,), HIDDEN), net.equation("h", (T,), HIDDEN)
    before, past = net.read(h, shift(T, -1), net.param("h0", HIDDEN)), net.read(y, shift(T, -1))
    gates = {}
    for gate, function in (("f", Op.SIGMOID), ("i", Op.SIGMOID), ("o", Op.SIGMOID), ("g", Op.TANH)):
        look = net.op(Op.LOOKUP, net.param(f"W_{gate}", HIDDEN, VOCAB), past, attr=1)
        recurrent = net.affine(net.param(f"U_{gate}", HIDDEN, HIDDEN), before, net.param(f"b_{gate}", HIDDEN))
        gates[gate] = net.op(function, net.add(look, recurrent))
    net.define("c", net.add(net.mul(gates["f"], net.read(c, shift(T, -1))), net.mul(gates["i"], gates["g"])))
    net.define("h", net.mul(gates["o"], net.op(Op.TANH, c)))
    logits = net.affine(net.param("V", VOCAB, HIDDEN), h, net.param("d", VOCAB))
    net.output("y.logits", logits)
    return net.finish(net.categorical(logits, y))


def backward() -> RecurrenceGraph:
    """Both directions over real inputs, with starts computed from another sequence."""
    net = Net("Both")
    x = net.input("x", (T,), HIDDEN)
    z = net.input("z", (S,), HIDDEN)
    h, g = net.equation("h", (T,), HIDDEN), net.equation("g", (T,), HIDDEN)
    start = net.op(Op.TANH, net.read(z, {S: End(last=True)}))
    end = net.sum(z, S)
    old, new = net.read(h, shift(T, -1), start), net.read(g, shift(T, 1), end)
    net.define("h", net.op(Op.TANH, net.affine(net.param("W", HIDDEN, HIDDEN), old, x)))
    net.define("g", net.op(Op.SIGMOID, net.affine(net.param("Z", HIDDEN, HIDDEN), new, x)))
    joint = net.op(Op.CONCAT, h, g)
    net.output("joint", joint)
    score = net.dot(net.param("v", HIDDEN * 2), joint)
    return net.finish(net.total(net.mul(score, score)))


def delay() -> RecurrenceGraph:
    """A recurrence of delay 3 (and 1) whose start depends on the point that is read."""
    net = Net("Delay")
    x = net.input("x", (T,), HIDDEN)
    h = net.equation("h", (T,), HIDDEN)
    point = net.add(net.op(Op.IOTA, attr=T), net.builder.const(-3))
    start = net.mul(net.param("a", HIDDEN), point)
    far = net.read(h, shift(T, -3), start)
    near = net.read(h, shift(T, -1))
    net.define("h", net.op(Op.SIN, net.add(net.matvec(net.param("W", HIDDEN, HIDDEN), far), near, x)))
    net.output("h", h)
    return net.finish(net.total(net.mul(h, h)))


def shifts() -> RecurrenceGraph:
    """A memory over a cyclic range, turned by a learned distribution, and the same on a plain range."""
    net = Net("Shifts")
    x = net.input("x", (T,), HIDDEN)
    s = net.param("s", HIDDEN, over=(J,))
    by = net.op(Op.SOFTMAX, net.dot(s, x), attr=Over((J,)))
    losses = []
    for index in (M, K):
        name = f"w{index.name}"
        start = net.op(Op.SOFTMAX, net.param(f"start_{name}", over=(index,)), attr=Over((index,)))
        w = net.equation(name, (T, index))
        past = net.read(w, shift(T, -1), start)
        at: Mapping[Index, Access] = {index: Affine(((index, 1), (J, -1)))}
        moved = net.sum(net.mul(net.read(past, at), by), J)
        sharp = net.op(Op.POW, moved, net.builder.const(1.5))
        net.define(name, net.op(Op.DIV, sharp, net.sum(sharp, index)))
        content = net.mul(w, net.dot(net.param(f"v_{name}", HIDDEN, over=(index,)), x))
        losses.append(net.total(net.mul(content, content)))
        net.output(name, w)
    return net.finish(net.add(*losses))


def attention() -> RecurrenceGraph:
    """Softmax, logsumexp and max over another sequence and over components; first and last points."""
    net = Net("Attention")
    x, z = net.input("x", (T,), HIDDEN), net.input("z", (S,), HIDDEN)
    d = net.equation("d", (T,), HIDDEN)
    past = net.read(d, shift(T, -1), net.read(z, {S: End(last=False)}))
    inner = net.op(Op.TANH, net.add(net.matvec(net.param("W", HIDDEN, HIDDEN), past), z))
    energy = net.dot(net.param("v", HIDDEN), inner)
    alpha = net.op(Op.SOFTMAX, energy, attr=Over((S,)))
    context = net.sum(net.mul(alpha, z), S)
    net.define("d", net.op(Op.TANH, net.add(net.matvec(net.param("U", HIDDEN, HIDDEN), context), x)))
    terms = [
        net.op(Op.LOGSUMEXP, energy, attr=Over((S,))),
        net.op(Op.MAX, energy, attr=Over((T,))),
        net.op(Op.MAX, d, attr=Over(())),
        net.op(Op.LOGSUMEXP, d, attr=Over(())),
        net.dot(net.op(Op.SOFTMAX, d, attr=Over(())), d),
        net.dot(net.read(d, {T: End(last=True)}), net.read(d, {T: End(last=False)})),
    ]
    net.output("alpha", alpha)
    return net.finish(net.add(*(net.total(term) for term in terms)))


def clockwork() -> RecurrenceGraph:
    """A conditional on the time, a branch with a pole that is not taken, and noise on the way."""
    net = Net("Clock")
    x = net.input("x", (T,))
    h = net.equation("h", (T,))
    past = net.read(h, shift(T, -1))
    iota, zero = net.op(Op.IOTA, attr=T), net.builder.const(0)
    odd = net.op(Op.EQUAL, net.op(Op.MOD, iota, net.builder.const(2)), net.builder.const(1))
    mask = net.builder.add(Node(Op.NOISE, (), (T,), (), batch=True, attr=Noise("drop", 0.5)))
    fresh = net.op(Op.TANH, net.add(net.mul(net.param("w"), past, mask), x))
    net.define("h", net.op(Op.WHERE, odd, fresh, past))
    positive = net.op(Op.LESS, zero, x)
    root = net.mul(net.op(Op.LOG, x), net.op(Op.SQRT, x))
    guarded = net.op(Op.WHERE, positive, net.op(Op.DIV, root, x), net.op(Op.EXP, x))
    net.output("h", h)
    return net.finish(net.total(net.add(net.mul(h, guarded), net.mul(h, net.op(Op.LENGTH, attr=T)))))


def no_carry() -> RecurrenceGraph:
    """No recurrence: a window over the inputs, and a family stacked into components."""
    net = Net("Window")
    x = net.input("x", (T,), HIDDEN)
    window = net.read(x, {T: Affine(((T, 1), (J, 1)))})
    hidden = net.op(Op.RELU, net.matvec(net.param("W", HIDDEN, HIDDEN, over=(J,)), window))
    gate = net.op(Op.SOFTPLUS, net.dot(net.param("v", HIDDEN, over=(J,)), hidden))
    stacked = net.op(Op.STACK, gate, attr=J)
    square = net.builder.product(Labels(("i", "j"), "ij"), stacked, stacked)
    net.output("square", square)
    return net.finish(net.total(net.op(Op.COS, square)))


EXAMPLES: Mapping[str, Callable[[], RecurrenceGraph]] = {
    "elman": elman,
    "lstm": lstm,
    "backward": backward,
    "delay": delay,
    "shifts": shifts,
    "attention": attention,
    "clockwork": clockwork,
    "no_carry": no_carry,
}


def _points(domain: Domain, extents: Extents, example: int) -> list[int]:
    return [len(list(extents.grid(group, example))) for group in axes(domain)]


def _numbers(shape: Shape, dims: Mapping[str, int]) -> list[int]:
    return [size.evaluate(dims) for size in shape]


def sample(
    graph: RecurrenceGraph,
    dims: Mapping[str, int] = DIMS,
    lengths: Mapping[str, Sequence[int]] = LENGTHS,
    seed: int = 0,
    structure: Mapping[str, Sequence[Structure]] = STRUCTURE,
) -> tuple[dict[str, Array], dict[str, list[Array]]]:
    """Draw parameters and data for a graph; one token in six is absent."""
    rng, extents = np.random.default_rng(seed), Extents(dims, lengths, 1, structure)
    params: dict[str, Array] = {}
    for name, info in graph.params.items():
        params[name] = rng.normal(0, 0.7, _points(info.domain, extents, 0) + _numbers(info.shape, dims))
    data: dict[str, list[Array]] = {}
    for name, given in graph.inputs.items():
        data[name] = []
        for example in range(len(next(iter(lengths.values())))):
            counts = _points(given.domain, extents, example)
            if not given.whole:
                data[name].append(rng.normal(0, 1, counts + _numbers(given.shape, dims)))
                continue
            high = given.token.evaluate(dims) if given.token else _points((given.point or T,), extents, example)[0]
            tokens = rng.integers(0, max(high, 1), counts)
            data[name].append(np.where((rng.random(counts) < 1 / 6) | (high == 0), -1, tokens))
    return params, data


__all__ = [
    "DIMS", "EXAMPLES", "HIDDEN", "INDICES", "LENGTHS", "SLOTS", "STRUCTURE", "VOCAB", "Net", "sample", "shift",
]  # fmt: skip
