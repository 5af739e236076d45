"""Folded graphs as SVG."""

import re
import xml.etree.ElementTree as ET

from rnndsl.diagnostics.span import Span
from rnndsl.viz.fold import Folded, Item, Link
from rnndsl.viz.looks import LOOKS
from rnndsl.viz.svg import draw_svg, known_kinds, label, tip, write_svg
from rnndsl.viz.tracing import MOST, draw
from tests.viz.models import PAIR, library, typed_of

SPACE = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (what is read was written here)


def groups(svg: str, kind: str) -> list[ET.Element]:
    return [g for g in parsed(svg).iter(f"{SPACE}g") if kind in g.get("class", "").split()]


def test_nodes_have_names_and_titles_with_their_lines() -> None:
    nodes = groups(draw_svg(typed_of(PAIR)) or "", "node")
    titles = {node.get("data-name"): node.findtext(f"{SPACE}title") or "" for node in nodes}
    assert set(titles) == {"x", "a", "h.z", "h", "g.x", "g.z", "g"}
    assert titles["a"] == "a[t] = A @ h[t-1] + x[t]\nstate, shape n\n<text>:12"


def test_squares_say_where_is_read() -> None:
    delays = groups(draw_svg(typed_of(PAIR)) or "", "delay")
    assert sorted("".join(delay.itertext()).split("\n")[-1][-3:] for delay in delays) == [
        "t\N{MINUS SIGN}1", "t\N{MINUS SIGN}1", "t\N{MINUS SIGN}1", "t\N{MINUS SIGN}1", "t\N{MINUS SIGN}2",
    ]  # fmt: skip


def test_names_cannot_break_out() -> None:
    evil = '</text><script>alert(1)</script>"&'
    items = {
        evil: Item(evil, evil, (evil,), "equation", "", evil, evil, Span(evil, 1, 1, 1, 2)),
        "c": Item("c", "c", (), "state", "c", "c", "n", Span()),
    }
    links = (Link(evil, evil, evil, step=True), Link(evil, "c", "", evil), Link("c", evil, "t-1", step=True))
    svg = write_svg(draw(Folded(evil, items, links, {"c": evil})))
    root = parsed(svg)
    assert [element for element in root.iter() if "script" in element.tag] == []
    assert evil in "".join(root.itertext())


def test_a_picture_needs_nothing_else_and_is_the_same_again() -> None:
    svg = draw_svg(typed_of(PAIR))
    assert svg is not None
    assert svg == draw_svg(typed_of(PAIR))
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]
    assert 'id="' not in svg, "several pictures on one page must not meddle with each other"
    assert parsed(svg).findtext(f"{SPACE}title") == "Pair"


def test_the_legend_names_the_kinds_that_occur() -> None:
    folded = library("models/elman.rnn")
    (legend,) = groups(write_svg(draw(folded)), "legend")
    assert [text.text for text in legend.iter(f"{SPACE}text")] == [
        "input", "target", "equation", "state", "likelihood",
    ]  # fmt: skip
    assert known_kinds(["state", "input", "state"]) == ["input", "state"]


def test_every_kind_has_a_look() -> None:
    assert {item.kind for item in library("models/show_attend_tell.rnn", params=True).items.values()} <= set(LOOKS)


def test_an_arrowhead_points_where_it_is_told() -> None:
    assert 'points="5,5 8.6,13 1.4,13"' in tip((5.0, 5.0, 0.0, -1.0))


def test_names_with_one_letter_have_a_subscript() -> None:
    assert label(0.0, 0.0, "h_1[t]", 10.0).endswith(
        '>h<tspan dy="2.8" font-size="7.4">1</tspan><tspan fill="#6b6b66" class="pale" dy="-2.8">[t]</tspan></text>'
    )
    assert ">gate_x<" in label(0.0, 0.0, "gate_x", 10.0)


def test_what_nobody_can_look_at_is_not_drawn() -> None:
    lines = ["model Long(n = 2):", "    index t : sequence", "    input x[t] : n", "    a_0[t] = x[t]"]
    lines += [f"    a_{k}[t] = a_{k - 1}[t]" for k in range(1, MOST + 1)]
    assert draw_svg(typed_of((*lines, f"    output a_{MOST}[t]"))) is None
