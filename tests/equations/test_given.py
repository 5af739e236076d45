"""Cotangents of outputs that come from outside."""

from rnndsl.compiler import check
from rnndsl.equations.given import given_name, with_given_cotangents
from rnndsl.semantics.text import print_expression

CELL = (
    "cell A(n):\n    index t : sequence\n    input x[t]\n    param W, U, b\n"
    "    h[t] : n = tanh(W @ h[t-1] + U @ x[t] + b)\n"
)


def test_output_gets_a_cotangent() -> None:
    typed = check(CELL + "    output h[t]\n").model
    found = with_given_cotangents(typed)
    assert [str(size) for size in found.quantities["D_h"].shape] == ["n"]
    assert [print_expression(loss) for loss in found.model.losses] == ["sum(D_h[t] @ h[t] over t)"]
    assert set(found.model.dims) == set(typed.model.dims)


def test_matrices_and_numbers() -> None:
    text = "model A(n = 2):\n    index t : sequence\n    input x[t] : n\n"
    found = with_given_cotangents(check(text + "    output M[t] = outer(x[t], x[t])\n    output s = 1\n").model)
    assert [print_expression(loss) for loss in found.model.losses] == [
        "sum(sum(D_M[t] * M[t]) over t)",
        "D_s * s",
    ]


def test_a_loss_of_its_own_stays() -> None:
    typed = check("model A(n = 2):\n    param W : n, n\n    loss sum(W * W)\n    output W\n").model
    assert with_given_cotangents(typed) is typed


def test_name_that_is_taken() -> None:
    model = check("model A(n = 2):\n    input D_h : n\n    h = 2 * D_h\n    output h\n").model.model
    assert given_name("h", model) == "D_D_h"
    assert given_name("x", model) == "D_x"
