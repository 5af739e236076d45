"""Products and sums over points: matrix products per example where they can be, otherwise terms that are summed."""

import re

from rnndsl.codegen.contractions import joint_layout
from tests.codegen.emitting import context_of, statements, using, written

PAIRS = ("input a[s] : n", "input q[t] : n")
ATTENTION = (
    "input a[s] : n",
    "target y[t] : n",
    "param R",
    "alpha[t, s] = softmax(d[t-1] @ a[s] over s)",
    "d[t] : n = tanh(R @ d[t-1] + sum(alpha[t, s] * a[s] over s))",
    "y[t] ~ normal(d[t])",
)


def buffers(lines: list[str], extent: str) -> list[str]:
    """Return the shapes of the buffers that have an extent."""
    shapes = [found[1] for line in lines if (found := re.search(r"ws\(\"\w+\", \((.*?)\)(?:, \w+)?\)", line))]
    return [shape for shape in shapes if extent in shape]


def test_scores_of_all_pairs_are_one_product_per_example() -> None:
    lines = statements(*PAIRS, "output e[t, s] = q[t] @ a[s]")
    (line,) = using(lines, "np.matmul")
    assert line == "t_s.repack(np.matmul(t.unpack(q), s.unpack(a).swapaxes(-1, -2)), e)"


def test_a_weighted_sum_makes_no_array_of_all_pairs() -> None:
    lines = statements(*PAIRS, "c[t] = sum((q[t] @ a[s]) * a[s] over s)", "output c[t]")
    assert len(using(lines, "np.matmul")) == 2
    assert all(", n" not in shape for shape in buffers(lines, "t_s.size"))


def test_in_a_loop_lanes_are_an_axis_of_the_product() -> None:
    lines = statements(*ATTENTION)
    products = [line for line in using(lines, "np.matmul") if "dense" in line]
    assert len(products) == 2
    assert all("[:live, :" in line for line in products), "what no step changes is laid out once, before the loop"
    assert all(", n" not in shape for shape in buffers(lines, "t_s.size"))


def test_the_adjoint_of_attention_keeps_no_vectors_of_pairs() -> None:
    lines = written(*ATTENTION, function="loss_and_grad")
    assert all(", n" not in shape for shape in buffers(lines, "t_s.size"))


def test_a_product_component_by_component_is_summed_term_by_term() -> None:
    lines = statements(*PAIRS, "output c[t] = sum(q[t] * a[s] * a[s] over s)")
    (line,) = [one for one in lines if ".total(" in one]
    assert line.startswith("s_by_batch.total("), "q[t] is taken out of the sum"


def test_one_operand_is_summed_as_it_stands() -> None:
    lines = statements("input x[t, s] : n", "output c[t] = sum(x[t, s] over s)")
    assert [line for line in lines if ".total(" in line] == ["t_s_by_t.total(x, c)"]
    assert "x_points" not in "".join(lines)


def test_sums_over_examples_are_sums_over_rows() -> None:
    lines = statements("input x[t] : n", "output z = sum(x[t] over t)")
    assert [line for line in lines if ".total(" in line] == ["t_by_batch.total(x, z)"]


def test_a_sum_that_grows_in_its_loop_is_put_in_place_after_it() -> None:
    lines = written(
        "input a[s] : n", "target y[t] : n", "param W, U : m, n", "param v : m", "param R",
        "alpha[t, s] = softmax(v @ tanh(W @ d[t-1] + U @ a[s]) over s)",
        "d[t] : n = tanh(R @ d[t-1] + sum(alpha[t, s] * a[s] over s))",
        "y[t] ~ normal(d[t])", function="loss_and_grad",
    )  # fmt: skip
    (made,) = [line for line in lines if re.match(r"\w+_lanes = ws\(", line)]
    name = made.split(" ")[0]
    assert f"{name}[...] = 0" in lines
    assert [line for line in lines if re.match(rf"np\.add\({name}\[:live_t_s\w*\], ", line)]
    assert [line for line in lines if line.endswith(f" = {name}")]


def test_the_joint_layout_has_the_indices_of_all() -> None:
    c = context_of(*PAIRS, "output e[t, s] = q[t] @ a[s]")
    numbers = {str(node.attr): number for number, node in c.graph_nodes.items() if node.attr in {"a", "q"}}
    joint = joint_layout(c, [numbers["a"], numbers["q"]])
    assert joint is not None
    assert [index.name for index in joint.indices] == ["t", "s"]
    assert joint_layout(c, []) is None
