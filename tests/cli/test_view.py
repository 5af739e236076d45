"""How many points a picture has, and what is said where the options do not fit the model."""

from typing import Any

import click
import pytest

from rnndsl.cli.main import run
from rnndsl.cli.view import DIAMOND, MOST, View, check_points, lengths_of, structure_of, usual_structure, viewing
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.indices import Index
from tests.cli.pictures import ATTENTION, GRID, TREE, graph_of

DAG = tuple(line.replace(": tree", ": dag") for line in TREE)
TERNARY = (
    "model Ternary(n = 2, most = 3):",
    "    index m : tree",
    "    index j : 1..most",
    "    input x[m] : n",
    "    h[m] : n = tanh(x[m] + sum(h[child(m, j)] over j))",
    "    output z = root(h[m] over m)",
)


def seen(*arguments: str) -> View:
    """Return what the options give to a command."""
    found: list[View] = []

    @click.command()
    @viewing
    def command(*, view: View) -> None:
        found.append(view)

    command.main(list(arguments), standalone_mode=False)
    return found[0]


def index_of(lines: tuple[str, ...], name: str) -> tuple[Any, Index]:
    graph = graph_of(lines)
    return graph, next(index for index in graph.indices if index.name == name)


def test_options() -> None:
    view = seen("--steps", "t=3, s=2,5", "--structure", "n=[[1],[]]", "--only", "h", "--only", "x", "--cells", "--all")
    assert view == View({"t": 3, "s": 2, None: 5}, {"n": [[1], []]}, ("h", "x"), cells=True, everything=True)
    assert seen().steps == {None: 4}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--steps", "many"), "'many' is neither a number nor NAME=NUMBER, such as 4 or t=3,s=4"),
        (("--steps", "0"), "0 is not in the range"),
        (("--steps", f"t={MOST + 1}"), f"{MOST + 1} is not in the range"),
        (("--steps", "t=2,t=3"), "t is given twice"),
        (("--steps", "2,3"), "the number of all sequences is given twice"),
        (("--structure", "[[1],[]]"), "is not NAME=JSON, such as 'n=[[1,2],[],[]]'"),
        (("--structure", "n=[[1,2],[],[]"), "is not JSON (Expecting ',' delimiter at character 13)"),
        (("--structure", "n=[[]]", "--structure", "n=[[]]"), "n is given twice"),
    ],
)
def test_options_that_cannot_be_read(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        seen(*arguments)
    assert message in caught.value.message


def test_lengths() -> None:
    graph = graph_of(ATTENTION)
    assert lengths_of(graph, View()) == {"s": [4], "t": [4]}
    assert lengths_of(graph, View({None: 3, "s": 2})) == {"s": [2], "t": [3]}
    assert lengths_of(graph_of(TREE), View({None: 3})) == {}


def test_names_that_are_no_sequence() -> None:
    with pytest.raises(click.UsageError, match="Attend has no sequence `q`; it has `s`, `t`"):
        lengths_of(graph_of(ATTENTION), View({"q": 3}))
    with pytest.raises(click.UsageError, match=r"`m` is a tree; give it as --structure 'm=\[\[1,2\],\[\],\[\]\]'"):
        lengths_of(graph_of(TREE), View({"m": 3}))
    with pytest.raises(click.UsageError, match="Attend has no tree or dag `s`; it has none"):
        structure_of(graph_of(ATTENTION), View(structure={"s": [[]]}))


def test_a_structure_is_checked_as_data_is() -> None:
    graph = graph_of(TREE)
    assert structure_of(graph, View(structure={"m": [[], [0]]})) == {"m": [[[], [0]]]}
    with pytest.raises(DataError, match="--structure: node 0 of `m` has child 3, but the nodes are 0 to 1"):
        structure_of(graph, View(structure={"m": [[3], []]}))
    with pytest.raises(DataError, match="--structure: nodes of `m` are children of one another: 0 -> 1 -> 0"):
        structure_of(graph, View(structure={"m": [[1], [0]]}))
    with pytest.raises(DataError, match="--structure: node 2 of `m` is a child of node 0 and of node 1"):
        structure_of(graph, View(structure={"m": [[1, 2], [2], []]}))
    several: tuple[Any, ...] = ({"1": []}, 3, "n", [[], "x"])
    for wrong in several:
        with pytest.raises(DataError, match="--structure"):
            structure_of(graph, View(structure={"m": wrong}))


def test_the_usual_structure_fits_the_model() -> None:
    assert usual_structure(*index_of(TREE, "m")) == ((1, 2), (3, 4), (5, 6), (), (), (), ())
    assert usual_structure(*index_of(DAG, "m")) == DIAMOND
    ternary = usual_structure(*index_of(TERNARY, "m"))
    assert ternary[0] == (1, 2, 3)
    assert len(ternary) == 1 + 3 + 9
    bushy = tuple(line.replace("most = 3", "most = 5") for line in TERNARY)
    assert usual_structure(*index_of(bushy, "m")) == ((1, 2, 3, 4, 5), *((),) * 5)
    for lines in (TREE, DAG, TERNARY, bushy):
        structure_of(graph_of(lines), View(structure={"m": usual_structure(*index_of(lines, "m"))}))


def test_too_many_points_are_refused() -> None:
    graph = graph_of(GRID)
    check_points(graph, {"i": [25], "j": [40]}, {})
    with pytest.raises(click.UsageError, match=r"40 x 40 = 1600 points of \[i, j\] are too many to draw"):
        check_points(graph, {"i": [40], "j": [40]}, {})
    with pytest.raises(click.UsageError, match=r"1001 points of \[m\] are too many"):
        check_points(graph_of(TREE), {}, {"m": [[[]] * 1001]})


def test_mistakes_are_told_at_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["unfold", "tree_lstm", "--structure", "n=[[1],[0]]"]) == 2
    assert "RNN616" in capsys.readouterr().err
    assert run(["unfold", "translate", "--steps", "r=3"]) == 2
    assert "Translate has no sequence `r`" in capsys.readouterr().err
