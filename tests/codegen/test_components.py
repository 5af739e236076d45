"""Joining, cutting, folding and look-ups, as statements."""

from tests.codegen.emitting import statements, using

X = "input x[t] : n"
TREE = ("index p : tree", "index c : children(p)", "input x[p] : n")
ATTENTION = ("input a[s] : n", "input y[t] : n")
LAST = ("d[t] : n = tanh(sum(w[t, s] * a[s] over s) + y[t])", "output d[t]")


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
    assert {line.split(", ")[1] for line in using(lines, "softmax")} == {"-1", "-2"}
    assert len(using(lines, "np.max")) == len(using(lines, "logsumexp")) == 1


def test_folds_over_points_go_by_the_groups_of_their_examples() -> None:
    lines = statements(
        X,
        "output a[t] = softmax(x[t] over t)",
        "output b = max(x[t] over t)",
        "output c = logsumexp(x[t] over t)",
        "output d[t] = softmax(t * x[t] over t)",
    )
    assert "t_by_batch = Segments(t.example, batch)" in lines
    assert len(using(lines, "Segments")) == 1  # made once, for all of them
    assert len(using(lines, "t_by_batch.softmax")) == 2
    assert len(using(lines, "t_by_batch.maximum")) == len(using(lines, "t_by_batch.logsumexp")) == 1


def test_folds_in_a_step_go_by_the_groups_of_that_step() -> None:
    lines = statements(*ATTENTION, "e[t, s] = d[t-1] @ a[s]", "w[t, s] = softmax(e[t, s] over s)", *LAST)
    assert "t_s_by_t_steps = t_s.folds(t_of_t_s, t)" in lines
    (head,) = [line for line in lines if line.startswith("for ")]
    assert "t_s_by_t_steps" in head
    assert len(using(lines, "t_s_by_t.softmax")) == 1


def test_folds_over_points_and_over_ranges_are_two_folds() -> None:
    lines = statements("input x[t, i] : n", "output z = logsumexp(x[t, i] over t, i)")
    assert len(using(lines, "logsumexp")) == len(using(lines, "t_by_batch.logsumexp")) == 1


def test_a_largest_child_of_a_leaf_is_no_error_where_it_is_not_asked_for() -> None:
    lines = statements(*TREE, "z[p] = 0 * x[p] if leaf(p) else max(x[c] over c)", "output z[p]")
    assert len(using(lines, "p_c_by_p.largest_or_zero")) == 1
    lines = statements(*TREE, "output z = max(x[p] over p)")
    assert len(using(lines, "p_by_batch.maximum")) == 1


def test_what_a_node_lacks_and_how_many_children_it_has() -> None:
    lines = statements(*TREE, "output z[p] = 1 if leaf(p) else mean(x[c] @ x[c] over c)")
    assert using(lines, "np.less") == ['np.less(p_tree.children(p.example, p.place["p"], 0), 0, out=z_missing)']
    assert [line for line in lines if 'p_tree.arity[p_tree.first[p.example] + p.place["p"]]' in line] != []


def test_numbers_of_nodes_and_of_children() -> None:
    lines = statements(*TREE, "output z[p] = p * x[p] + sum(c * x[c] over c)")
    numbers = [line for line in using(lines, "np.add") if ".place[" in line]
    assert [line.split(",")[0] for line in numbers] == ['np.add(p.place["p"]', 'np.add(p_c.place["c"]']


def test_numbers_of_points_begin_at_one_and_go_on_in_chunks() -> None:
    lines = statements(X, "output z[t] = x[t] * t", "output q[i] = 2 * i")
    assert [line for line in lines if "t.step + 1" in line and "t.start" in line] != []


def test_masks_are_drawn_per_equation() -> None:
    lines = statements(
        X, "param W", "loss sum((W @ dropout(x[t], 0.5)) @ dropout(x[t], 0.25) over t)", function="loss_and_grad"
    )
    assert len({tuple(line.split(", ")[2:4]) for line in using(lines, "dropout")}) == 2


def test_axes_move_only_where_a_value_wants_another_order() -> None:
    first = statements("input x[t, i] : n", "output z[t] = stack(sum(x[t, i]) over i)")
    second = statements("input x[t, i, j] : n", "output z[t, j] = stack(sum(x[t, i, j]) over i)")
    assert using(first, "np.moveaxis") == []
    assert len(using(second, "np.moveaxis")) == 1
