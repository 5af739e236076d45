"""Specs that import nothing, cells in models, descent, identity."""

from pathlib import Path

import pytest

import rnndsl
from rnndsl.cli.specs import find_spec
from rnndsl.diagnostics.diagnostic import DataError, SpecError
from rnndsl.evolve.genome import NAMELESS, ORIGIN, descended, identity, placed, self_contained
from rnndsl.semantics.check import check
from tests.evolve.cells import ELMAN, GRU, LANGUAGE, WHOLE


def contained(name: str) -> str:
    path = find_spec(name)
    return self_contained(path.read_text(encoding="utf-8"), path)


@pytest.mark.parametrize("name", ["char_lstm", "translate", "ntm_heads", "lstm", "word_lm"])
def test_a_spec_that_imports_nothing_is_the_same_program(name: str) -> None:
    text = contained(name)
    assert "import" not in text
    mine, before = check(text).model, check(find_spec(name)).model
    assert list(mine.quantities) == list(before.quantities)
    assert [str(one.shape) for one in mine.quantities.values()] == [
        str(one.shape) for one in before.quantities.values()
    ]


def test_comments_stand_above_what_they_stood_above() -> None:
    lines = contained("char_lstm").splitlines()
    assert lines[0].startswith("# Hochreiter")
    assert lines[1] == "cell LSTM(n):"
    at = lines.index("model CharLSTM(vocab, hidden = 256, layers = 2):")
    assert lines[at - 1].startswith("# Graves (2013)")
    assert lines[at - 2] == ""


def test_models_of_imported_files_stay_away() -> None:
    assert contained("ntm_heads").count("\nmodel ") == 1


def test_two_cells_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.rnn").write_text(ELMAN)
    (tmp_path / "b.rnn").write_text(f'from "a.rnn" import Elman\n\n{ELMAN.replace("Elman", "B")}')
    spec = f'from "b.rnn" import B\n\n{ELMAN}\n{LANGUAGE.replace("Elman", "B")}'
    with pytest.raises(DataError, match="RNN752: two cells named Elman"):
        self_contained(spec, tmp_path / "net.rnn")


def test_a_missing_import_is_told() -> None:
    with pytest.raises(SpecError, match="RNN5"):
        self_contained('from "nothing.rnn" import Elman\n\nmodel A:\n    loss 1\n')


def test_a_cell_takes_the_place_of_another_one() -> None:
    text = placed(GRU, f"# A cell.\n{ELMAN}\n# Above the model.\n{LANGUAGE}# below\n")
    assert "cell GRU" in text
    assert "Elman" not in text
    assert "# A cell." not in text
    assert "# Above the model.\nmodel Language" in text
    assert "h[t] = GRU(hidden)(y[t-1])" in text
    with pytest.raises(SpecError, match="RNN3"):
        check(text)  # this GRU's input has n components, the symbol has another number
    assert rnndsl.compile(placed(GRU.replace("x[t] : n", "x[t]"), WHOLE), dims={"vocab": 4}).params


def test_lets_and_loops_apply_the_new_cell_too() -> None:
    model = LANGUAGE.replace(
        "    h[t] =", "    let e = Elman(hidden)\n    for l in 1..2:\n        k_{l}[t] = e(y[t-1])\n    h[t] ="
    )
    assert placed(GRU, f"{ELMAN}\n{model}").count("GRU(hidden)") == 2


@pytest.mark.parametrize(
    ("cell", "model", "message"),
    [
        (GRU, LANGUAGE.replace("Elman(hidden)(y[t-1])", "tanh(c)"), "Language applies no cell"),
        (GRU, ELMAN, "the spec applies no cell"),
        (WHOLE, WHOLE, "Language cannot take the place"),
        (GRU.replace("GRU", "Language"), WHOLE, "Language cannot take the place"),
        (
            GRU,
            f"{ELMAN}\n{ELMAN.replace('Elman', 'B')}\n{LANGUAGE}    loss sum(last(B(hidden)(y[t-1])))\n",
            "Language applies B, Elman",
        ),
    ],
)
def test_what_cannot_be_put_together_is_refused(cell: str, model: str, message: str) -> None:
    with pytest.raises(DataError, match=f"RNN752: {message}"):
        placed(cell, model)


def test_descent_replaces_the_parents_and_keeps_the_origin() -> None:
    child = descended(f"# Elman (1990).\n{ELMAN}", ["elman-1:", "  one"])
    assert child == f"# elman-1:\n#   one\n{ORIGIN}# Elman (1990).\n{ELMAN}"
    assert descended(child, ["elman-2:"]) == f"# elman-2:\n{ORIGIN}# Elman (1990).\n{ELMAN}"
    assert descended(descended(ELMAN, ["a:"]), ["b:"]) == f"# b:\n{ORIGIN}{NAMELESS}{ELMAN}"


def test_identity_is_what_is_said_without_comments() -> None:
    assert identity(f"# other\n{ELMAN}") == identity(ELMAN.replace("W @ h", "W  @  h"))
    assert identity(ELMAN) != identity(ELMAN.replace("tanh", "relu"))
    assert identity("no spec") == identity("no spec") != identity("none")
