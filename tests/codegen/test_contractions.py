"""Sums of products over points: one matrix product per example where they are one, otherwise point by point."""

import re

import pytest

from rnndsl.codegen.contractions import joint_layout
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from rnndsl.schedule.plan import Loop
from tests.codegen.emitting import context_of, statements, using, written
from tests.schedule.specs import layout_of

A, Q, F = "input a[s] : n", "input q[t] : n", "input f[t, s] : n"
TREE = ("index p : tree", "index c : children(p)", "input x[p] : n")
WHOLE = (
    A, Q, "param W", "e[t, s] = q[t] @ W @ a[s]", "w[t, s] = softmax(e[t, s] over s)",
    "z[t] = sum(w[t, s] * a[s] over s)", "loss sum(z[t] @ z[t] over t)",
)  # fmt: skip
LOOP = (
    A, "param W", "e[t, s] = (W @ d[t-1]) @ a[s]", "w[t, s] = softmax(e[t, s] over s)",
    "d[t] : n = tanh(sum(w[t, s] * a[s] over s))", "loss sum(d[t] @ d[t] over t)",
)  # fmt: skip
ADDITIVE = (
    A, "param v : n", "param W, U", "e[t, s] = v @ tanh(W @ d[t-1] + U @ a[s])", "w[t, s] = softmax(e[t, s] over s)",
    "d[t] : n = tanh(sum(w[t, s] * a[s] over s))", "loss sum(d[t] @ d[t] over t)",
)  # fmt: skip
HEADS = (
    A, Q, "param W[i], K[i], V[i] : n, n", "w[t, s, i] = softmax((W[i] @ q[t]) @ (K[i] @ a[s]) over s)",
    "z[t, i] = sum(w[t, s, i] * (V[i] @ a[s]) over s)", "loss sum(z[t, i] @ z[t, i] over t, i)",
)  # fmt: skip


def pairs(lines: list[str]) -> list[str]:
    """Return the buffers with a vector for every pair of points, and the vectors that are repeated for every pair."""
    buffers = [line for line in lines if re.search(r'ws\("\w+", \(t_s\.size,.* n\)', line)]
    vectors = [*re.findall(r'(\w+) = ws\("\w+", \(.* n\)\)', "\n".join(lines)), "a", "q"]
    return buffers + [line for line in lines if line.partition("_over_t_s = ")[0] in vectors]


# Attention ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["forward", "loss_and_grad"])
@pytest.mark.parametrize("lines", [WHOLE, LOOP, HEADS], ids=["whole", "loop", "heads"])
def test_attention_makes_no_vector_for_every_pair_of_points(lines: tuple[str, ...], function: str) -> None:
    found = written(*lines, function=function)
    assert pairs(found) == []
    assert len(using(found, "np.matmul")) >= 2


def test_additive_attention_makes_its_vectors_step_by_step() -> None:
    """tanh(W @ d[t-1] + U @ a[s]) is a vector for every pair: of one step at a time, in the gradient too."""
    found = statements(*ADDITIVE, function="loss_and_grad")
    assert pairs(found) == []
    assert [line for line in found if "(t_s.widest, n)" in line] != []


def test_scores_and_contexts_of_all_points_are_products_per_example() -> None:
    found = statements(*WHOLE)
    scores = found.index("e_padded = padded_room(t_s, e)")
    product = "np.matmul(padded(t, q_W), padded(s, a).swapaxes(-1, -2), out=e_padded)"
    assert found[scores + 1 : scores + 3] == [product, "unpadded(t_s, e_padded, e)"]
    assert "np.matmul(padded(t_s, w), padded(s, a), out=z_padded)" in found


def test_scores_and_contexts_of_a_step_are_products_per_example() -> None:
    found = statements(*LOOP)
    place = next(k for k, line in enumerate(found) if line.startswith("for "))
    dense = "a_dense_by_t_s = t_s_by_t_steps[0].dense(a_by_t_s) if t_s.steps else None"
    assert found.index(dense) < place  # once for all steps
    products = [line for line in using(found[place:], "np.matmul") if "a_dense_by_t_s[:live, :t_s_by_t.width]" in line]
    assert len(products) == 2
    assert "e_dense = t_s_by_t.room(e_t)" in found
    assert "t_s_by_t.sparse(e_dense, e_t)" in found


def test_families_of_heads_are_products_per_example_and_head() -> None:
    found = statements(*HEADS)
    padded = [line for line in found if "_padded = np.moveaxis(" in line]
    assert len(padded) == 4  # both operands of both products, with the heads before the points
    products = [line for line in using(found, "np.matmul") if "_padded" in line]
    assert len(products) == 2


def test_the_gradient_of_a_context_is_a_product_per_example() -> None:
    found = written(*LOOP, function="loss_and_grad")
    assert [line for line in using(found, "np.matmul") if "np.matmul(padded(t_s, " in line] != []


def test_values_of_both_points_at_once_are_lined_up_in_a_step() -> None:
    found = statements(F, "d[t] : n = tanh(sum(f[t, s] * (f[t, s] @ d[t-1]) over s))", "output d[t]")
    assert len([line for line in using(found, "np.matmul") if "t_s_by_t.dense(f_t)" in line]) == 2


