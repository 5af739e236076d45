"""The whole stage: golden cases, the choice of a block, cells alone, hostile sizes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rnndsl.diagnostics.codes import CODES
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.locations import PACKAGE
from rnndsl.semantics.expand import default_sources, expand
from rnndsl.sizes import Size
from rnndsl.syntax.parse import parse
from tests.semantics.specs import CELL, codes, expanded, mistakes, net, texts

CASES = Path(__file__).parent.parent / "cases" / "semantics"
BAD, GOOD = (sorted((CASES / kind).glob("*.rnn")) for kind in ("bad", "good"))
OURS = [one for one in CODES.values() if re.match(r"RNN(2|4|50[5-9]|52)", one.code)]


def test_there_are_cases() -> None:
    assert len(BAD) >= 100
    assert len(GOOD) >= 8


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_specs_give_just_their_codes_on_their_lines(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = enumerate(text.splitlines(), start=1)
    wanted = [(n, code) for n, line in lines for code in re.findall(r"RNN\d+", line.partition("#")[2])]
    with pytest.raises(SpecError) as caught:
        expand(parse(text, path.name))
    assert [(one.span.line, one.code) for one in caught.value.diagnostics] == wanted
    assert all(one.help for one in caught.value.diagnostics)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_examples_of_the_language_expand(path: Path) -> None:
    model, found = expand(parse(path.read_text(encoding="utf-8"), path.name), sources=default_sources(path))
    assert found == ()
    assert model.equations


@pytest.mark.parametrize("path", sorted((PACKAGE.parent / "specs").rglob("*.rnn")), ids=lambda path: path.stem)
def test_the_library_expands(path: Path) -> None:
    model, found = expand(parse(path.read_text(encoding="utf-8"), path.name), sources=default_sources(path))
    assert found == ()
    assert model.outputs or model.randoms or model.losses


def test_cells_are_expanded_with_their_names() -> None:
    model = expanded((CASES / "good" / "char_lstm.rnn").read_text(encoding="utf-8"))
    assert model.equations["h_2.x"].text == "h_2.x[t] = h_1[t]"
    assert model.equations["h_1"].text == "h_1[t] = h_1.o[t] * tanh(h_1.c[t])"
    assert model.params["h_1.b_f"].initialiser == ("constant", (1.0,))
    assert model.params["h_1.W_f"].matrix
    assert not model.params["h_1.b_f"].matrix
    assert model.equations["h_2.c"].shape is not None
    assert model.equations["h_2.c"].shape.sizes == (Size.of("hidden"),)
    assert {name: dim.fixed for name, dim in model.dims.items()} == {"vocab": False, "hidden": False, "layers": True}


def test_a_model_is_chosen_by_name() -> None:
    two = net("output x[t]", header="model One(n):") + net("output x[t]", header="model Two(n):")
    assert expanded(two, model="Two").name == "Two"
    assert codes(two) == ["RNN216"]
    (wrong,) = mistakes(two, model="Tow")
    assert "`Two`" in wrong.help
    assert codes("from cells import LSTM\n") == ["RNN217"]


def test_a_cell_alone_is_a_model_of_its_inputs() -> None:
    model = expanded(CELL)
    assert model.cell
    assert [(data.name, data.role) for data in model.data.values()] == [("x", "input")]
    assert [output.name for output in model.outputs] == ["h"]
    assert list(model.dims) == ["n"]
    assert expanded(CELL + net("output x[t]"), model="Cell").name == "Cell"


def test_given_dimensions_are_checked() -> None:
    text = net("output x[t]")
    assert codes(text, {"n": 0}) == ["RNN219"]
    assert codes(text, {"n": 2**40}) == ["RNN219"]
    assert codes(text, {"n": 1.5}) == ["RNN219"]
    assert codes(text, {"m": 3}) == ["RNN218"]
    assert expanded(text, {"n": 3}).dims["n"].value == 3


def test_chains_rings_and_long_sums_are_no_problem() -> None:
    ring = "a_0[t] = x[t] + a_1999[t-1]\nfor i in 1..1999:\n    a_{i}[t] = tanh(a_{i-1}[t])\noutput a_1999[t]"
    assert len(expanded(net(ring)).equations) == 2000
    assert expanded(net(f"h[t] = {' + '.join(['x[t]'] * 10_000)}\noutput h[t]")).equations
    assert codes(net(f"param W : n, n\nh[t] = {'W @ ' * 400} x[t]\noutput h[t]")) == ["RNN508"]


def doubling(depth: int) -> str:
    body = "    index t : sequence\n    input x[t]\n    y[t] = {value}\n    output y[t]\n"
    cells = ["cell F0(n):\n" + body.format(value="2 * x[t]")]
    cells += [f"cell F{i}(n):\n" + body.format(value=f"F{i - 1}(n)(F{i - 1}(n)(x[t]))") for i in range(1, depth + 1)]
    return "".join(cells) + net(f"h[t] = F{depth}(n)(x[t])\noutput h[t]")


def test_doubling_cells_do_not_run_away() -> None:
    assert codes(doubling(20)) == ["RNN505"]
    assert codes(doubling(60)) == ["RNN507"]
    assert len(expanded(doubling(3)).equations) > 8


def test_the_result_does_not_depend_on_the_hash_seed() -> None:
    script = (
        "import sys; from pathlib import Path; from rnndsl.semantics.expand import expand\n"
        "from rnndsl.syntax.parse import parse\n"
        "model, _ = expand(parse(Path(sys.argv[1]).read_text(), 'n.rnn'))\n"
        "print([e.text for e in model.equations.values()], list(model.params), model.indices)"
    )
    command = [sys.executable, "-c", script, str(CASES / "good" / "ntm.rnn")]
    seeds = ({**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(PACKAGE.parent)} for seed in ("1", "2"))
    first, second = (subprocess.run(command, env=env, capture_output=True, check=True).stdout for env in seeds)
    assert first == second
    assert b"read.moved" in first


def test_the_order_of_statements_has_no_meaning() -> None:
    lines = ["h[t] = Cell(n)(x[t])", "g[t] = h[t-1] + h.W @ x[t]", "init h[t] = 1", "output g[t]"]
    forwards, backwards = (expanded(net("\n".join(one), cells=CELL)) for one in (lines, lines[::-1]))
    assert sorted(texts(forwards)) == sorted(texts(backwards))
    assert forwards.inits.keys() == backwards.inits.keys()
