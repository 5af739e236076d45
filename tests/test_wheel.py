"""The wheel holds what the package needs and works in an empty environment, away from the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

PROGRAM = """
import pathlib
import rnndsl
from rnndsl.locations import data_folder

here = pathlib.Path(rnndsl.__file__).resolve()
specs = data_folder("specs")
program = rnndsl.compile(specs / "models" / "char_lstm.rnn", dims={"vocab": 5, "hidden": 3})
loss, grads = program.loss_and_grad(program.init(seed=0), {"y": [[0, 1, 2, 3], [4, 4, 0, 1]]})
assert sorted(grads) == sorted(program.params)
print(here.parent)
print(specs)
print(f"{loss.value:.3f}")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel without isolation, so that nothing is downloaded."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("rnndsl-*-py3-none-any.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a virtual environment with the wheel alone in it; its dependencies are lent by a `.pth` file."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            str(wheel),
        ],
        check=True,
        capture_output=True,
    )
    (site,) = folder.glob("lib/python3*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return folder


def run_there(environment: Path, *command: str, cwd: Path) -> str:
    """Run a command of the environment in an empty folder, without this process's paths."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(environment / "bin" / command[0]), *command[1:]],
        cwd=cwd,
        env=clean,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_ships_grammar_specs_and_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = [path for folder in ("grammar", "specs") for path in (ROOT / folder).rglob("*")]
    files = {f"rnndsl/_data/{path.relative_to(ROOT)}" for path in shipped if path.is_file()}
    assert files <= names
    data = {name.rpartition("/")[2] for name in names if "/examples/data/" in name}
    assert data == {"LICENCES.md", "tinyshakespeare.txt.gz"}, "only what is in the public domain, for the demo"
    assert {"rnndsl/py.typed", "rnndsl/_data/grammar/rnn.lark"} <= names
    assert not [name for name in names if name.startswith("tests")]


@pytest.mark.slow
def test_compiles_a_spec_where_there_is_no_checkout(environment: Path, tmp_path: Path) -> None:
    package, specs, loss = run_there(environment, "python", "-c", PROGRAM, cwd=tmp_path).split()
    assert Path(package).is_relative_to(environment.resolve())
    assert Path(specs) == Path(package) / "_data" / "specs"
    assert 1.0 < float(loss) < 2.5  # ln 5 = 1.61 for weights near zero


@pytest.mark.slow
def test_command_line_compiles_a_spec(environment: Path, tmp_path: Path) -> None:
    spec = tmp_path / "net.rnn"
    spec.write_text((ROOT / "specs" / "models" / "char_lstm.rnn").read_text(encoding="utf-8"), encoding="utf-8")
    run_there(environment, "rnndsl", "compile", "net.rnn", "--set", "hidden=3", "-o", "net.py", cwd=tmp_path)
    written = (tmp_path / "net.py").read_text(encoding="utf-8")
    assert "import numpy" in written
    assert "import rnndsl" not in written


@pytest.mark.slow
def test_command_line_starts_from_the_library(environment: Path, tmp_path: Path) -> None:
    assert "Hochreiter & Schmidhuber" in run_there(environment, "rnndsl", "list", "lstm_1997", "--json", cwd=tmp_path)
    run_there(environment, "rnndsl", "new", "own_net", cwd=tmp_path)
    assert "model OwnNet(vocab" in (tmp_path / "own_net.rnn").read_text(encoding="utf-8")
