"""The loops of a spec in words."""

from typing import Any

from rnndsl.cli.loops import explain_loops
from rnndsl.compiler import check
from tests.cli.pictures import GRID, SPECS
from tests.codegen.programs import PROGRAMS


def explained(name: str, *, equations: bool = False) -> tuple[dict[str, Any], list[str]]:
    return explain_loops(check(SPECS / name), equations=equations)


def equation(content: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (row for row in content["equations"] if row["name"] == name)
    assert isinstance(found, dict)
    return found


def test_fronts_are_named() -> None:
    content, lines = explained("models/four_way.rnn")
    assert lines[:7] == [
        "FourWay: 4 loops, 4 more for the gradient",
        "",
        "loop 1   p: fronts i + j upward (anti-diagonals), from i = 1, j = 1",
        "loop 2   q: fronts i - j downward (diagonals), from i = last, j = 1",
        "loop 3   r: fronts i - j upward (diagonals), from i = 1, j = last",
        "loop 4   s: fronts i + j downward (anti-diagonals), from i = last, j = last",
        "no loop  z, y.nll",
    ]
    assert "no loop  d y.nll, d z, d x" in lines or "no loop  d x, d z, d y.nll" in lines
    assert content["loops"][1]["walk"] == [["i", 1], ["j", -1]]
    assert not content["loops"][1]["forward"]
    assert [loop["gradient"] for loop in content["loops"]] == [False] * 4 + [True] * 4
    assert "equations" not in content


def test_trees_and_attention() -> None:
    _, tree = explained("models/tree_lstm.rnn")
    assert "loop 1   c, h: from the leaves of n to its root, all k at once" in tree
    assert "         in it: hs, f, i, o, u, c, h" in tree
    content, _ = explained("models/translate.rnn")
    assert [(loop["states"], loop["words"]) for loop in content["loops"][:3]] == [
        (["h"], "s upward"),
        (["g"], "s downward"),
        (["d"], "t upward, all s at once"),
    ]
    assert {"h.x", "a", "y.nll", "d a"} <= set(content["outside"])
    assert {"e", "alpha", "context"} <= set(content["loops"][2]["equations"])


def test_every_equation_with_its_loop_and_cycle() -> None:
    content, lines = explained("models/translate.rnn", equations=True)
    row = equation(content, "context")
    assert row == {
        "name": "context",
        "indices": ["t"],
        "line": 21,
        "gradient": False,
        "loop": 3,
        "direction": "t upward",
        "cycle": "d[t-1] -> e -> alpha -> context -> d.x -> d.z -> d",
        "same_as": None,
        "merged": False,
        "step_products": ["512 over all s"],
        "zero_outside": [],
        "tape_bytes": "2048",
    }
    assert equation(content, "a")["loop"] is None
    assert equation(content, "a")["direction"] == "all s at once"
    assert equation(content, "g.x")["same_as"] == "h.x"
    assert equation(content, "d d")["direction"] == "t downward"
    assert [line.split() for line in lines if line.startswith("h[s]")] == [
        ["h[s]", "loop", "1", "s", "upward", "h[s-1]", "1024", "h[s-1]", "->", "h"]
    ]


def test_every_equation_and_loop_with_what_it_costs() -> None:
    content, lines = explained("models/tree_lstm.rnn", equations=True)
    assert equation(content, "f")["step_products"] == ["U_f: 150 x 150 for all k"]
    assert equation(content, "d hs")["step_products"] == ["150 x 450"]
    assert content["step_products"]["1"] == ["U_f: 150 x 150 for all k", "450 x 150", "150 over all k"]
    assert content["tape_bytes"] == {"n, k": "1800", "n": "3624"}
    assert lines[-1] == "tape     keeps for the gradient, in bytes of float32: 1800 for every n, k, 3624 for every n"
    cell, _ = explained("cells/lstm.rnn", equations=True)
    assert [equation(cell, name)["zero_outside"] for name in ("f", "c", "h")] == [["h[t-1]"], ["c[t-1]"], []]
    assert equation(cell, "f")["step_products"] == ["U_f: n x n"]
    assert cell["step_products"] == {"1": ["4*n x n"]}
    assert not cell["tape_bytes"]


def test_what_passes_merged_is_where_its_cycle_is() -> None:
    content, lines = explained("cells/md_lstm.rnn", equations=True)
    merged = [row for row in content["equations"] if row["merged"]]
    assert merged
    assert all(row["loop"] == 1 and row["cycle"] for row in merged)
    assert {row["name"] for row in merged} <= set(content["loops"][0]["equations"])
    assert "gradient" not in "\n".join(lines)


def test_what_only_a_loop_needs_is_computed_in_it() -> None:
    content, lines = explained("cells/mut1.rnn", equations=True)
    assert (equation(content, "z")["loop"], equation(content, "z")["cycle"]) == (1, None)
    assert any(line.startswith("z[t]") and line.endswith("no cycle, only needed there") for line in lines)


def test_every_equation_is_somewhere() -> None:
    for name in ("models/ntm.rnn", "models/hred.rnn", "models/pixel_labels.rnn", "models/dag_lstm.rnn"):
        content, _ = explained(name, equations=True)
        listed = {each for loop in content["loops"] for each in loop["equations"]} | set(content["outside"])
        assert {row["name"] for row in content["equations"] if not row["same_as"]} == listed
        assert all(row["loop"] is not None for row in content["equations"] if row["cycle"])


def test_points_of_a_range_that_is_written_out_are_equations() -> None:
    content, lines = explain_loops(check(PROGRAMS["LayerAfterLayer"]), equations=True)
    assert lines[:5] == [
        "LayerAfterLayer: 3 loops, 3 more for the gradient",
        "",
        "loop 1   h_1: s upward",
        "loop 2   h_2: s upward",
        "loop 3   h_3: s upward",
    ]
    assert equation(content, "h_2")["loop"] == 2
    assert equation(content, "h_2")["cycle"] == "h_2[s-1] -> h_2"
    assert equation(content, "h")["loop"] is None


def test_a_model_without_recurrence_has_no_loop() -> None:
    plain = [line.replace(" + h[i-1, j] + h[i, j+1]", "") for line in GRID]
    _, lines = explain_loops(check("\n".join(plain) + "\n"), equations=False)
    assert lines == ["Grid: no loops", "", "no loop  h, z"]


def test_lines_break_between_names() -> None:
    _, lines = explained("models/ntm.rnn")
    assert max(map(len, lines)) <= 100
    assert not any(line.endswith(" d") for line in lines)
