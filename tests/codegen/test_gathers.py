"""Reads of any points: a table of rows made once, before loops, and one gather that uses it."""

import re

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from tests.codegen.emitting import statements, using, written

X = "input x[t, s] : n"
TREE = ("index p : tree", "index c : children(p)", "input x[p] : n")
DAG = ("index p : dag", *TREE[1:])


def tables(lines: list[str]) -> dict[str, str]:
    """Return how tables of rows are made, by name."""
    made = (line.partition(" = ") for line in lines if ".find(" in line)
    return {name: text for name, _, text in made}


def before_loops(lines: list[str]) -> list[str]:
    """Return the lines before the first loop."""
    first = next((k for k, line in enumerate(lines) if line.startswith("for ")), len(lines))
    return lines[:first]


# Outside loops --------------------------------------------------------------------------------------------------------


def test_a_read_along_two_sequences_is_one_gather() -> None:
    lines = statements(X, "output z[t, s] = x[t+1, s+1]")
    assert tables(lines) == {"z_rows": 't_s.find(t_s.example, t_s.place["t"] + 1, t_s.place["s"] + 1)'}
    assert using(lines, "gather") == ["gather(x, z_rows, z)"]


def test_an_init_stands_where_there_is_no_point() -> None:
    lines = statements(X, "param a : n", "z[t, s] = 2 * x[t, s]", "init z = a", "output q[t, s] = z[t+1, s+1]")
    assert using(lines, "gather") == ["gather(z, q_rows, q, np.broadcast_to(a, q.shape))"]


def test_an_absent_token_is_minus_one() -> None:
    lines = written("input x[t, s] : token(words)", "param E : n, words", "output z[t, s] = E @ x[t+1, s+1]")
    assert using(lines, "gather") == ["gather(x, z_after_rows, z_after, np.full_like(z_after, -1))"]


def test_the_same_table_serves_all_that_read_the_same_points() -> None:
    lines = written(X, "input y[t, s] : n", "output z[t, s] = x[t+1, s+1] * y[t+1, s+1] + y[t, s+1]")
    assert len(tables(lines)) == 2
    assert len(using(lines, "gather")) == 3


def test_ends_of_lanes_and_of_grids() -> None:
    lines = statements(X, "output z[t] = last(x[t, s] over s)", "output q = first(x[t, s] over t, s)")
    assert list(tables(lines).values()) == [
        "t_s.find(t.example, t.step, s.lengths[t.example] - 1)",
        "t_s.find(np.arange(batch), 0, 0)",
    ]


@pytest.mark.parametrize(
    ("read", "place"),
    [
        ("x[child(p, 2)]", 'p_tree.children(p.example, p.place["p"], 1)'),
        ("x[parent(p)]", 'p_tree.parent(p.example, p.place["p"])'),
    ],
)
def test_neighbours_in_a_tree(read: str, place: str) -> None:
    assert list(tables(written(*TREE, f"output z[p] = {read}")).values()) == [f"p.find(p.example, {place})"]


def test_children_of_a_node_are_read_by_edge() -> None:
    lines = written(*TREE, "input a[p, c] : n", "output z[p] = sum(a[p, c] * x[c] over c)")
    own = 'p_c.example, p_c.place["p"]'
    assert tables(lines)["z_child_rows"] == f'p.find(p_c.example, p_tree.children({own}, p_c.place["c"]))'


def test_roots_by_example() -> None:
    lines = statements(*TREE, "output z = root(x[p] over p)", "output q[p] = x[p] * root(x[p] over p)")
    assert list(tables(lines).values()) == ["p.find(np.arange(batch), p_tree.root(np.arange(batch)))"]
    assert "z_over_p = z[p.example]" in lines


def test_ranges_in_an_access_are_axes_of_the_table() -> None:
    lines = statements(*TREE, "input w[i] : scalar", "output z[p] = sum(w[i] * x[child(p, i)] over i)")
    children = 'p_tree.children(p.example[:, None], p.place["p"][:, None], np.arange(1, k + 1)[None, :] - 1)'
    assert tables(lines)["z_child_rows"] == f"p.find(p.example[:, None], {children})"
    lines = statements("index a, b : 0..1", X, "param F[a, b]", "output z[t, s] = sum(F[a, b] * x[t-a, s-b] over a, b)")
    (text,) = tables(lines).values()
    assert "- np.arange(0, 2)[None, :, None], " in text
    assert "- np.arange(0, 2)[None, None, :])" in text


def test_a_range_of_the_operand_in_its_own_access_is_picked() -> None:
    lines = statements("input x[t, s, i] : n", "output z[t, s] = sum(x[t-i, s, i] over i)")
    assert using(lines, "gather")[0].endswith(", at=(np.arange(3)[None, :],))")


# In loops -------------------------------------------------------------------------------------------------------------


