"""Names, sizes, axes and values at the level where the emitter stands."""

from rnndsl.codegen.block import Block
from rnndsl.codegen.context import Context
from rnndsl.codegen.dialect import CUPY, NUMPY
from rnndsl.ops import Op
from rnndsl.schedule.plan import Layout, Loop
from tests.codegen.emitting import context_of

# Rows -----------------------------------------------------------------------------------------------------------------

TWO = (
    "input x[t] : n",
    "input q[s] : n",
    "input y : n",
    "param W",
    "z[t, s] = x[t] * q[s] + y + d[t-1]",
    "d[t] : n = tanh(W @ d[t-1] + sum(z[t, s] * z[t, s] over s) + x[t] * y)",
    "output d[t]",
)
TREE = ("index p : tree", "index c : children(p)", "input x[p] : n", "h[p] : n = tanh(x[p] + sum(h[c] over c))")


def input_of(c: Context, name: str) -> int:
    """Return the node of an input."""
    (number,) = [n for n, node in c.graph_nodes.items() if node.op is Op.INPUT and node.attr == name]
    return number


def layout_of(c: Context, *names: str) -> Layout:
    """Return the layout of the nodes over some indices."""
    (found,) = {
        layout for layout in c.schedule.layouts.values() if layout and [i.name for i in layout.indices] == [*names]
    }
    return found


def opened(c: Context) -> Context:
    """Open the only loop."""
    (loop,) = [step for step in c.schedule.steps if isinstance(step, Loop)]
    c.path = (loop,)
    c.blocks.append(Block())
    return c


def printed(lines: list[str]) -> list[str]:
    return list(map(NUMPY.text, lines))


def test_values_per_example_are_spread_over_points_once() -> None:
    c = context_of(*TWO)
    number, layout = input_of(c, "y"), layout_of(c, "t")
    assert c.fitted(number, layout) == c.fitted(number, layout) == "y_over_t"
    assert c.fitted(number, None) == "y"
    assert printed(c.blocks[0].lines) == ["y_over_t = y[t.example]"]


def test_values_of_one_index_are_spread_over_points_of_two() -> None:
    c = context_of(*TWO)
    assert c.fitted(input_of(c, "q"), layout_of(c, "t", "s")) == "q_over_t_s"
    assert c.fitted(input_of(c, "x"), layout_of(c, "t", "s")) == "x_over_t_s"
    assert printed(c.blocks[0].lines) == [
        's_of_t_s = s.find(t_s.example, t_s.place["s"])',
        "q_over_t_s = q[s_of_t_s]",
        't_of_t_s = t.find(t_s.example, t_s.place["t"])',
        "x_over_t_s = x[t_of_t_s]",
    ]


def test_rows_of_a_walk_along_one_sequence_are_the_first_lanes() -> None:
    c = opened(context_of(*TWO))
    assert c.fitted(input_of(c, "y"), layout_of(c, "t")) == "y_t"
    assert c.fitted(input_of(c, "q"), layout_of(c, "t", "s")) == "q_t"
    block = c.blocks[1]
    assert printed(block.preamble) == [
        "y_by_t = y[t.order]",
        's_of_t_s = s.find(t_s.example, t_s.place["s"])',
        'q_by_t_s = taken(ws, "q_by_t_s", q, s_of_t_s[: t_s.width])',
    ]
    assert block.rebind == ["y_t = y_by_t[:live]", "q_t = q_by_t_s[:live_t_s]"]
    assert block.lines == []
    assert set(block.feeds.values()) == {"live", "live_t_s"}


def test_rows_of_a_step_are_cut_out_of_all_points() -> None:
    c = opened(context_of(*TWO))
    number = input_of(c, "x")
    assert c.value(number) == c.value(number) == "x_t"
    assert c.blocks[1].lines == ["x_t = x[at]"]


def test_rows_of_a_step_are_repeated_for_more_indices() -> None:
    c = opened(context_of(*TWO))
    assert c.fitted(input_of(c, "x"), layout_of(c, "t", "s")) == "x_t_for_t_s"
    assert c.blocks[1].preamble == [
        't_of_t_s = t.find(t_s.example, t_s.place["t"])',
        "t_of_t_s_in_step = t_of_t_s - np.asarray(t.offsets)[t_s.step]",
        'x_t_for_t_s_step = ws("rows_1_step", (t_s.widest, n))',
    ]
    assert c.blocks[1].rebind == ["x_t_for_t_s = x_t_for_t_s_step[:live_t_s]"]
    assert printed(c.blocks[1].lines) == [
        "x_t = x[at]",
        'np.take(x_t, t_of_t_s_in_step[at_t_s], axis=0, out=x_t_for_t_s, mode="clip")',
    ]


def test_rows_of_a_tree_are_taken_for_its_edges() -> None:
    c = opened(context_of(*TREE, "output h[p]"))
    assert c.fitted(input_of(c, "x"), layout_of(c, "p", "c")) == "x_p_for_p_c"
    assert c.blocks[1].preamble[0] == 'p_of_p_c = p.find(p_c.example, p_c.place["p"])'


def test_parameters_have_no_rows() -> None:
    c = opened(context_of(*TWO))
    (number,) = [n for n, node in c.graph_nodes.items() if node.op is Op.PARAM]
    assert c.fitted(number, layout_of(c, "t", "s")) == "W"
    assert c.blocks[1] == Block()


def test_what_is_made_under_a_condition_is_known_there_only() -> None:
    c = context_of(*TWO)
    c.condition = "scored"
    assert c.once(("one",), "one", "1") == "one"
    assert c.cached(("one",)) == "one"
    c.condition = ""
    assert c.cached(("one",)) is None
    c.cache(("two",), "two")
    c.condition = "scored"
    assert c.cached(("two",)) == "two"


def test_variables_of_a_walk_are_named_by_layout() -> None:
    c = opened(context_of(*TWO))
    one, two = layout_of(c, "t"), layout_of(c, "t", "s")
    assert (c.live(one), c.live(two)) == ("live", "live_t_s")
    assert c.feed("at", one) == c.feed("at", one) != c.feed("at", two)
    assert c.feed("back", one, "1", wish="back_1") == "back_1"


# Where arrays are -----------------------------------------------------------------------------------------------------


def test_tables_are_taken_once_to_where_values_are() -> None:
    c = context_of(*TWO)
    assert c.table("rows") == "rows"
    c.dialect = CUPY
    assert c.table("rows") == c.table("rows") == "rows_table"
    assert c.blocks[0].lines == ["rows_table = device(rows)"]


def test_a_number_in_the_code_becomes_an_array() -> None:
    c = context_of("input x[t] : n", "output h[t] = 0.5 * x[t]")
    (number,) = (n for n, node in c.graph_nodes.items() if node.op is Op.CONST)
    assert c.array(number, "0.5") == "device(0.5)"
    assert c.array(input_of(c, "x"), "x") == "x"


def test_views_of_what_lasts_are_bound_once() -> None:
    c = opened(context_of("input x[t] : n", "param W", "h[t] : n = tanh(W @ h[t-1] + x[t])", "output h[t]"))
    c.blocks[1].rebind.append("h_t = h_step[:live]")
    c.bind("part", "h_t[..., 0:2]")
    c.bind("half", "part[..., 0:1]")
    c.bind("other", "x_t[..., 0:2]")
    assert c.blocks[1].rebind[1:] == ["part = h_t[..., 0:2]", "half = part[..., 0:1]"]
    assert c.blocks[1].lines == ["other = x_t[..., 0:2]"]
