"""Every function of components against its formula, at kinks and far out."""

from collections.abc import Callable

import numpy as np
import pytest

from rnndsl.graph.interpret import interpret
from rnndsl.graph.lower_functions import RECIPES
from rnndsl.graph.node import Noise
from rnndsl.ops import Op
from rnndsl.semantics.functions import FUNCTIONS, Kind
from tests.graph.small import DIMS, Array, Reference, check, lowered, net, ops, sigmoid, softmax

OF_VECTORS: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "relu": lambda a: np.maximum(a, 0),
    "gelu": lambda a: 0.5 * a * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a**3))),
    "silu": lambda a: a * sigmoid(a),
    "softplus": lambda a: np.logaddexp(0, a),
    "softsign": lambda a: a / (1 + abs(a)),
    "hard_sigmoid": lambda a: np.clip(a / 6 + 0.5, 0, 1),
    "exp": np.exp,
    "abs": np.abs,
    "sign": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "leaky_relu": lambda a: np.where(a > 0, a, 0.01 * a),
    "elu": lambda a: np.where(a > 0, a, np.exp(np.minimum(a, 0)) - 1),
    "stop_gradient": lambda a: a,
    "softmax": softmax,
    "normalize": lambda a: a / a.sum(),
    "layer_norm": lambda a: (a - a.mean()) / np.sqrt(a.var() + 1e-5),
    "sum": lambda a: np.asarray(a.sum()),
    "mean": lambda a: np.asarray(a.mean()),
    "max": lambda a: np.asarray(a.max()),
    "min": lambda a: np.asarray(a.min()),
    "prod": lambda a: np.asarray(a.prod()),
    "logsumexp": lambda a: np.asarray(np.log(np.exp(a).sum())),
    "norm": lambda a: np.asarray(np.linalg.norm(a)),
}
OTHERS: tuple[tuple[str, Reference], ...] = (
    ("log(abs(x[t]) + 1) + sqrt(abs(x[t]))", lambda e: np.log(abs(e.at("x")) + 1) + np.sqrt(abs(e.at("x")))),
    ("leaky_relu(x[t], slope = 0.2)", lambda e: np.where(e.at("x") > 0, e.at("x"), 0.2 * e.at("x"))),
    ("elu(x[t], alpha = 2)", lambda e: np.where(e.at("x") > 0, e.at("x"), 2 * np.expm1(e.at("x")))),
    ("clip(x[t], -0.5, a[t])", lambda e: np.minimum(np.maximum(e.at("x"), -0.5), e.at("a"))),
    ("minimum(x[t], z[t]) * maximum(c, 0)", lambda e: np.minimum(e.at("x"), e.at("z")) * np.maximum(e.c, 0)),
    ("outer(x[t], z[t]) + W", lambda e: np.outer(e.at("x"), e.at("z")) + e.W),
    ("transpose(B[t]) + 1", lambda e: e.at("B").T + 1),
    ("concat(x[t], a[t], v[t])", lambda e: np.concatenate([e.at("x"), [e.at("a")], e.hot()])),
    ("part(x[t], 2, 2)", lambda e: e.at("x")[2:]),
    ("part(concat(x[t], z[t]), 2, 2)", lambda e: e.at("z")),
    ("slice(x[t], 2, 3)", lambda e: e.at("x")[1:3]),
    ("component(x[t], 4)", lambda e: e.at("x")[3]),
    ("component(v[t], 2)", lambda e: e.hot()[1]),
    ("x[t] ^ 2 + z[t] ^ 3", lambda e: e.at("x") ** 2 + e.at("z") ** 3),
    ("(abs(x[t]) + 1) ^ 0.5 + 2 ^ a[t]", lambda e: np.sqrt(abs(e.at("x")) + 1) + 2 ** e.at("a")),
    ("z[t] ^ -1", lambda e: 1 / e.at("z")),
    ("dropout(x[t], 0.5)", lambda e: e.at("x")),
    ("norm(W)", lambda e: np.linalg.norm(e.W)),
    (
        "cosine(x[t], z[t])",
        lambda e: e.at("x") @ e.at("z") / (np.linalg.norm(e.at("x")) * np.linalg.norm(e.at("z")) + 1e-8),
    ),
)


@pytest.mark.parametrize("name", sorted(OF_VECTORS))
def test_function_of_a_vector(name: str) -> None:
    function = OF_VECTORS[name]
    check(f"{name}(x[t])", lambda e: function(e.at("x")))


@pytest.mark.parametrize(("expression", "reference"), OTHERS)
def test_function(expression: str, reference: Reference) -> None:
    check(expression, reference)


def test_every_function_is_tested() -> None:
    shown = " ".join(expression for expression, _ in OTHERS)
    untested = [name for name in RECIPES if name not in OF_VECTORS and f"{name}(" not in shown]
    assert untested == ["neg", "^"]
    kinds = {Kind.ELEMENTWISE, Kind.STRUCTURAL, Kind.NOISE}
    assert {name for name, function in FUNCTIONS.items() if function.kind in kinds} <= set(RECIPES)


def far(expression: str) -> Array:
    graph = lowered(net(f"o[t] = {expression}", "output o[t]"))
    points = {"x": [np.array([[1e4, -1e4, 0.0, 1.0]])]}
    (value,) = interpret(graph, {}, points, dims=DIMS, outputs=["o"])["o"]
    return np.asarray(value[0])


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "elu", "gelu", "silu", "softsign", "hard_sigmoid", "softmax"])
def test_function_is_finite_far_out(name: str) -> None:
    assert np.isfinite(far(f"{name}(x[t])")).all()


def test_norm_of_nothing_is_nothing() -> None:
    assert far("norm(x[t] * 0) + cosine(x[t] * 0, x[t])") == 0.0


def test_dropout_masks_live_where_the_value_does() -> None:
    graph = lowered(
        net("o[t, i] = dropout(q[t, i], 0.25, tie = t) + dropout(q[t, i], 0.25) + dropout(a[t], 0.0)", "output o[t, i]")
    )
    masks = [node for node in graph.nodes.values() if node.op is Op.NOISE]
    assert [[index.name for index in mask.domain] for mask in masks] == [["i"], ["t", "i"]]
    assert [mask.attr for mask in masks] == [Noise("o.1", 0.25), Noise("o.2", 0.25)]


def test_small_powers_are_products() -> None:
    assert Op.POW not in ops(lowered(net("o[t] = x[t] ^ 2 * x[t] ^ 4", "output o[t]")))
    assert Op.POW in ops(lowered(net("o[t] = x[t] ^ 5", "output o[t]")))
