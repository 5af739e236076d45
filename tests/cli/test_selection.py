"""What a picture shows, and what kind of thing it is."""

import click
import pytest

from rnndsl.cli.selection import Selection
from rnndsl.cli.view import View
from rnndsl.compiler import build, check
from tests.cli.pictures import MEMORY, SPECS, graph_of


def kinds(name: str, view: View) -> dict[str, str]:
    """Return the kinds of all names that are shown of a spec of the library."""
    selection = Selection.of(build(check(SPECS / name)), view)
    return {quantity.name: selection.kinds[number] for number, quantity in selection.shown.items()}


def test_a_cell_is_shown_by_its_value_unless_asked() -> None:
    closed = kinds("models/char_lstm.rnn", View())
    assert closed == {
        "y": "target",
        "h_1": "state",
        "h_2": "state",
        "y.logits": "output",
        "y.nll": "likelihood",
        "loss": "loss",
    }
    opened = kinds("models/char_lstm.rnn", View(cells=True))
    assert opened["h_1.c"] == "state"
    assert opened["h_1.f"] == "equation"
    assert closed.items() <= opened.items()


def test_every_node_has_a_name_of_its_own_with_all() -> None:
    graph = build(check(SPECS / "models/four_way.rnn"))
    selection = Selection.of(graph, View(everything=True))
    assert set(selection.shown) == set(graph.nodes)
    assert len({quantity.name for quantity in selection.shown.values()}) == len(graph.nodes)
    assert {"parameter", "operator"} <= set(selection.kinds.values())


def test_only_what_is_asked_for() -> None:
    assert kinds("models/tree_lstm.rnn", View(only=("h", "x"))) == {"x": "input", "h": "state"}
    with pytest.raises(click.UsageError, match=r"--only: TreeLSTM has no quantity `hss`\. Did you mean `hs`\?"):
        kinds("models/tree_lstm.rnn", View(only=("hss",)))


def test_earlier_values_of_states_that_are_not_shown_are_far() -> None:
    graph = graph_of(MEMORY)
    assert Selection.of(graph, View()).far == frozenset()
    far = Selection.of(graph, View(only=("x", "z"))).far
    state = graph.equations["M"].node
    assert far
    assert all(graph.nodes[number].operands[0] == state for number in far)


def test_a_family_is_one_vertex_where_its_range_is_closed() -> None:
    graph = graph_of(MEMORY)
    selection = Selection.of(graph, View())
    node = graph.equations["M"].node
    t, m = graph.nodes[node].domain
    assert selection.vertex(graph, (node, (2,)), {m})[:5] == ("M@2", "M", "state", (t,), (2,))
    assert selection.vertex(graph, (node, (2, 7)), ())[:5] == ("M@(2,7)", "M", "state", (t, m), (2, 7))
