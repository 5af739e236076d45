"""Products become matrix products where the order of axes allows it, and are right in any case."""

import pytest

from tests.codegen.emitting import statements, stepwise, using

X = "input x[t] : n"

#: Lines of a model, and the kind of statement that its products have to become in `forward`.
PRODUCTS: dict[str, tuple[tuple[str, ...], str]] = {
    "matrix vector": ((X, "param W : m, n", "output z[t] = W @ x[t]"), "multiply_all"),
    "vector matrix": ((X, "param W : n, m", "output z[t] = x[t] @ W"), "multiply_all"),
    "matrix matrix": (("param A : n, m", "param B : m, k", "output z = A @ B"), "np.matmul"),
    "batch matrix": ((X, "input A[t] : m, n", "output z[t] = A[t] @ x[t]"), "np.matmul"),
    "batch matrices": (("input A[t], B[t] : n, n", "output z[t] = A[t] @ B[t]"), "np.matmul"),
    "batch transposed": ((X, "input A[t] : n, m", "output z[t] = transpose(A[t]) @ x[t]"), "np.matmul"),
    "outer": ((X, "input y[t] : m", "output z[t] = outer(x[t], y[t])"), "np.multiply"),
    "family": ((X, "param V[i] : n", "output z[t, i] = V[i] @ x[t]"), "multiply_all"),
    "family of matrices": ((X, "param W[i] : m, n", "output z[t, i] = W[i] @ x[t]"), "np.matmul"),
    "attention": (
        ("input w[t, i] : scalar", "input M[t, i] : n", "output z[t] = sum(w[t, i] * M[t, i] over i)"),
        "np.matmul",
    ),
    "content": ((X, "input M[t, i] : n", "output z[t, i] = M[t, i] @ x[t]"), "np.matmul"),
    "sum": (("input w[t, i] : scalar", "output z[t] = sum(w[t, i] over i)"), "np.matmul"),
    "components": ((X, "output z[t] = sum(x[t])"), "np.matmul"),
    "squares": ((X, "output z[t] = x[t] @ x[t]"), "np.vecdot"),
    "sum over points": ((X, "output z = sum(x[t] over t)"), "t_by_batch.total"),
    "transposed": (("param W : n, m", "output z = transpose(W)"), "np.transpose"),
}


@pytest.mark.parametrize(("lines", "call"), PRODUCTS.values(), ids=PRODUCTS.keys())
def test_kind_of_statement(lines: tuple[str, ...], call: str) -> None:
    found = statements(*lines)
    assert using(found, call) != []
    assert using(found, "np.einsum") == []


ODD = {
    "diagonal": ("input x[t, i] : scalar", "param A[i, j] : scalar", "output z[t] = sum(A[i, i] * x[t, i] over i)"),
    "three factors": (
        X,
        "param A[i, j] : n",
        "input y[t, j] : n",
        "output z[t, i] = sum(A[i, j] * y[t, j] over j) @ x[t]",
    ),
    "interleaved": ("input A[t, i] : n, m", "param B[i, j] : m", "output z[t, j] = sum(A[t, i] @ B[i, j] over i)"),
    "dot of parameters": ("param a, b : n", "output z = a @ b"),
    "lonely": (X, "param b : n", "output z[t] = sum(x[t]) * sum(b)"),
    "two ranges": ("param A[i, j] : n, m", "output z = sum(A[i, j] over i, j)"),
    "sum of points and ranges": ("input A[t, i] : n", "output z = sum(A[t, i] over t, i)"),
    "numbers": ("input x[t, i] : scalar", "output z[t, j] = sum(x[t, i] * i over i) * j"),
}


@pytest.mark.parametrize("lines", ODD.values(), ids=ODD.keys())
def test_what_is_no_plain_product_is_right_too(lines: tuple[str, ...]) -> None:
    assert statements(*lines)


def test_matrices_are_transposed_once_before_the_loop() -> None:
    lines = statements(X, "param W : n, n", "h[t] : n = tanh(W @ h[t-1] + x[t])", "output h[t]")
    loop = next(k for k, line in enumerate(lines) if line.startswith("for "))
    assert [k < loop for k, line in enumerate(lines) if line == "transpose(W, W_T)"] == [True]
    (product,) = [line for line in stepwise(lines[loop:]) if "(h_before_t, " in line]
    assert ".T" not in product


def test_matrices_of_loops_can_be_cut_into_panels() -> None:
    lines = statements(X, "param W : n, n", "h[t] : n = tanh(W @ h[t-1] + x[t])", "output h[t]")
    cuts = [line for line in lines if "cut(" in line]
    assert cuts == ['W_T_panels = cut(ws, "W_T_panels", W_T, batch, t.size) if panels else W_T']
    assert [line for line in stepwise(lines) if "(h_before_t, W_T_panels, " in line] != []
    outside = statements(X, "param W : n, n", "h[t] : n = tanh(W @ x[t])", "output h[t]")
    varying = statements(X, "input A[t] : n, n", "h[t] : n = tanh(A[t] @ h[t-1] + x[t])", "output h[t]")
    assert "cut(" not in "\n".join([*outside, *varying])


def test_sums_over_time_of_products_are_one_product() -> None:
    found = statements(X, "target y[t] : m", "param W", "y[t] ~ normal(W @ x[t])", function="loss_and_grad")
    assert using(found, "np.einsum") == []
    assert len([line for line in using(found, "np.matmul") if ".T, x" in line]) == 1


def test_a_part_of_a_concatenation_has_no_axes_to_join() -> None:
    found = statements(X, "input A[t] : n, n", "param p", "output z[t] = concat(A[t] @ p, x[t])")
    (product,) = using(found, "np.matmul")
    assert "out=A_p_flat.reshape(-1)" in product
    assert "np.copyto(A_p, A_p_flat)" in found


FAMILY = ("input x[t] : n", "param W[j] : n, n", "target y[t] : n")
WINDOW = (*FAMILY, "h[t] : n = tanh(sum(W[j] @ h[t-j] over j) + x[t])", "y[t] ~ normal(h[t])")


def test_families_of_matrices_are_one_in_a_loop() -> None:
    lines = statements(*WINDOW, function="loss_and_grad")
    assert using(lines, "np.einsum") == []
    loop = next(k for k, line in enumerate(lines) if line.startswith("for "))
    (copy,) = [k for k, line in enumerate(lines) if line.endswith("= W.transpose(0, 2, 1)")]
    (product,) = [line for line in stepwise(lines[loop:]) if "(h_before_t.reshape(-1, 3*n), W_flat_panels" in line]
    assert copy < loop
    assert "transpose" not in product


def test_gradients_of_families_are_a_stack_of_products_without_copies() -> None:
    found = using(statements(*WINDOW, function="loss_and_grad"), "np.matmul")
    assert [line for line in found if ".T, h_before.transpose(1, 0, 2), out=" in line] != []
