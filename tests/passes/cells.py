"""Networks, as equations make them, on which the passes have something to do."""

from collections.abc import Callable, Mapping

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Over
from rnndsl.ops import Op
from tests.graph.examples import EXAMPLES, HIDDEN, VOCAB, K, Net, S, T, shift

GATES = (("f", Op.SIGMOID), ("g", Op.TANH), ("i", Op.SIGMOID), ("o", Op.SIGMOID))


def _lstm_layer(net: Net, name: str, x: int, by: int = -1, *, peephole: bool = False) -> int:
    """Add an LSTM over x; gates in an order that has to be changed for bulk activations."""
    size = net.builder.nodes[x].shape[0]
    c, h = net.equation(f"{name}.c", (T,), HIDDEN), net.equation(f"{name}.h", (T,), HIDDEN)
    past, cell = net.read(h, shift(T, by)), net.read(c, shift(T, by))
    gates = {}
    for gate, function in GATES:
        drive = net.matvec(net.param(f"{name}.W_{gate}", HIDDEN, size), x)
        inner = net.add(drive, net.matvec(net.param(f"{name}.U_{gate}", HIDDEN, HIDDEN), past))
        inner = net.add(inner, net.param(f"{name}.b_{gate}", HIDDEN))
        if peephole and gate != "g":
            inner = net.add(inner, net.mul(net.param(f"{name}.p_{gate}", HIDDEN), c if gate == "o" else cell))
        gates[gate] = net.op(function, inner)
    net.define(f"{name}.c", net.add(net.mul(gates["f"], cell), net.mul(gates["i"], gates["g"])))
    net.define(f"{name}.h", net.mul(gates["o"], net.op(Op.TANH, c)))
    return h


def _score(net: Net, h: int) -> RecurrenceGraph:
    """Finish with a loss that depends on all components."""
    v = net.param("v", net.builder.nodes[h].shape[0])
    score = net.op(Op.SIN, net.dot(v, h))
    net.output("h", h)
    return net.finish(net.total(net.mul(score, score)))


def lstm() -> RecurrenceGraph:
    """An LSTM on vectors."""
    net = Net("LSTM")
    return _score(net, _lstm_layer(net, "l", net.input("x", (T,), VOCAB)))


def peephole() -> RecurrenceGraph:
    """An LSTM whose gates see the cell."""
    net = Net("Peephole")
    return _score(net, _lstm_layer(net, "l", net.input("x", (T,), VOCAB), peephole=True))


def two_layers() -> RecurrenceGraph:
    """Two LSTMs, one above the other."""
    net = Net("Two")
    return _score(net, _lstm_layer(net, "b", _lstm_layer(net, "a", net.input("x", (T,), VOCAB))))


def bidirectional() -> RecurrenceGraph:
    """Two LSTMs over the same input, in both directions."""
    net = Net("Both")
    x = net.input("x", (T,), VOCAB)
    return _score(net, net.op(Op.CONCAT, _lstm_layer(net, "a", x), _lstm_layer(net, "b", x, 1)))


def _gru(*, reset_after: bool) -> RecurrenceGraph:
    net = Net("GRU")
    x, h = net.input("x", (T,), VOCAB), net.equation("h", (T,), HIDDEN)
    past = net.read(h, shift(T, -1), net.param("h0", HIDDEN))
    drive = {gate: net.matvec(net.param(f"W_{gate}", HIDDEN, VOCAB), x) for gate in "zcr"}
    u = {gate: net.param(f"U_{gate}", HIDDEN, HIDDEN) for gate in "zcr"}
    z, r = (
        net.op(Op.SIGMOID, net.add(drive[gate], net.matvec(u[gate], past), net.param(f"b_{gate}", HIDDEN)))
        for gate in "zr"
    )
    inner = (
        net.mul(r, net.affine(u["c"], past, net.param("d", HIDDEN)))
        if reset_after
        else net.matvec(u["c"], net.mul(r, past))
    )
    candidate = net.op(Op.TANH, net.add(drive["c"], inner, net.param("b_c", HIDDEN)))
    net.define("h", net.add(net.mul(z, past), net.mul(net.op(Op.SUB, net.builder.const(1), z), candidate)))
    return _score(net, h)


def gru() -> RecurrenceGraph:
    """Cho et al. (2014): the reset gate before the product."""
    return _gru(reset_after=False)


def reset_after_gru() -> RecurrenceGraph:
    """The reset gate after the product, with its own bias."""
    return _gru(reset_after=True)