def test_edges_are_no_axis() -> None:
    found = statements(*TREE, "param W", "h[p] : n = tanh(W @ sum(sigmoid(h[c]) * h[c] over c) + x[p])", "output h[p]")
    assert [line for line in found if ".dense(" in line or ".unpack(h" in line.replace("p.unpack(h)", "")] == []
    assert len(using(found, "p_c_by_p.total")) == 1


# Point by point -------------------------------------------------------------------------------------------------------


def test_products_at_the_same_points_are_multiplied_then_summed() -> None:
    found = statements(F, "input g[t, s] : n", "output z[t] = sum(f[t, s] * g[t, s] over s)")
    assert 'z_points = ws("terms", (t_s.size, n))' in found
    assert "np.multiply(f, g, out=z_points)" in found
    assert "t_s_by_t.total(z_points, z)" in found


def test_sums_of_one_operand_need_no_terms_of_their_own() -> None:
    found = statements(F, "output y[s] = sum(f[t, s] over t)", "output z = sum(f[t, s] over t, s)")
    assert using(found, "t_s_by_s.total") == ["t_s_by_s.total(f, y)"]
    assert using(found, "t_s_by_batch.total") == ["t_s_by_batch.total(f, z)"]
    assert using(found, "np.copyto") == []


def test_groups_are_made_once() -> None:
    found = written(F, "output y[t] = sum(f[t, s] over s)", "output z[t] = max(f[t, s] over s)")
    assert using(found, "Segments") == ["t_s_by_t = Segments(t_of_t_s, t.size, t_s.natural)"]


def test_components_and_points_can_be_summed_at_once() -> None:
    found = statements(F, "output z[t] = sum(sum(f[t, s]) over s)")
    assert len(using(found, "t_s_by_t.total")) == 1
    assert using(found, "np.einsum") == []


def test_children_are_summed_by_the_groups_of_a_step() -> None:
    found = written(*TREE, "h[p] : n = tanh(sum(h[c] over c) + x[p])", "output h[p]")
    assert "p_c_by_p_steps = p_c.folds(p_of_p_c, p)" in found
    (total,) = using(found, "p_c_by_p.total")
    assert total.startswith("p_c_by_p.total(h_child_p, ")  # of what was read, without a copy


# Sums that grow in a loop ---------------------------------------------------------------------------------------------


def test_a_sum_by_lanes_grows_from_step_to_step() -> None:
    found = statements(F, "h[t, s] : n = tanh(h[t-1, s] + f[t, s])", "output z[s] = sum(h[t, s] over t)")
    loop = next(k for k, line in enumerate(found) if line.startswith("for "))
    assert 'z_lanes = ws("z_lanes", (t_s.width, n))' in found[:loop]
    assert "z_lanes[...] = 0" in found[:loop]
    assert "np.add(z_lanes[:live_t_s], h_t, out=z_lanes[:live_t_s])" in found[loop:]
    assert "z[s_of_t_s[: t_s.width]] = z_lanes" in found[loop:]
    assert pairs(found) == ['f = ws("f", (t_s.size, n))'], "the data"


def test_the_gradient_of_a_parameter_grows_from_step_to_step() -> None:
    found = written(*ADDITIVE, function="loss_and_grad")
    (name,) = re.findall(r'grads\["v"\] = np.array\((\w+)\)', "\n".join(found))
    assert f"{name}[...] = 0" in found
    assert f"np.add({name}, {name}_part, out={name})" in found


def test_a_sum_that_has_grown_stands_as_its_points_do() -> None:
    found = written(*ADDITIVE, function="loss_and_grad")
    assert [line for line in found if "s.find(s.example, s.step)" in line] == []  # no other order of the same rows


# Layouts --------------------------------------------------------------------------------------------------------------


def numbered(graph: RecurrenceGraph, *names: str) -> list[int]:
    """Return the nodes of inputs."""
    return [n for name in names for n, node in graph.nodes.items() if node.op is Op.INPUT and node.attr == name]


def test_the_joint_layout_has_the_indices_of_all_operands() -> None:
    c = context_of(A, Q, F, "input b : n", "output z = sum(q[t] * a[s] * f[t, s] * b over t, s)")
    graph = c.schedule.graph
    assert layout_of(joint_layout(c, numbered(graph, "a", "q"))) == "ts along t"
    assert layout_of(joint_layout(c, numbered(graph, "q", "b"))) == "t along t"
    assert joint_layout(c, numbered(graph, "b")) is None


def test_in_a_loop_the_joint_layout_is_walked_as_the_loop_is() -> None:
    c = context_of(F, A, "h[t, s] : n = tanh(h[t-1, s] + h[t, s-1] + f[t, s] * a[s])", "output h[t, s]")
    (loop,) = [step for step in c.schedule.steps if isinstance(step, Loop)]
    c.path = (loop,)
    assert layout_of(joint_layout(c, numbered(c.schedule.graph, "f", "a"))) == "ts by t+s"
