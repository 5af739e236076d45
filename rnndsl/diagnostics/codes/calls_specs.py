"""Calls that yield codes about specs that no single spec shows: its dimensions, its size, its files."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rnndsl.diagnostics.codes.entry import Calls

_START: Final = """\
from pathlib import Path
import rnndsl

net = '''
model Net(n):
    index t : sequence
    input x[t] : n
    h[t] = {}
    output h[t]
'''
"""
_CELL: Final = (
    _START
    + """\
cell = '''
cell Cell{}(n):
    index t : sequence
    input x[t]
    y[t] = {}
    output y[t]
'''
"""
)
_TOWER: Final = (
    _CELL
    + """\

def tower(levels):
    cells = [cell.format(0, "2 * x[t]")]
    cells += [cell.format(i, f"Cell{i - 1}(n)(x[t])") for i in range(1, levels)]
    return "".join(cells) + net.format(f"Cell{levels - 1}(n)(x[t])")
"""
)
_CHAIN: Final = (
    _CELL
    + """\

def chain(levels):
    Path("cell0.rnn").write_text(cell.format(0, "2 * x[t]"))
    for i in range(1, levels):
        text = cell.format(i, f"Cell{i - 1}(n)(x[t])")
        Path(f"cell{i}.rnn").write_text(f'from "cell{i - 1}.rnn" import Cell{i - 1}\\n{text}')
    last = f"Cell{levels - 1}"
    Path("net.rnn").write_text(f'from "cell{levels - 1}.rnn" import {last}\\n{net.format(last + "(n)(x[t])")}')
    return Path("net.rnn")
"""
)
_MANY: Final = (
    _CELL
    + """\

def many(files):
    for i in range(files):
        Path(f"cell{i}.rnn").write_text(cell.format(i, "2 * x[t]"))
    lines = "".join(f'from "cell{i}.rnn" import Cell{i}\\n' for i in range(files))
    Path("net.rnn").write_text(lines + net.format(" + ".join(f"Cell{i}(n)(x[t])" for i in range(files))))
    return Path("net.rnn")
"""
)

SPEC_CALLS: Final[Mapping[str, Calls]] = MappingProxyType(
    {
        "RNN218": Calls(
            _START,
            'rnndsl.check(net.format("2 * x[t]"), dims={"m": 3})',
            'rnndsl.check(net.format("2 * x[t]"), dims={"n": 3})',
        ),
        "RNN502": Calls(
            _START,
            'rnndsl.check(net.format(" + ".join(["x[t]"] * 50_000)))',
            'rnndsl.check(net.format(" + ".join(["x[t]"] * 50)))',
        ),
        "RNN504": Calls(
            _START,
            'rnndsl.check("# " + 1_000_000 * "-" + net.format("2 * x[t]"))',
            'rnndsl.check("# " + 100 * "-" + net.format("2 * x[t]"))',
        ),
        "RNN507": Calls(_TOWER, "rnndsl.check(tower(30))", "rnndsl.check(tower(3))"),
        "RNN508": Calls(
            _START.replace("    h[t]", "    param W : n, n\n    h[t]"),
            'rnndsl.check(net.format(400 * "W @ " + "x[t]"))',
            'rnndsl.check(net.format(4 * "W @ " + "x[t]"))',
        ),
        "RNN510": Calls(
            _START + 'Path("net.rnn").write_text(net.format("2 * x[t]"))\n',
            'rnndsl.check(Path("nett.rnn"))',
            'rnndsl.check(Path("net.rnn"))',
        ),
        "RNN511": Calls(
            _START + 'Path("net.rnn").write_text(net.format("2 * x[t]"))\n',
            'rnndsl.check(Path("."))',
            'rnndsl.check(Path("net.rnn"))',
        ),
        "RNN512": Calls(
            _START
            + """\
text = net.format("2 * x[t]") + "# für\\n"
Path("old.rnn").write_text(text, encoding="latin-1")
Path("net.rnn").write_text(text, encoding="utf-8")
""",
            'rnndsl.check(Path("old.rnn"))',
            'rnndsl.check(Path("net.rnn"))',
        ),
        "RNN524": Calls(_CHAIN, "rnndsl.check(chain(20))", "rnndsl.check(chain(3))"),
        "RNN525": Calls(_MANY, "rnndsl.check(many(300))", "rnndsl.check(many(3))"),
    }
)
