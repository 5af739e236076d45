"""`rnndsl new`."""

import json
from pathlib import Path

import click
import pytest

import rnndsl
from rnndsl.cli.library import entries
from rnndsl.cli.main import run
from rnndsl.cli.new import TEMPLATE, LibraryName, drafted
from rnndsl.locations import data_folder
from rnndsl.verify import verify

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_copy_bears_the_name_of_its_file_and_keeps_its_paper(folder: Path, capsys: Capture) -> None:
    assert run(["new", "my_cell", "--from", "lstm"]) == 0
    seen = capsys.readouterr()
    assert seen.out.startswith("wrote my_cell.rnn: cell MyCell, begun from cells/lstm\n")
    assert '  from "my_cell.rnn" import MyCell ' in seen.out
    first, rest = (folder / "my_cell.rnn").read_text(encoding="utf-8").split("\n", 1)
    assert first == "# MyCell: say here what is new. Begun from cells/lstm of rnndsl's library:"
    original = (data_folder("specs") / "cells" / "lstm.rnn").read_text(encoding="utf-8")
    assert rest == original.replace("cell LSTM(n):", "cell MyCell(n):")


def test_a_cell_that_was_begun_is_used_as_the_advice_says(folder: Path, capsys: Capture) -> None:
    assert run(["new", "my_cell", "--from", "gru"]) == 0
    advice = next(line.strip() for line in capsys.readouterr().out.splitlines() if "import" in line)
    text = f"{advice}\nmodel A():\n    index t : sequence\n    input x[t] : 3\n    output h[t] = MyCell(2)(x[t])\n"
    (folder / "a.rnn").write_text(text, encoding="utf-8")
    assert "h.U_r" in rnndsl.compile(folder / "a.rnn").params


def test_without_from_a_first_model_explains_itself(folder: Path, capsys: Capture) -> None:
    assert run(["new", "my_net"]) == 0
    out = capsys.readouterr().out
    text = (folder / "my_net.rnn").read_text(encoding="utf-8")
    assert "model MyNet(vocab" in text
    assert text.count("#") >= 8
    assert verify(folder / "my_net.rnn", seed=0).ok
    advised = [line.split("#")[0].split() for line in out.splitlines() if line.startswith("  rnndsl")]
    assert [command[1] for command in advised] == ["check", "explain", "verify", "train"]
    for command in advised[:2]:
        assert run(command[1:]) == 0
    assert run(["fmt", "--check", "my_net.rnn"]) == 0


def test_the_first_model_learns_a_text(folder: Path, capsys: Capture) -> None:
    assert run(["new", "my_net"]) == 0
    (folder / "text.txt").write_text("abc" * 400, encoding="utf-8")
    assert run(["train", "my_net.rnn", "--data", "text.txt", "--steps", "3", "--out", "run"]) == 0
    assert "MyNet" in capsys.readouterr().out


def test_every_spec_of_the_library_can_be_begun_from() -> None:
    for entry in entries():
        draft = drafted(entry.path, "own_2", borrowed=True)
        assert f"\n{entry.kind} Own2(" in draft.text, entry.name
        assert (draft.kind, draft.name) == (entry.kind, "Own2")
    assert drafted(data_folder("specs") / TEMPLATE, "own", borrowed=False).text.startswith("# Say here")


def test_a_model_with_cells_beside_it_is_renamed_alone() -> None:
    text = drafted(data_folder("specs") / "models" / "ntm.rnn", "ownTM", borrowed=True).text
    assert "\nmodel OwnTM(" in text
    assert "\ncell Head(" in text


def test_what_stands_beside_the_original_is_imported_from_the_library(folder: Path) -> None:
    assert run(["new", "own", "--from", "ntm_heads"]) == 0
    assert "\nfrom models import Head\n" in (folder / "own.rnn").read_text(encoding="utf-8")
    assert run(["check", "own.rnn"]) == 0


def test_folders_and_the_ending_may_be_given(folder: Path, capsys: Capture) -> None:
    (folder / "nets").mkdir()
    assert run(["new", "nets/a.rnn", "--from", "models/elman", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {
        "ok": True,
        "exit_code": 0,
        "path": str(Path("nets", "a.rnn")),
        "kind": "model",
        "name": "A",
        "from": "models/elman",
    }
    assert (folder / "nets" / "a.rnn").is_file()


def test_nothing_is_overwritten(folder: Path, capsys: Capture) -> None:
    (folder / "a.rnn").write_text("mine", encoding="utf-8")
    (folder / "b.rnn").symlink_to(folder / "nowhere")
    for name in ("a", "b"):
        assert run(["new", name]) == 2
        assert f"{name}.rnn exists, and is left as it is" in capsys.readouterr().err
    assert (folder / "a.rnn").read_text(encoding="utf-8") == "mine"
    assert not (folder / "nowhere").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["my-cell"], "'my-cell' cannot name a spec: a letter, then letters, digits and _. Try my_cell."),
        (["v1.2"], "Try v1_2."),
        (["1"], "'1' cannot name a spec: a letter, then letters, digits and _.\n"),
        ([""], "'' cannot name a spec"),
        (["x/"], "'' cannot name a spec"),
        (["a" * 65], "cannot name a spec"),
        (["nets/a"], "nets is no folder. Make it first."),
        (["a", "--from", "lsmt"], "lsmt is not in the library. Did you mean lstm?"),
        (["a", "--from", "qqqqqqq"], "`rnndsl list` shows what there is."),
        (["LSTM", "--from", "char_lstm"], "LSTM cannot name this model: `LSTM` is imported, but the name is taken."),
        ([], "Missing argument 'NAME'"),
    ],
)
def test_mistakes_have_a_way_out_and_write_nothing(
    arguments: list[str], message: str, folder: Path, capsys: Capture
) -> None:
    assert run(["new", *arguments]) == 2
    seen = capsys.readouterr()
    assert message in seen.err
    assert (seen.out, list(folder.iterdir())) == ("", [])


def test_the_shell_offers_names() -> None:
    option = click.Option(["--from"])
    offered = LibraryName().shell_complete(click.Context(click.Command("new")), option, "mgu")
    assert [item.value for item in offered] == ["mgu", "mgu1", "mgu2", "mgu3"]
