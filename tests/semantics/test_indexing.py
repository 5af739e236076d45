"""Points and accesses, mirrored ones included."""

import pytest

from rnndsl.semantics.model import Read
from tests.semantics.specs import codes, expanded, grove, mistakes, net, texts


@pytest.mark.parametrize(
    ("point", "printed"),
    [("t", "t"), ("t-1", "t-1"), ("t+2", "t+2"), ("t-1-1+3", "t+1"), ("2*2+t", "t+4"), ("t-k", "t-3"), ("-1+t", "t-1")],
)
def test_points_of_a_sequence(point: str, printed: str) -> None:
    model = expanded(net(f"for k in 3..3:\n    h[t] = 2 * x[{point}]\noutput h[t]"))
    assert model.equations["h"].text == f"h[t] = 2 * x[{printed}]"


def test_points_of_ranges() -> None:
    body = "index m : cyclic(n)\nindex j : -1..1\nparam w[m]\nz[m, j] = w[m-j] + w[2] + w[j]\noutput z[m, j]"
    model = expanded(net(body))
    assert model.equations["z"].text == "z[m, j] = w[m-j] + w[2] + w[j]"
    assert not model.dims["n"].fixed


def test_an_offset_with_a_dimension_needs_its_value() -> None:
    text = net("h[t] = x[t-k]\noutput h[t]", header="model Net(n, k = 2):")
    assert expanded(text).equations["h"].text == "h[t] = x[t-2]"
    assert expanded(text).dims["k"].fixed
    assert codes(text.replace("k = 2", "k")) == ["RNN220"]


def test_a_mirrored_cell_turns_offsets_positions_and_ends_around() -> None:
    cell = """\
cell Cell(n):
    index t : sequence
    index m : 1..3
    input x[t]
    param w[m] : scalar
    h[t] : n = x[t-1] + x[t+2] * t + first(x) + last(x[t-1] over t) + sum(w[m-1] over m) * length(t)
    output h[t]

"""
    model = expanded(net("h[t] = Cell(n)(x[t-1]) backward over t\noutput h[t]", cells=cell))
    assert texts(model) == [
        "h.x[t] = x[t-1]",
        (
            "h[t] = h.x[t+1] + h.x[t-2] * (length(t) + 1 - t) + last(h.x[t] over t) + first(h.x[t+1] over t)"
            " + sum(h.w[h.m-1] over h.m) * length(t)"
        ),
    ]


def test_a_mirrored_range() -> None:
    cell = """\
cell Cell(n):
    index m : 1..4
    input a[m]
    param w[m]
    h[m] : n = a[m-1] + h[m-1] + w[m] + a[1] + m
    output h[m]

"""
    body = "index m : 1..4\nparam b[m]\nh[m] = Cell(n)(b[m]) backward over m\noutput h[m], x[t]"
    model = expanded(net(body, cells=cell))
    assert model.equations["h"].text == "h[m] = h.a[m+1] + h[m+1] + h.w[-m+5] + h.a[4] + (5 - m)"


def test_a_read_inside_a_cell_from_outside_is_not_mirrored() -> None:
    cell = "cell Cell(n):\n    index t : sequence\n    input x[t]\n    h[t] : n = x[t] + h[t-1]\n    output h[t]\n\n"
    model = expanded(net("h[t] = Cell(n)(x[t]) backward over t\ng[t] = h.x[t-1]\noutput g[t], h[t]", cells=cell))
    assert model.equations["g"].text == "g[t] = h.x[t-1]"


def test_both_places_are_shown_where_sets_are_mixed() -> None:
    (found,) = mistakes(net("index s : sequence\ng[s] = x[s]\noutput g[s]"))
    assert found.code == "RNN403"
    assert [label.span.line for label in found.labels] == [3]


