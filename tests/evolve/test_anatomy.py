"""The graph of a cell."""

from rnndsl.evolve.anatomy import Anatomy, Node
from tests.evolve.cells import ELMAN, GRU, anatomy


def texts(cell: Anatomy, nodes: list[Node] | tuple[Node, ...]) -> set[str]:
    return {cell.text(one) for one in nodes}


def at(cell: Anatomy, text: str) -> Node:
    """Return the first node that reads so."""
    return next(one for one in cell.expressions if cell.text(one) == text)


def test_constants_belong_to_the_node_in_which_they_stand() -> None:
    cell = anatomy(GRU)
    assert texts(cell, cell.parts(at(cell, "1 - z[t]"))) == {"z[t]"}
    assert texts(cell, cell.parts(at(cell, "W_r @ x[t]"))) == {"x[t]"}
    summed = at(cell, "W_r @ x[t] + U_r @ h[t-1] + b_r")
    assert texts(cell, cell.parts(summed)) == {"W_r @ x[t] + U_r @ h[t-1]"}
    assert all("_" not in cell.text(one) or "@" in cell.text(one) for one in cell.expressions), "no bias is a node"


def test_a_linear_map_with_its_bias_is_one_node() -> None:
    cell = anatomy(ELMAN.replace("tanh(W @ h[t-1] + U @ x[t] + b)", "W @ tanh(U @ h[t-1] + x[t]) + b"))
    (root,) = (one for one in cell.expressions if not one.path)
    assert cell.matrix(root) == "W"
    assert texts(cell, cell.parts(root)) == {"tanh(U @ h[t-1] + x[t])"}
    assert "W @ tanh(U @ h[t-1] + x[t])" not in texts(cell, tuple(cell.expressions))
    assert cell.matrix(at(cell, "U @ h[t-1]")) == "U"
    assert cell.matrix(at(cell, "U @ h[t-1] + x[t]")) is None


def test_ancestors_go_through_names_but_not_through_time() -> None:
    cell = anatomy(GRU)
    found = texts(cell, cell.ancestors(Node("g")))
    assert {"r[t] * h[t-1]", "sigmoid(W_r @ x[t] + U_r @ h[t-1] + b_r)", "W_r @ x[t]", "x[t]", "h[t-1]"} <= found
    assert not any("W_z" in text or "g" in text.replace("sigmoid", "").replace("_g", "") for text in found)
    assert cell.ancestors(at(cell, "h[t-1]")) == []


def test_descendants_are_the_users() -> None:
    cell = anatomy(GRU)
    found = cell.descendants(Node("r"))
    assert {one.equation for one in found} == {"g", "h"}
    assert all(Node("r") in cell.ancestors(one) for one in found)
    assert cell.descendants(Node("h")) == []


def test_uses_count_reads_and_outputs() -> None:
    cell = anatomy(GRU)
    assert [cell.uses(Node(name)) for name in ("r", "z", "g")] == [1, 2, 1]
    assert cell.uses(Node("h")) == 5, "four reads of h[t-1], and the output"
    assert cell.uses(at(cell, "1 - z[t]")) == 1


def test_states_are_what_is_read_one_step_back() -> None:
    assert anatomy(GRU).states == {"h"}
    lstm = GRU.replace("z[t] * h[t-1] +", "z[t] * g[t-2] +")
    assert anatomy(lstm).states == {"g", "h"}


def test_sizes_follow_from_the_quantities() -> None:
    cell = anatomy(ELMAN)
    sizes = {cell.text(one): str(cell.size(one)) for one in cell.expressions}
    assert sizes.pop("x[t]") == "x_size"
    assert set(sizes.values()) == {"n"}
    assert all(Anatomy(cell.block).size(one) is None for one in cell.expressions), "unknown without types"


def test_a_matrix_is_no_vector() -> None:
    cell = anatomy(
        "cell A(n):\n    index t : sequence\n    input x[t] : n\n"
        "    a[t] : n, n = tanh(outer(x[t], x[t]))\n    b[t] = a[t] @ x[t]\n    output b[t]\n"
    )
    assert cell.size(at(cell, "a[t]")) is None
    assert str(cell.size(at(cell, "a[t] @ x[t]"))) == "n"


def test_reductions_and_conditions_are_left_alone() -> None:
    cell = anatomy(
        "cell A(n):\n    index t : sequence\n    input x[t] : n\n    param c : n\n"
        "    a[t] = tanh(x[t]) if x[t] @ c > 0 else x[t]\n    output a[t]\n"
    )
    assert texts(cell, tuple(cell.expressions)) == {"tanh(x[t]) if x[t] @ c > 0 else x[t]", "tanh(x[t])", "x[t]"}


def test_an_equation_without_points_is_no_node() -> None:
    cell = anatomy(
        "cell A(n):\n    index t : sequence\n    input x[t] : n\n    param c : n\n"
        "    f = tanh(c)\n    a[t] = f * x[t]\n    output a[t]\n"
    )
    assert Node("f") not in cell.expressions
    assert cell.operands(Node("a")) == cell.parts(Node("a"))
