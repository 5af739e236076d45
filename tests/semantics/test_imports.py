"""Imports, confined to the folder tree of the spec."""

import os
from pathlib import Path

import pytest

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.semantics.expand import default_sources, expand
from rnndsl.syntax.limits import MAX_BYTES
from rnndsl.syntax.parse import parse
from tests.semantics.specs import CELL, net

USE = net("h[t] = Cell(n)(x[t])\noutput h[t]")


def found(path: Path) -> list[Diagnostic]:
    try:
        expand(parse(path.read_text(encoding="utf-8"), path.name), sources=default_sources(path))
    except SpecError as error:
        return list(error.diagnostics)
    return []


def codes(path: Path) -> list[str]:
    return [one.code for one in found(path)]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def main(tmp_path: Path, line: str) -> Path:
    return write(tmp_path / "specs" / "main.rnn", f"{line}\n\n{USE}")


def test_an_import_is_relative_to_the_importing_file(tmp_path: Path) -> None:
    write(tmp_path / "specs" / "cells" / "inner.rnn", CELL)
    outer = CELL.replace("cell Cell", "cell Outer").replace("tanh(W @ x[t] + h[t-1])", "Cell(n)(W @ x[t])")
    write(tmp_path / "specs" / "cells" / "outer.rnn", f'from "inner.rnn" import Cell\n\n{outer}')
    text = net("h[t] = Outer(n)(x[t])\noutput h[t]")
    path = write(tmp_path / "specs" / "main.rnn", f'from "cells/outer.rnn" import Outer\n\n{text}')
    assert codes(path) == []


@pytest.mark.parametrize(
    "line",
    [
        'from "../outside.rnn" import Cell',
        'from "/etc/passwd" import Cell',
        'from "/tmp/cell.rnn" import Cell',
        'from "https://example.org/cell.rnn" import Cell',
        'from "~/cell.rnn" import Cell',
        'from "$HOME/cell.rnn" import Cell',
        r'from "..\cell.rnn" import Cell',
        r'from "C:\cell.rnn" import Cell',
        'from "con.rnn" import Cell',
        'from "cell.txt" import Cell',
        f'from "{"a" * 5000}.rnn" import Cell',
    ],
)
def test_nothing_leads_outside(tmp_path: Path, line: str) -> None:
    write(tmp_path / "outside.rnn", CELL)
    assert codes(main(tmp_path, line)) == ["RNN521"]


def test_links_are_followed_before_the_question(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside.rnn", CELL)
    path = main(tmp_path, 'from "link.rnn" import Cell')
    (path.parent / "link.rnn").symlink_to(outside)
    assert codes(path) == ["RNN521"]
    inside = write(path.parent / "inside.rnn", CELL)
    (path.parent / "link.rnn").unlink()
    (path.parent / "link.rnn").symlink_to(inside)
    assert codes(path) == []


def test_only_regular_files_of_bounded_size(tmp_path: Path) -> None:
    path = main(tmp_path, 'from "other.rnn" import Cell')
    other = path.parent / "other.rnn"
    assert codes(path) == ["RNN522"]
    os.mkfifo(other)
    assert codes(path) == ["RNN522"]
    other.unlink()
    other.mkdir()
    assert codes(path) == ["RNN522"]
    other.rmdir()
    other.write_bytes(b"#" * (MAX_BYTES + 1))
    assert codes(path) == ["RNN522"]
    other.write_bytes(b"\xff\xfe")
    assert codes(path) == ["RNN522"]
    other.write_bytes(b"\xef\xbb\xbf" + CELL.encode())
    assert codes(path) == []


def test_cycles_are_told_with_their_chain(tmp_path: Path) -> None:
    path = main(tmp_path, 'from "main.rnn" import Cell')
    assert codes(path) == ["RNN523"]
    path = main(tmp_path, 'from "a.rnn" import Cell')
    write(path.parent / "a.rnn", f'from "b.rnn" import Other\n\n{CELL}')
    write(path.parent / "b.rnn", f'from "a.rnn" import Cell\n\n{CELL.replace("Cell", "Other")}')
    (one,) = found(path)
    assert one.code == "RNN523"
    assert one.message.endswith("a.rnn -> b.rnn -> a.rnn")


def test_a_diamond_is_one_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "specs" / "main.rnn",
        'from "a.rnn" import A\nfrom "b.rnn" import B\nfrom "cell.rnn" import Cell\n\n'
        + net("h[t] = A(n)(x[t]) + B(n)(x[t]) + Cell(n)(x[t])\noutput h[t]"),
    )
    write(path.parent / "cell.rnn", CELL)
    for name in ("A", "B"):
        text = CELL.replace("cell Cell", f"cell {name}").replace("tanh(W @ x[t] + h[t-1])", "Cell(n)(W @ x[t])")
        write(path.parent / f"{name.lower()}.rnn", f'from "cell.rnn" import Cell\n\n{text}')
    assert codes(path) == []


def test_depth_and_number_of_files_are_bounded(tmp_path: Path) -> None:
    path = main(tmp_path, 'from "f0.rnn" import Cell')
    for i in range(30):
        write(path.parent / f"f{i}.rnn", f'from "f{i + 1}.rnn" import Cell\n')
    assert codes(path) == ["RNN524"]
    lines = "\n".join(f'from "g{i}.rnn" import C{i}' for i in range(300))
    for i in range(300):
        write(path.parent / f"g{i}.rnn", CELL.replace("Cell", f"C{i}"))
    assert set(codes(write(path.parent / "many.rnn", f"{lines}\n\n{net('output x[t]')}"))) == {"RNN525"}


def test_only_cells_of_the_file_itself_are_brought(tmp_path: Path) -> None:
    path = main(tmp_path, 'from "other.rnn" import Cell')
    write(path.parent / "other.rnn", CELL.replace("Cell", "Cells"))
    (one,) = found(path)
    assert (one.code, one.help) == ("RNN526", "did you mean `Cells`?")
    write(path.parent / "other.rnn", net("output x[t]", header="model Cell(n):"))
    assert codes(path) == ["RNN526"]
    write(path.parent / "other.rnn", CELL)
    write(path, f'from "other.rnn" import Cell\n\n{CELL}{USE}')
    assert codes(path) == ["RNN203"]


def test_mistakes_of_an_imported_file_are_told_in_it(tmp_path: Path) -> None:
    path = main(tmp_path, 'from "other.rnn" import Cell')
    write(path.parent / "other.rnn", CELL.replace("param W", "param"))
    (one,) = found(path)
    assert one.span.file.endswith("other.rnn")
    assert one.code.startswith("RNN1")


def test_libraries() -> None:
    library = "from cells import LSTM, ResetAfterGRU, MUT1\n\n"
    text = net("h[t] = LSTM(n)(x[t]) + ResetAfterGRU(n)(x[t]) + MUT1(n)(x[t])\noutput h[t]")
    assert expand(parse(library + text, "a.rnn"))[0].params
    with pytest.raises(SpecError) as caught:
        expand(parse("from cells import LTSM\n\n" + text.replace("LSTM", "LTSM"), "a.rnn"))
    assert caught.value.diagnostics[0].help == "did you mean `LSTM`?"
