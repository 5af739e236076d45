"""Backend cupy: every spec of the library computes what the NumPy backend does.

Without a GPU this holds of a stand-in for CuPy that lets nothing cross between host and device by itself; with one,
`pytest -m gpu` says it of CuPy.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.compiler import build, check
from rnndsl.locations import data_folder
from rnndsl.runtime.gpu import array_library, why_no_gpu
from rnndsl.verify.cases import draw_case, small_dims
from rnndsl.verify.loss import with_loss
from tests.codegen.on_device import both, compare, library, same
from tests.codegen.programs import PROGRAMS
from tests.codegen.strict_cupy import StrictCupy

SPECS = sorted(data_folder("specs").glob("[cm]*/*.rnn"))

#: What the library lacks: numbers where arrays have to be, folds over points, reads and families of all kinds.
OTHERS = (
    "AttendToChildren", "ChildrenByPlace", "ChildrenMean", "Components", "EdgesByPoint", "EveryReduction",
    "FoldsOverTime", "FoldsWithState", "LocationAware", "MaxGuarded", "OrderOfIndices", "Outputs", "ProductOverTime",
    "RangesOfTokens", "ReductionsInLoop", "Sentences", "TreeInEveryStep", "LayersInside", "WholeRows",
)  # fmt: skip

#: Tokens fed back, chosen among points, drawn with other distributions, and dropout.
GENERATING = {
    "Pointing": ("sample", "beam"),
    "Feedback": ("sample", "beam"),
    "HandWriting": ("sample",),
    "TargetPerRange": ("sample",),
    "Around": ("sample", "beam"),
}


@pytest.fixture(params=["stand-in", pytest.param("gpu", marks=pytest.mark.gpu)])
def cupy(request: pytest.FixtureRequest) -> Any:
    """The stand-in, or CuPy where it has a GPU."""
    if request.param == "stand-in":
        return StrictCupy()
    reason = why_no_gpu()
    if reason:
        pytest.skip(reason)
    return array_library()


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_library(path: Path, cupy: Any) -> None:
    compare_spec(path, cupy)


@pytest.mark.parametrize("name", OTHERS)
def test_constructs(name: str, cupy: Any) -> None:
    compare_spec(PROGRAMS[name], cupy)


def compare_spec(spec: Path | str, cupy: Any) -> None:
    graph = with_loss(build(check(spec, dims=small_dims(build(check(spec)), {}))))
    with np.errstate(all="ignore"):  # the data of a random case may lie outside a function's domain
        compare(both(graph, {}, cupy), draw_case(graph, 0))


@pytest.mark.parametrize("name", GENERATING)
def test_generating(name: str, cupy: Any) -> None:
    text, modes = PROGRAMS[name], GENERATING[name]
    checked = check(text, dims=small_dims(build(check(text)), {}))
    graph = build(checked)
    programs = both(graph, {mode: build(checked, mode) for mode in modes}, cupy)  # type: ignore[arg-type]
    case = draw_case(graph, 0)
    prompt = {name: arrays for name, arrays in case.data.items() if graph.inputs[name].role != "target"}
    for how in ({"seed": 1}, {"seed": 2, "temperature": 0.7, "top_k": 2}, {"greedy": True}):
        same(*(program.sample(case.params, prompt, **case.points, **how) for program in programs.values()))
    for how in ({"width": 2}, {"width": 3, "best": 2}) if "beam" in modes else ():
        same(*(program.beam(case.params, prompt, **case.points, **how) for program in programs.values()))


def test_calls_of_all_kinds(cupy: Any) -> None:
    spec, modes = data_folder("specs") / "models" / "char_lstm.rnn", ("observe", "sample", "mix", "checkpoint")
    with library(cupy):
        ours, theirs = (
            rnndsl.compile(spec, dims={"vocab": 5, "hidden": 4}, backend=backend, dtype="float64", modes=modes)
            for backend in ("numpy", "cupy")
        )
    params, data = ours.init(0), {"y": np.random.default_rng(0).integers(0, 5, (3, 9))}
    same(theirs.init(0), params)
    same(*(program.loss_and_grad(params, data, noise=1, mix=0.5)[1] for program in (theirs, ours)))
    same(*(program.loss_and_grad(params, data, checkpoint=4)[1] for program in (theirs, ours)))
    drawn = [program.sample(params, lengths={"t": [4, 6]}, seed=3, carry={}) for program in (theirs, ours)]
    for found, expected in zip(*drawn, strict=True):
        same(found, expected)
    carries: list[Any] = [{}, {}]
    for point in range(3):
        steps = [
            program.step(params, {"y": data["y"][:, point]}, carry)
            for program, carry in zip((theirs, ours), carries, strict=True)
        ]
        same(steps[0][0], steps[1][0])
        carries = [carry for _, carry in steps]
        same(*carries)
