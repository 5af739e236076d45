"""What a folded graph consists of."""

from rnndsl.diagnostics.span import Span
from rnndsl.viz.fold import describe, place_of
from tests.cli.pictures import GRID, TREE
from tests.viz.models import PAIR, folded_of, library, needs


def test_delays_are_what_the_equations_read_elsewhere() -> None:
    assert needs(library("models/elman.rnn")) == {
        "h [t-1] -> h", "x -> h", "h -> o", "y -> y.nll", "o -> y.nll",
    }  # fmt: skip
    assert {"h [i-1] -> h", "h [j+1] -> h", "h -> z"} <= needs(folded_of(GRID))
    assert {"h [child k] -> f", "h [root] -> z"} <= needs(folded_of(TREE))


def test_arguments_that_pass_something_on_are_no_quantities() -> None:
    folded = folded_of(PAIR)
    assert set(folded.items) == {"x", "a", "h.z", "h", "g.x", "g.z", "g"}
    assert {"a [t-1] -> h.z", "a [t-1] -> h", "a -> g.x", "h [t-2] -> g.x", "g.x -> g.z"} <= needs(folded)


def test_what_an_init_begins_with() -> None:
    assert "x [first] -> g (init)" in needs(folded_of(PAIR))


def test_kinds() -> None:
    kinds = {name: item.kind for name, item in folded_of(PAIR).items.items()}
    assert kinds == {
        "x": "input", "a": "state", "h.z": "equation", "h": "state",
        "g.x": "equation", "g.z": "equation", "g": "state",
    }  # fmt: skip
    assert library("models/ntm.rnn").items["read.mixed"].kind == "equation"  # m-j is no step
    assert library("models/elman.rnn").items["y.nll"].kind == "likelihood"
    assert library("models/show_attend_tell.rnn").items["loss"].kind == "loss"


def test_outputs_are_marked() -> None:
    assert {name for name, item in folded_of(PAIR).items.items() if item.returned} == {"g"}
    assert folded_of(GRID).items["z"].returned


def test_parameters_are_there_if_asked_for() -> None:
    assert {"A", "h.W", "g.b"} <= set(folded_of(PAIR, params=True).items)
    assert {"A -> a", "h.W -> h.z"} <= needs(folded_of(PAIR, params=True))


def test_scopes_are_uses_of_cells() -> None:
    folded = folded_of(PAIR)
    assert folded.cells == {"h": "Keep", "g": "Keep"}
    assert {name: item.scope for name, item in folded.items.items() if item.scope} == {
        "h.z": "h", "h": "h", "g.x": "g", "g.z": "g", "g": "g",
    }  # fmt: skip
    assert (folded.items["h.z"].label, folded.items["h"].label) == ("z", "h")


def test_a_description_is_equation_shape_and_line() -> None:
    text = describe(library("models/elman.rnn").items["h"])
    assert text.splitlines() == ["h[t] = tanh(W @ h[t-1] + U @ x[t] + b)", "state, shape hidden", "elman.rnn:8"]


def test_places_do_not_tell_where_on_a_machine_a_file_is() -> None:
    assert place_of(Span("/home/someone/net.rnn", 3, 1, 3, 2)) == "net.rnn:3"
    assert place_of(Span("cells/lstm.rnn", 3, 1, 3, 2)) == "cells/lstm.rnn:3"
