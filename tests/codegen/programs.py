"""The small specs of tests/cases/codegen/programs/, one construct of the language each, and ways to compile them."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import rnndsl
from rnndsl.compiler import build, check
from rnndsl.verify.cases import Case, draw_case, small_dims

Array = NDArray[Any]

FOLDER = Path(__file__).parent.parent / "cases" / "codegen" / "programs"
HEAD = re.compile(r"^model (\w+)", re.MULTILINE)


def read_programs() -> dict[str, str]:
    """Return all specs by the name of their model; two blank lines stand between two specs of a file."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.rnn")):
        for text in re.split(r"\n{3,}", path.read_text(encoding="utf-8").strip()):
            (name,) = HEAD.findall(text)
            assert name not in found, name
            found[name] = text + "\n"
    return found


PROGRAMS = read_programs()


def compile_small(text: str, dtype: str = "float64", **dims: int) -> rnndsl.Program:
    """Compile a spec with small numbers for the dimensions that have none."""
    given = {**small_dims(build(check(text, dims=dims)), dims), **dims}
    return rnndsl.compile(text, dims=given, dtype=dtype)


def case_of(program: rnndsl.Program, seed: int = 0) -> Case:
    """Draw parameters and ragged data for a program."""
    return draw_case(program.graph, seed)


def even_data(program: rnndsl.Program, batch: int, steps: int, seed: int = 0) -> dict[str, Array]:
    """Draw a padded batch of examples of equal length."""
    rng, dims, data = np.random.default_rng(seed), program.dims, {}
    for name, info in program.inputs.items():
        points = [steps if index.ragged else index.extent.evaluate(dims) for index in info.domain]
        shape = [batch, *points, *(size.evaluate(dims) for size in info.shape)]
        data[name] = rng.normal(size=shape) if info.token is None else rng.integers(0, info.token.evaluate(dims), shape)
    return data


def body(source: str, function: str) -> str:
    """Return the text of one function of a module, after what prepares parameters for it."""
    *before, text = re.findall(rf"^def (?:prepare_)?{function}\(.*?(?=^[^\s)]|\Z)", source, re.MULTILINE | re.DOTALL)
    return "".join([*before, text])