def multiplicative() -> RecurrenceGraph:
    """Wu et al. (2016), multiplicative integration: W x and U h are multiplied, and added with weights."""
    net = Net("MI")
    x, h = net.input("x", (T,), VOCAB), net.equation("h", (T,), HIDDEN)
    past = net.read(h, shift(T, -1))
    gates = []
    for gate, function in (("a", Op.TANH), ("b", Op.SIGMOID)):
        wx = net.matvec(net.param(f"W_{gate}", HIDDEN, VOCAB), x)
        uh = net.matvec(net.param(f"U_{gate}", HIDDEN, HIDDEN), past)
        first = net.mul(net.param(f"alpha_{gate}", HIDDEN), net.mul(wx, uh))
        second = net.add(net.mul(net.param(f"beta_{gate}", HIDDEN), wx), net.param(f"c_{gate}", HIDDEN))
        gates.append(net.op(function, net.add(first, second)))
    net.define("h", net.mul(*gates))
    return _score(net, h)


def skip_in_time() -> RecurrenceGraph:
    """A layer outside of the loop reads what the loop reads: it must not be pulled into the loop."""
    net = Net("Skip")
    x, h = net.input("x", (T,), HIDDEN), net.equation("h", (T,), HIDDEN)
    past = net.read(h, shift(T, -1))
    net.define("h", net.op(Op.TANH, net.affine(net.param("U", HIDDEN, HIDDEN), past, x)))
    above = net.op(Op.TANH, net.affine(net.param("A", HIDDEN, HIDDEN), past, x))
    return _score(net, net.add(above, h))


def chained_biases() -> RecurrenceGraph:
    """Without data: the second sum's bias depends on the first sum, so the two cannot be one."""
    net = Net("Chained")
    c = net.param("c", VOCAB)
    a, b = (net.matvec(net.param(name, HIDDEN, VOCAB), c) for name in ("A", "B"))
    first = net.op(Op.TANH, net.add(a, net.param("a", HIDDEN)))
    second = net.op(Op.TANH, net.add(b, net.matvec(net.param("D", HIDDEN, HIDDEN), first)))
    x = net.input("x", (T,), HIDDEN)
    return _score(net, net.mul(x, second))


def family() -> RecurrenceGraph:
    """Products on a fixed range, with a bias that does not vary over it, row vectors and constants."""
    net = Net("Family")
    x = net.input("x", (T,), VOCAB)
    parts = []
    for name, function in (("p", Op.TANH), ("q", Op.EXP)):
        product = net.matvec(net.param(f"W_{name}", HIDDEN, VOCAB, over=(K,)), x)
        row = net.builder.product(Labels(("j", "ji"), "i"), x, net.param(f"R_{name}", VOCAB, HIDDEN))
        bias = net.param(f"b_{name}", HIDDEN) if name == "p" else net.builder.const(0.5)
        parts.append(net.op(function, net.add(product, row, bias, net.builder.const(0.25))))
    weight = net.op(Op.SOFTMAX, net.dot(net.param("v", HIDDEN), net.mul(*parts)), attr=Over((K,)))
    return _score(net, net.sum(net.mul(weight, parts[0]), K))


def two_sequences() -> RecurrenceGraph:
    """A loop with a sum over another sequence: what is taken out of it must not become larger."""
    net = Net("Sums")
    x, z = net.input("x", (T,), HIDDEN), net.input("z", (S,), HIDDEN)
    h = net.equation("h", (T,), HIDDEN)
    past = net.matvec(net.param("U", HIDDEN, HIDDEN), net.read(h, shift(T, -1)))
    key = net.matvec(net.param("Z", HIDDEN, HIDDEN), z)
    inner = net.op(Op.TANH, net.add(key, net.param("b", HIDDEN), past, x))
    scaled = net.mul(net.mul(inner, net.param("p", HIDDEN)), net.param("q", HIDDEN))
    net.define("h", net.op(Op.TANH, net.sum(scaled, S)))
    return _score(net, h)


CELLS: Mapping[str, Callable[[], RecurrenceGraph]] = {
    "lstm_on_vectors": lstm,
    "peephole": peephole,
    "two_layers": two_layers,
    "bidirectional": bidirectional,
    "gru": gru,
    "reset_after_gru": reset_after_gru,
    "multiplicative": multiplicative,
    "skip_in_time": skip_in_time,
    "chained_biases": chained_biases,
    "family": family,
    "two_sequences": two_sequences,
}

GRAPHS: Mapping[str, Callable[[], RecurrenceGraph]] = {**EXAMPLES, **CELLS}
