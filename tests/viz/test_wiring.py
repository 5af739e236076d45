"""Squares and loops."""

from rnndsl.viz.fold import Link
from rnndsl.viz.wiring import scopes_around, shared_scope, wire_up
from tests.viz.models import PAIR, folded_of, library


def test_every_delay_has_its_square_or_loop() -> None:
    for folded in (folded_of(PAIR), library("models/ntm.rnn"), library("models/translate.rnn")):
        wiring = wire_up(folded)
        drawn = {(square.source, square.delay) for square in wiring.squares.values()}
        drawn |= {(name, delay) for name, delays in wiring.loops.items() for delay in delays}
        assert drawn == {(link.source, link.delay) for link in folded.links if link.delay}


def test_a_square_stands_in_the_innermost_cell_around_both_ends() -> None:
    scopes = {(s.source, s.delay, s.scope) for s in wire_up(library("models/translate.rnn")).squares.values()}
    assert {("d", "t-1", "d"), ("d", "t-1", ""), ("g", "s+1", "g"), ("y", "t-1", "")} <= scopes


def test_who_alone_reads_itself_has_a_loop() -> None:
    wiring = wire_up(library("models/char_lstm.rnn"))
    assert wiring.loops == {"h_1.c": ("t-1",), "h_2.c": ("t-1",)}
    assert wire_up(library("models/four_way.rnn")).loops["s"] == ("i+1", "j+1")


def test_every_need_has_a_wire() -> None:
    folded = folded_of(PAIR)
    wiring = wire_up(folded)
    wired = {(wire.origin, wire.end) for wire in wiring.wires} | {(name, name) for name in wiring.loops}
    assert wired == {(link.source, link.target) for link in folded.links}


def test_only_steps_lead_back() -> None:
    back = {wire.source for wire in wire_up(library("models/ntm.rnn")).wires if wire.back}
    assert "read" in back
    assert "read.mixed" not in back


def test_scopes_end_with_the_model() -> None:
    folded = folded_of(PAIR)
    assert list(scopes_around(folded, "h")) == ["h", ""]
    assert shared_scope(folded, Link("h.z", "h")) == "h"
    assert shared_scope(folded, Link("h", "g.x")) == ""
