"""Sizes, points and shapes as they are called in a function."""

from rnndsl.indices import Index, Kind
from rnndsl.ops import Op
from rnndsl.schedule.plan import Inner, Layout, Spot
from rnndsl.sizes import Size
from tests.codegen.emitting import context_of
from tests.codegen.test_context import TREE, TWO, layout_of


def test_dimensions_keep_their_names() -> None:
    c = context_of("input x[t] : n", "param W : 2 * n, n", "output z[t] = W @ x[t]")
    assert c.size(Size.of("n") * 2 + 1) == "2 * n + 1"
    assert c.span(Size.of(0), Size.of("n")) == "0:n"
    assert c.span(Size.of("n"), Size.of("n") * 2) == "n : 2 * n"


def test_shapes_have_rows_ranges_and_values() -> None:
    c = context_of("input x[t] : n", "input y : n", "param v[i] : n", "output z[t, i] = v[i] * x[t] * y")
    shapes = {c.node(n).attr: c.shape(n) for n in c.graph_nodes if c.node(n).op in {Op.INPUT, Op.PARAM}}
    assert shapes == {"x": "(t.size, n)", "y": "(batch, n)", "v": "(k, n)"}
    (product,) = [output.node for output in c.schedule.graph.outputs.values() if output.name == "z"]
    assert c.shape(product) == "(t.size, k, n)"
    assert [str(axis) if isinstance(axis, str) else axis.name for axis in c.axes(product)] == ["rows", "i", "0"]


def test_variables_of_layouts_name_their_indices() -> None:
    c = context_of(*TWO)
    assert c.points(layout_of(c, "t")) == "t"
    assert c.points(layout_of(c, "t", "s")) == "t_s"
    assert set(c.laid_out.values()) == {"t", "s", "t_s"}
    t, s = (index for index in c.schedule.graph.indices if index.ragged)
    assert c.place(layout_of(c, "t"), t) == "t.step"
    assert c.place(layout_of(c, "t", "s"), s) == 't_s.place["s"]'
    c = context_of(*TREE, "output h[p]")
    assert c.tree(layout_of(c, "p").indices[0]) == c.tree(layout_of(c, "p", "c").indices[1]) == "p_tree"


def test_variables_of_layouts_say_when_points_are_met() -> None:
    c = context_of(*TWO)
    m, n = (Index(name, Kind.SEQUENCE, k) for k, name in enumerate("mn"))

    def named(spot: Spot, *indices: Index) -> str:
        return c.points(Layout(indices, ((m, 1),), sliced=False, inside=(Inner(((n, 1),)),) * 2, spot=spot))

    assert [named((0, 0), m, n), named((0,), m), named((2,), m)] == ["m_n", "m_before", "m_behind"]
    assert [named((1, 0), m, n), named((1,), m, n)] == ["m_n_2", "m_n_between"]
