"""Points and accesses, mirrored ones included."""

import pytest

from rnndsl.semantics.model import Read
from tests.semantics.specs import codes, expanded, mistakes, net, texts


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