def test_fronts_take_their_rows_from_the_whole_tape() -> None:
    lines = statements(
        X, "input y : n", "h[t, s] : n = tanh(h[t-1, s] + h[t, s-1] + x[t+1, s+1])", "init h = y", "output h[t, s]"
    )
    head = before_loops(lines)
    assert "h_before_rows_all = t_s.reach(h_before_rows, t_s.example)" in head
    assert "t_s.enter(h_all, y)" in head  # a row for every example, where there is no point before
    loop = lines[len(head) :]
    assert len([line for line in using(loop, "np.take") if line.startswith("np.take(h_all, h_before_")]) == 2
    assert tables(loop) == {}
    assert using(loop, "gather") == []


def test_children_and_parents_are_taken_from_the_whole_tape() -> None:
    for read, way in (("h[child(p, 1)]", "for at_p in p.at:"), ("h[parent(p)]", "for at_p in reversed(p.at):")):
        lines = written(*TREE, f"h[p] : n = tanh({read} + x[p])", "output h[p]")
        assert way in lines
        assert len([line for line in using(lines, "np.take") if line.startswith("np.take(h_all, ")]) == 1


def test_other_lanes_of_the_step_before_are_rows_of_its_slice() -> None:
    lines = statements(X, "h[t, s] : n = tanh(h[t-1, s-1] + x[t+1, s+1])", "output h[t, s]")
    assert "h_before_rows_in_step = h_before_rows - np.asarray(t_s.offsets)[t_s.step]" in before_loops(lines)
    assert "gather(h_all[back_1_t_s], h_before_rows_in_step[at_t_s], h_t)" in using(lines, "gather")


def test_other_lanes_of_the_same_step_are_rows_of_its_buffer() -> None:
    lines = written(X, "g[t, s] = h[t-1, s] + x[t, s]", "h[t, s] : n = tanh(g[t, s-1] + g[t, s])", "output h[t, s]")
    assert using(lines, "gather") == ["gather(g_t, g_before_rows_in_step[at_t_s], h_t)"]


# Uses -----------------------------------------------------------------------------------------------------------------

UP = ("h[p] : n = tanh(sum(h[c] over c) + x[p])", "loss sum(h[p] @ h[p] over p)")


@pytest.mark.parametrize("structure", [TREE, DAG], ids=["tree", "dag"])
def test_what_parents_give_is_pulled_by_their_children(structure: tuple[str, ...]) -> None:
    lines = statements(*structure, "param W", UP[0].replace("h[c]", "W @ h[c]"), UP[1], function="loss_and_grad")
    assert using(lines, "Uses") == ['p_uses = Uses(p, "p", p_tree)']
    (pull,) = using(lines, "p_uses.pull")
    (rows,) = [name for name, text in tables(lines).items() if text.startswith("p_c.find(p_uses.example, ")]
    assert f", {rows}_by_node, " in pull
    assert f"{rows}_by_node = p_uses.table({rows})" in lines
    assert re.search(r", k(_\d)?\)$", pull)  # of one step
    assert not [line for line in lines if "np.add.at" in line]


def test_uses_as_one_child_are_found_once() -> None:
    lines = written(
        *TREE,
        "param L, R",
        "h[p] : n = tanh(L @ h[child(p, 1)] + R @ h[child(p, 2)] + x[p])",
        UP[1],
        function="loss_and_grad",
    )
    calls = {line.partition(" = ")[2] for line in using(lines, "Uses")}
    assert calls == {'Uses(p, "p", p_tree, 0)', 'Uses(p, "p", p_tree, 1)'}


def test_uses_outside_loops_are_pulled_at_once() -> None:
    lines = statements(
        *TREE, "param W", "loss sum(sin(W @ x[p]) @ sum(x[c] * x[c] over c) over p)", function="loss_and_grad"
    )
    (pull,) = using(lines, "p_uses.pull")
    assert not re.search(r", k(_\d)?\)$", pull)


def test_uses_by_range_are_rows_of_one_flat_array() -> None:
    lines = statements(
        *TREE,
        "param W[i] : n, n",
        "h[p] : n = tanh(sum(W[i] @ h[child(p, i)] over i) + x[p])",
        UP[1],
        function="loss_and_grad",
    )
    (pull,) = using(lines, "p_uses.pull")
    assert ".reshape(-1, n)" in pull
    assert [line for line in lines if "p_uses.slot" in line] != []


def test_reads_that_cannot_be_written_yet_are_refused_where_they_stand() -> None:
    lines = (*TREE, "param W[i] : n, n", "h[p] : n = tanh(sum(W[i] @ h[child(p, 4 - i)] over i) + x[p])", UP[1])
    with pytest.raises(SpecError, match="RNN490"):
        written(*lines, function="loss_and_grad")
