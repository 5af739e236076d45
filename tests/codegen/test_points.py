"""What a function binds of its points."""

from rnndsl.codegen.function import make_context
from rnndsl.codegen.points import bind_points, bind_rows, chain, data_axes, helpers_of_points, sequences, structures
from rnndsl.indices import Kind
from rnndsl.schedule.plan import Layout
from rnndsl.schedule.schedule import make_schedule
from tests.schedule.specs import TREE, graph_of

GRID = graph_of("input x[t, s] : n", "h[t, s] = tanh(x[t, s] + h[t-1, s] + h[t, s-1])", "output h[t, s]")


def test_sequences_are_measured_by_the_data_and_the_stream_by_the_carry() -> None:
    c = make_context(make_schedule(GRID), {})
    assert bind_points(c, "t", ("x",), "") == [
        't = Points(measure(data, {"x": 0}, (lengths or {}).get("t")), 1, carry.get("t"))',
        's = Points(measure(data, {"x": 1}, (lengths or {}).get("s")), 1)',
        "batch = t.batch",
    ]
    assert [index.name for index in sequences(GRID)] == ["t", "s"]
    assert structures(GRID) == []
    assert [index.name for index in data_axes(GRID.inputs["x"].domain)] == ["t", "s"]


def test_layouts_of_several_indices_are_bound_as_they_are_walked() -> None:
    c = make_context(make_schedule(GRID), {})
    t, s = sequences(GRID)
    assert chain(t) == Layout((t,), ((t, 1),), sliced=True)
    assert c.points(Layout((t, s), ((t, 1), (s, 1)), sliced=False)) == "t_s"
    assert bind_rows(c) == ['t_s = Rows([(("t",), t, 1), (("s",), s, 1)])']
    assert {"Points", "measure", "Rows"} <= helpers_of_points(c)


def test_without_points_an_input_counts_the_examples() -> None:
    plain = graph_of("input z : n", "output y = 2 * z")
    c = make_context(make_schedule(plain), {})
    assert bind_points(c, "", ("z",), "") == ['batch = len(data["z"])']
    assert bind_points(c, "", (), "scored") == ['batch = len(data["z"]) if scored else 1']
    assert helpers_of_points(c) == set()


def test_trees_come_with_the_structure() -> None:
    tree = graph_of(*TREE, "input x[m] : n", "h[m] = tanh(x[m] + sum(h[c] over c))", "output h[m]")
    c = make_context(make_schedule(tree), {})
    assert bind_points(c, "", ("x",), "") == ['m_tree = Tree(structure["m"])', "batch = m_tree.batch"]
    assert [index.kind for index in structures(tree)] == [Kind.TREE]
    assert "Tree" in helpers_of_points(c)
