"""Blocks within blocks."""

from rnndsl.viz.compound import ENTERING, HIGH, LEAVING, Plan, half_width, written
from rnndsl.viz.fold import Folded
from rnndsl.viz.wiring import wire_up
from tests.viz.models import PAIR, folded_of, library


def plan(folded: Folded) -> Plan:
    return Plan(folded, wire_up(folded))


def test_a_cell_is_a_box_with_ports() -> None:
    block = plan(folded_of(PAIR)).block()
    assert set(block.inner) == {"h", "g"}
    inside = block.inner["g"]
    assert {ENTERING + "a", ENTERING + "x", "g.x", "g.z", "g"} <= set(inside.sizes)
    assert LEAVING + "h" in block.inner["h"].sizes
    assert LEAVING + "g" not in inside.sizes, "nobody outside needs it"
    for port in (ENTERING + "a", LEAVING + "h"):
        owner = block.inner["h"] if port.endswith("h") else inside
        assert abs(owner.port(port)) < owner.width / 2
        assert abs(abs(owner.place(port)[1]) - owner.height / 2) < 1e-6, "ports are on the border"


def test_a_title_names_the_use_and_the_cell() -> None:
    assert plan(folded_of(PAIR)).title("h") == "h : Keep"


def test_loops_need_room() -> None:
    folded = library("models/four_way.rnn")
    item = folded.items["p"]
    size = plan(folded).item_size(item)
    assert size.left > half_width(item) + HIGH / 2
    assert size.right > half_width(item) + HIGH / 2


def test_arrows_end_at_who_needs() -> None:
    lines = [line for line in plan(library("models/elman.rnn")).block().lines if line.arrow]
    assert {(line.edge.source, line.edge.target) for line in lines} == {
        ("x", "h"), ("h", "o"), ("o", "y.nll"), ("y", "y.nll"),
    }  # fmt: skip


def test_labels_are_wide_enough() -> None:
    item = library("models/ntm.rnn").items["read.sharpness"]
    assert written(item) == "sharpness[t]"
    assert half_width(item) > half_width(item._replace(label="s")) > 0
