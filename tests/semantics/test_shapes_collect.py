"""Collecting variables and constraints."""

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.semantics.expand import expand
from rnndsl.semantics.functions import FUNCTIONS
from rnndsl.semantics.functions import Kind as FunctionKind
from rnndsl.semantics.model import Apply, Expr, Number
from rnndsl.semantics.shapes_collect import (
    ELEMENTWISE,
    REDUCTIONS,
    ROLES,
    STRUCTURAL,
    UNARY,
    WHOLE,
    children,
    collect,
    postorder,
)
from rnndsl.semantics.shapes_constraints import MATRIX, SCALAR, Kind
from rnndsl.syntax.parse import parse

TEXT = """model Net(n):
    index  t : sequence
    input  x[t] : n
    target y[t] : n
    param  W : n, n
    h[t] = tanh(W @ x[t]) * 2
    init h[t] = 0
    y[t] ~ normal(h[t])
"""


def test_constraints_of_a_model() -> None:
    model, _ = expand(parse(TEXT, "net.rnn"))
    found = collect(model, set())
    assert [constraint.kind for constraint in found.constraints] == [
        Kind.PRODUCT, Kind.ELEMENTWISE, Kind.EQUAL, Kind.FITS, Kind.FITS, Kind.FITS,
    ][: len(found.constraints)]  # fmt: skip
    assert found.quantities["W"].mask == MATRIX
    assert list(found.declared) == ["x", "y", "W"]
    assert found.goals[model.equations["h"].value] is found.quantities["h"]


def test_elementwise_functions_share_their_operands_shape() -> None:
    model, _ = expand(parse(TEXT, "net.rnn"))
    found = collect(model, set())
    product = model.equations["h"].value
    assert isinstance(product, Apply)
    tanh, two = product.operands
    assert found.expressions[tanh] is found.expressions[children(tanh)[0]]
    assert found.expressions[two].mask == SCALAR
    assert found.parents[tanh] is product


def test_every_function_has_a_rule() -> None:
    known = UNARY | ELEMENTWISE | set(REDUCTIONS) | WHOLE | set(STRUCTURAL) | {"cosine", "log_prob", "stack"}
    kinds = {
        FunctionKind.POINT,
        FunctionKind.ROOT,
        FunctionKind.DUAL,
        FunctionKind.DISTRIBUTION,
        FunctionKind.INITIALISER,
        FunctionKind.INDEX,
    }
    wanted = {name for name, function in FUNCTIONS.items() if function.kind not in kinds}
    assert wanted - known == {"first", "last"}
    assert set(ROLES) == {n for n, f in FUNCTIONS.items() if f.kind is FunctionKind.DISTRIBUTION}


def test_parts_come_before_the_whole() -> None:
    chain: Expr = Number(0.0, NOWHERE)
    for k in range(5000):
        chain = Apply("+", (chain, Number(float(k), NOWHERE)), NOWHERE)
    order = list(postorder(chain, {}))
    assert len(order) == 10001
    assert order[-1] is chain
    assert list(postorder(chain, {chain: 1})) == []
