"""`rnndsl list`."""

import json
import os
import re
import sys
from typing import Any

import pytest

import rnndsl
from rnndsl.cli.library import entries
from rnndsl.cli.list import OPEN, chosen, equations, measure, table
from rnndsl.cli.main import run
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.syntax.parse import parse

Capture = pytest.CaptureFixture[str]


def listed(capsys: Capture, *arguments: str) -> list[dict[str, Any]]:
    """Return what `rnndsl list --json` says of specs."""
    assert run(["list", *arguments, "--json"]) == 0
    seen = capsys.readouterr()
    assert seen.err == ""
    found: list[dict[str, Any]] = json.loads(seen.out)["specs"]
    return found


def test_every_spec_is_a_line_with_aligned_columns(capsys: Capture) -> None:
    assert run(["list"]) == 0
    seen = capsys.readouterr()
    head, *lines = seen.out.splitlines()
    assert head.split() == ["NAME", "KIND", "PARAMETERS", "EQUATIONS", "PAPER"]
    assert [line.split()[0] for line in lines] == [entry.name for entry in entries()]
    row = re.compile(r"\S+ +(cell|model) +(0|[1-9][\d,]*) +[1-9]\d?  [A-Z].*\(\d{4}\)")
    assert [line for line in lines if not row.match(line)] == []
    paper = head.index("PAPER")
    assert {line[paper - 2 : paper] for line in lines} == {"  "}
    assert " " not in {line[paper] for line in lines}
    assert seen.err.startswith(f"{len(lines)} specs.")


def test_a_line_has_the_counts_and_the_paper(capsys: Capture) -> None:
    assert run(["list", "lstm_1997"]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert re.match(r"lstm_1997 +cell +60,300 +5  Hochreiter & Schmidhuber \(1997\): no forget gate, ", line)
    assert run(["list", "irnn"]) == 0
    assert "  Le et al. (2015): A simple way to initialize" in capsys.readouterr().out


def test_words_are_looked_for_in_name_kind_and_paper_whatever_their_case(capsys: Capture) -> None:
    (one,) = listed(capsys, "tai", "Child-Sum", "MODEL")
    assert one["name"] == "tree_lstm"
    assert {found["name"] for found in listed(capsys, "odyssey")} == {
        "cifg", "fgr", "nfg", "niaf", "nig", "noaf", "nog", "np",
    }  # fmt: skip


def test_parameters_are_those_of_the_program(capsys: Capture) -> None:
    (one,) = listed(capsys, "ntm_heads", "--set", "width=5", "--set", "bits=3")
    program = rnndsl.compile(one["path"], dims={"width": 5})
    sizes = dict(program.dims) | {"bits": 3}
    assert one["sizes"] == sizes
    assert one["parameters"] == sum(array.size for array in program.init(seed=0, bits=3).values())


def test_what_has_no_size_counts_as_100(capsys: Capture) -> None:
    lstm = next(one for one in listed(capsys, "lstm") if one["name"] == "lstm")
    assert lstm["sizes"] == {"n": OPEN, "x_size": OPEN}
    assert lstm["formula"] == "4*n*x_size + 4*n*n + 4*n"
    assert lstm["parameters"] == 80_400
    (one,) = listed(capsys, "mgu1", "--set", "n=2", "--set", "x_size=3")
    assert one["parameters"] == 2 * 3 + 2 * 2 * 2 + 2 * 2


def test_what_is_known_of_a_paper_is_told(capsys: Capture) -> None:
    (one,) = listed(capsys, "qrnn")
    assert one["paper"]["authors"] == "Bradbury, Merity, Xiong & Socher"
    assert (one["paper"]["year"], one["paper"]["title"]) == (2017, "Quasi-recurrent neural networks")
    assert one["kind"] == "cell"


def test_equations_are_counted_as_they_are_written() -> None:
    text = """
model A(layers = 3):
    index t : sequence
    input x[t] : 2
    target y[t] : 2
    h_{1}[t] = tanh(x[t])
    init h_{1}[t] = 1
    for l in 2..layers:
        if l == 2:
            h_{l}[t] = h_{l-1}[t] * 2
        else:
            h_{l}[t] = h_{l-1}[t] * 3
    y[t] ~ normal(h_{layers}[t])
    output z[t] = 2 * x[t]
    output h_{1}[t]
"""
    (block,) = parse(text, "a.rnn").blocks
    assert equations(block) == 5


def test_a_terminal_is_not_overflown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [measure(entry, {}) for entry in chosen(["odyssey"])]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((70, 24)))
    assert {len(line) for line in table(found)[1:]} == {70}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["atention"], "nothing in the library has atention. Did you mean attention?"),
        (["zoneout", "GRU"], "nothing in the library has zoneout and GRU. `rnndsl list` shows all of it."),
        (["gru", "qqqqqq"], "nothing in the library has gru and qqqqqq. `rnndsl list` shows all of it."),
        (["mgu1", "--set", "x_siz=2"], "no spec that is shown has a dimension x_siz; did you mean x_size?"),
        (["mgu1", "--set", "hidden=2"], "has a dimension hidden; there are n, x_size"),
        (["mgu1", "--set", "x_size=0"], "x_size is a size, a whole number from 1: it cannot be 0"),
        (["mgu1", "--set", "n"], "'n' is not NAME=NUMBER"),
    ],
)
def test_mistakes_have_a_way_out(arguments: list[str], message: str, capsys: Capture) -> None:
    assert run(["list", *arguments]) == 2
    seen = capsys.readouterr()
    assert message in seen.err
    assert seen.out == ""


def test_a_dimension_that_cannot_have_a_value_is_shown_in_its_spec(capsys: Capture) -> None:
    with pytest.raises(SpecError):
        measure(chosen(["mgu1"])[0], {"n": 0})
    assert run(["list", "mgu1", "--set", "n=0"]) == 1
    assert "`n` cannot be 0" in capsys.readouterr().err
