"""Joining, cutting, folding and look-ups, as statements."""

from tests.codegen.emitting import statements, using

X = "input x[t] : n"


def test_parts_are_computed_where_they_are_joined() -> None:
    lines = statements(X, "output z[t] = concat(sin(x[t]), cos(x[t]))")
    assert using(lines, "np.concatenate") == []
    assert len([line for line in lines if "[..., " in line and line.split(" = ")[0].isidentifier()]) == 2


def test_what_exists_is_copied() -> None:
    lines = statements(X, "input y[t] : m", "param b : n", "output z[t] = concat(x[t], y[t], b, 2)")
    assert using(lines, "np.concatenate") != [] or [line for line in lines if "[..., " in line and "] = " in line] != []


def test_slices_are_views() -> None:
    lines = statements("input x[t] : 4 * n", "output z[t] = part(x[t], 2, 4) * slice(x[t], 1, n)")
    assert [line for line in lines if "x[..., n : 2 * n]" in line] != []
    assert [line for line in lines if "x[..., 0:n]" in line or "x[..., :n]" in line] != []
    assert using(lines, "np.copyto") == []


def test_look_ups_take_rows_and_make_no_one_hot_vectors() -> None:
    lines = statements(
        "input x[t] : token(words)", "param U : n, words", "param E : words, n", "output z[t] = U @ x[t] + x[t] @ E"
    )
    assert len(using(lines, "lookup")) in {1, 2}  # tables may be stacked
    assert using(lines, "put") == []
    assert using(lines, "np.matmul") == []


def test_the_gradient_of_a_look_up_is_scattered() -> None:
    lines = statements(
        "input x[t] : token(words)",
        "target y[t] : n",
        "param U : n, words",
        "y[t] ~ normal(U @ x[t])",
        function="loss_and_grad",
    )
    assert len(using(lines, "scatter")) == 1


def test_losses_of_tokens_pick_one_component() -> None:
    lines = statements(X, "target y[t] : token(words)", "param V", "y[t] ~ categorical(V @ x[t])")
    assert len(using(lines, "pick")) == 1
    assert len(using(lines, "logsumexp")) == 1


def test_folds_name_their_axis() -> None:
    lines = statements(
        "input x[t, i] : n",
        "output a[t, i] = softmax(x[t, i])",
        "output b[t] = max(x[t, i] over i)",
        "output c[t, i] = softmax(x[t, i] over i)",
        "output d[t] = logsumexp(x[t, i] over i)",
    )
    calls = [line for line in using(lines, "softmax") if not line.startswith("#")]
    assert {line.split(", ")[1] for line in calls} == {"-1", "-2"}
    assert len(using(lines, "np.max")) == 1
    assert len([line for line in using(lines, "logsumexp") if not line.startswith("#")]) == 1


def test_folds_over_points_are_the_helpers_of_the_sequence() -> None:
    lines = statements(X, "output a[t] = softmax(x[t] over t)", "output b = max(x[t] over t)")
    assert len(using(lines, "t.softmax")) == len(using(lines, "t.maximum")) == 1


def test_numbers_of_points_begin_at_one_and_go_on_in_chunks() -> None:
    lines = statements(X, "output z[t] = x[t] * t", "output q[i] = 2 * i")
    assert [line for line in lines if "t.step + 1" in line and "t.start" in line] != []


def test_masks_are_drawn_per_equation() -> None:
    lines = statements(
        X, "param W", "loss sum((W @ dropout(x[t], 0.5)) @ dropout(x[t], 0.25) over t)", function="loss_and_grad"
    )
    assert len({tuple(line.split(", ")[2:4]) for line in using(lines, "dropout")}) == 2