def test_data_dependent_offsets_are_not_supported_yet() -> None:
    assert codes(net("d = 1\nh[t] = x[t-d]\noutput h[t]")) == ["RNN490"]
    assert codes(net("h[t] = x[t-10001]\noutput h[t]")) == ["RNN506"]


def test_accesses_are_in_the_order_of_the_declaration() -> None:
    model = expanded(net("index m : 1..3\nh[m, t] = x[t] * m\ng[t] = h[2, t-1]\noutput g[t]"))
    value = model.equations["g"].value
    assert isinstance(value, Read)
    assert [str(access) for access in value.at] == ["2", "t-1"]


GRID = """\
cell Grid(n):
    index i, j : sequence
    input a[i, j]
    h[i, j] : n = a[i, j] + h[i-1, j] + h[i, j-2] + i + first(a[i, j+1] over i, j)
    output h[i, j]

"""


@pytest.mark.parametrize(
    ("direction", "meant"),
    [
        ("", "g.a[s, t] + g[s-1, t] + g[s, t-2] + s + first(g.a[s, t+1] over s, t)"),
        (
            " backward over s",
            "g.a[s, t] + g[s+1, t] + g[s, t-2] + (length(s) + 1 - s) + last(first(g.a[s, t+1] over t) over s)",
        ),
        (
            " backward over t",
            "g.a[s, t] + g[s-1, t] + g[s, t+2] + s + last(first(g.a[s, t-1] over s) over t)",
        ),
        (
            " backward over t, s",
            "g.a[s, t] + g[s+1, t] + g[s, t+2] + (length(s) + 1 - s) + last(g.a[s, t-1] over s, t)",
        ),
    ],
)
def test_mirrored_grids(direction: str, meant: str) -> None:
    model = expanded(grove(f"q[s, t] = u[s] * x[t]\ng[s, t] = Grid(n)(q[s, t]){direction}\noutput g[s, t]", cells=GRID))
    assert model.equations["g"].text == f"g[s, t] = {meant}"


def test_a_point_of_a_mirrored_index_is_counted_from_its_other_end() -> None:
    cell = """\
cell Look(n):
    index i, j : sequence
    input a[i]
    input q[j] : point(i)
    h[i, j] : n = a[i] if i == q[j] else 0
    output h[i, j]

"""
    body = "g[s, t] = Look(n)(u[s], p[t]) backward over {}\noutput g[s, t]"
    model = expanded(grove(body.format("s"), cells=cell))
    assert model.equations["g"].text == "g[s, t] = g.a[s] if length(s) + 1 - s == length(s) + 1 - g.q[t] else 0"
    assert expanded(grove(body.format("t"), cells=cell)).equations["g"].text == "g[s, t] = g.a[s] if s == g.q[t] else 0"


def test_a_place_of_a_child_over_a_mirrored_range_turns_around() -> None:
    cell = """\
cell Pick(n):
    index v : tree
    index j : 1..3
    input x[v]
    h[v, j] : n = x[child(v, j)]
    output h[v, j]

"""
    model = expanded(grove("g[v, m] = Pick(n)(z[v]) backward over m\noutput g[v, m]", cells=cell))
    assert model.equations["g"].text == "g[v, m] = g.x[child(v, -m+4)]"


@pytest.mark.parametrize("point", ["x[s]", "x[v]", "x[child(v, 1)]", "x[t-s]", "x[2]", "W[t] @ x[t]", "W[s+1]"])
def test_points_of_other_sets_are_refused(point: str) -> None:
    (found,) = mistakes(grove(f"param W[m]\nh[v, s, t] = {point}\noutput h[v, s, t]"))
    assert (found.code, bool(found.help), len(found.labels)) == ("RNN403", True, 1)


def test_a_range_says_which_child() -> None:
    (found,) = mistakes(grove("param W[m]\nh[v] = sum(W[k] @ z[k] over k)\noutput h[v]"))
    assert (found.code, "`h[child(v, m)]`" in found.help) == ("RNN403", True)
