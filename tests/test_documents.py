"""README.md and ARCHITECTURE.md are true: their code runs, the paths that they name exist."""

import re
import shlex
import shutil
from pathlib import Path

import click
import numpy as np
import pytest

import rnndsl
from rnndsl.cli.main import group, run
from rnndsl.evolve.mutations import MUTATIONS
from rnndsl.graph.likelihoods import LIKELIHOODS
from rnndsl.graph.lower_draws import RECIPES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
BPTT = (ROOT / "docs" / "bptt.md").read_text(encoding="utf-8")
GPU = (ROOT / "docs" / "gpu.md").read_text(encoding="utf-8")
EVOLVE = (ROOT / "docs" / "evolve.md").read_text(encoding="utf-8")
DOCUMENTS = {"README.md": README, "ARCHITECTURE.md": ARCHITECTURE, "docs/bptt.md": BPTT, "docs/evolve.md": EVOLVE}
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")
# What stands in backquotes and looks like a path: a folder with its slash, or a file of this tree by its ending.
PATH = re.compile(r"^[\w.-]+(/[\w.-]+)*(/|\.(py|rnn|lark|md|toml|gz|typed))$|^\.ci/run$")
QUICK = frozenset({"check", "compile", "explain", "list", "unfold", "verify"})


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks of a document in one language."""
    return [body for name, body in BLOCK.findall(text) if name == language]


def commands(text: str = README) -> list[list[str]]:
    """Return the arguments of every `rnndsl` command in a document."""
    lines = [line for body in blocks(text.replace("\\\n", ""), "sh") for line in body.splitlines()]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    return [shlex.split(part)[1:] for part in parts if part.startswith("rnndsl ")]


def test_every_block_has_a_test() -> None:
    languages = [name for name, _ in BLOCK.findall(README)]
    assert set(languages) == {"sh", "rnn", "python"}
    assert len(languages) >= 5


def test_shell_lines_are_known() -> None:
    lines = [line for body in blocks(README, "sh") for line in body.splitlines()]
    assert "pip install . && rnndsl demo" in lines
    assert 'pip install ".[dev]" && pytest' in lines
    assert 'pip install --quiet ".[dev]"' in CI
    assert all(line.startswith(("pip install ", "rnndsl ")) for line in lines)


@pytest.mark.parametrize("arguments", [*commands(), *commands(EVOLVE)], ids=" ".join)
def test_command_is_accepted(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with click.Context(group) as context:
        command = group.get_command(context, arguments[0])
        assert command is not None
        command.make_context(arguments[0], arguments[1:], parent=context).close()


@pytest.mark.parametrize("arguments", [one for one in commands() if one[0] in QUICK], ids=" ".join)
def test_command_runs(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 0
    if "-o" in arguments:
        assert (tmp_path / arguments[-1]).is_file()


@pytest.mark.parametrize("text", blocks(README, "rnn"))
def test_spec_compiles(text: str) -> None:
    dims = {"hidden": 3} if "hidden" in text else {"size": 3}
    program = rnndsl.compile(text, dims={"vocab": 5, **dims})
    assert {"W", "U", "V", "b", "c"} <= set(program.params)


@pytest.mark.parametrize("code", blocks(README, "python"))
def test_python_runs(code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    before = "" if "import rnndsl" in code else blocks(README, "python")[0]  # a block goes on where the first ends
    exec(compile(before, "README.md", "exec"), names)  # noqa: S102 - the README's own code is what is tested
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102
    assert "import numpy" in capsys.readouterr().out
    assert names["carry"]


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_paths_exist(text: str) -> None:
    prose = BLOCK.sub("", text)
    named = {path for path in QUOTED.findall(prose) if PATH.match(path)} | set(LINK.findall(prose))
    assert named
    assert sorted(path for path in named if not ((ROOT / path).exists() or (ROOT / "rnndsl" / path).exists())) == []


def test_every_package_is_explained() -> None:
    folders = [path.parent.name for path in sorted((ROOT / "rnndsl").glob("*/__init__.py"))]
    assert [name for name in folders if f"`{name}/`" not in ARCHITECTURE] == []


# The table of distributions -------------------------------------------------------------------------------------------

#: For every row a target's shape and a call of its distribution.
ROWS = {
    "categorical(logits)": ("token(n)", "categorical(h[t])"),
    "categorical(e[t, s] over s)": ("point(s)", "categorical(h[t] @ e[s] over s)"),
    "bernoulli(logits)": ("n", "bernoulli(h[t])"),
    "normal(mean, sd = 1)": ("n", "normal(h[t], exp(h[t]))"),
    "normal2(mean, sd, correlation)": ("2", "normal2(slice(h[t], 1, 2), exp(slice(h[t], 2, 3)), component(h[t], 3))"),
    "mixture(logits[m], D(...[m]) over m)": ("n", "mixture(component(h[t], 1), normal(c[m] + h[t], 0.5) over m)"),
}
TABLE = re.compile(r"^\| `(\w+\(.*?\))` \| .* \| (.*?) \| (.*?) \| (.*?) \|$", re.MULTILINE)


def test_the_table_has_every_distribution() -> None:
    forms = [row[0] for row in TABLE.findall(README)]
    assert forms == list(ROWS)
    assert {form.partition("(")[0] for form in forms} == set(LIKELIHOODS) == set(RECIPES)


@pytest.mark.parametrize("row", TABLE.findall(README), ids=lambda row: row[0])
def test_what_the_table_says_is_drawn(row: tuple[str, str, str, str]) -> None:
    form, kind, drawn, likely = row
    shape, call = ROWS[form]
    text = (
        "model A(n = 3):\n    index s, t : sequence\n    index m : 1..2\n    input x[t] : n\n    input e[s] : n\n"
        f"    target y[t] : {shape}\n    param c[m] : n ~ normal(1)\n    h[t] : n = tanh(x[t] + first(e[s] over s))\n"
        f"    y[t] ~ {call}\n"
    )
    program = rnndsl.compile(text, dtype="float64", modes=("observe", "sample"))
    data = {name: np.random.default_rng(0).normal(size=(2, n, 3)) for name, n in (("x", 50), ("e", 4))}
    params = program.init(0)
    y = program.sample(params, data, seed=1)["y"]
    greedy = program.sample(params, data, greedy=True)["y"]
    out = program.run(params, data)
    assert (kind in (f"`{shape}`", "that of D")) or y.shape == (2, 50, *((3,) if shape == "n" else (2,)))
    if "token" in drawn or "point" in drawn:
        assert set(np.unique(y)) == set(range(out["y.logits"].shape[-1]))
    if "0 or 1" in drawn:
        assert set(np.unique(y)) == {0, 1}
    if "largest score's" in likely and "m" not in likely.split():
        np.testing.assert_array_equal(greedy, out["y.logits"].argmax(axis=-1))
    if "above 0" in likely:
        np.testing.assert_array_equal(greedy, out["y.logits"] > 0)
    if likely == "the mean":
        np.testing.assert_allclose(greedy, out["y.mean"])


# docs/bptt.md ---------------------------------------------------------------------------------------------------------


def test_the_derivation_is_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["adjoint", "models/elman.rnn"]) == 0
    printed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    rows = re.findall(r"^\| .* \| `([^`]+)` \|$", BPTT, re.MULTILINE)
    model = printed.index("# The model.")
    returned = next(place for place, line in enumerate(printed) if line.startswith("output"))
    equations = [line for line in printed[model:returned] if line and not line.startswith("#")]
    assert sorted([*rows, "y[t] ~ categorical(o[t])"]) == sorted(equations)
    (spec,) = blocks(BPTT, "rnn")
    assert (ROOT / "specs" / "models" / "elman.rnn").read_text(encoding="utf-8").endswith(spec)


def test_what_cannot_be_printed_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    spec = tmp_path / "a.rnn"
    head = "model A(n = 2):\n    index i : 1..n\n    param v : scalar\n"
    spec.write_text(f"{head}    b[i] = tanh(v)\n    init b[i] = i * v\n    a[i] = b[i-1]\n    loss sum(a[i] over i)\n")
    assert run(["adjoint", str(spec)]) == 1
    tree = "model A(n = 2):\n    index m : tree\n    index k : children(m)\n    input f[m, k] : scalar\n"
    spec.write_text(f"{tree}    param v : scalar\n    loss max(v * f[m, k] over m, k)\n")
    assert run(["adjoint", str(spec)]) == 1
    assert capsys.readouterr().err.count("cannot be printed as an equation yet") == 2


# docs/gpu.md ----------------------------------------------------------------------------------------------------------


def test_modules_differ_as_the_page_shows() -> None:
    (diff,) = blocks(GPU, "diff")
    spec = ROOT / "specs" / "models" / "tree_lstm.rnn"
    modules = {"-": rnndsl.compile(spec).source, "+": rnndsl.compile(spec, backend="cupy").source}
    for line in diff.splitlines():
        assert f"\n{line[1:]}\n" in modules[line[0]], line


def test_the_page_about_gpus_names_what_there_is() -> None:
    assert [path for path in QUOTED.findall(GPU) if PATH.match(path) and not (ROOT / path).exists()] == []


# docs/evolve.md -------------------------------------------------------------------------------------------------------


def test_the_mutant_is_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    mutant, best = blocks(EVOLVE, "rnn")
    assert run(["mutate", "gru", "--seed", "5"]) == 0
    assert capsys.readouterr().out == mutant
    assert set(rnndsl.compile(best, dims={"n": 3, "x_size": 2}).params) == {"W", "U", "M_2", "m_2"}


def test_the_table_has_every_mutation() -> None:
    table = EVOLVE.partition("| mutation |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| (\w+) \|", table, re.MULTILINE) == list(MUTATIONS)
