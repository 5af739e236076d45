"""Programs for NumPy and for CuPy, compared call by call; CuPy is the stand-in or, with a GPU, itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl import compiler
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.runtime import load
from rnndsl.schedule.choices import Choices
from rnndsl.verify.cases import Case

#: What is computed in another order differs in the last digits of float64.
TOLERANCE = 1e-9

Programs = Mapping[str, rnndsl.Program]


@contextmanager
def library(cupy: Any) -> Iterator[None]:
    """Let modules that are loaded meanwhile find another CuPy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "array_library", lambda: cupy)
        yield


def both(graph: RecurrenceGraph, others: Mapping[str, RecurrenceGraph], cupy: Any) -> Programs:
    """Return the programs of a graph by backend, in float64; the graph is optimised once."""
    known: dict[int, tuple[RecurrenceGraph, RecurrenceGraph]] = {}
    optimise = compiler.optimise

    def once(one: RecurrenceGraph, choices: Choices) -> tuple[RecurrenceGraph, RecurrenceGraph]:
        if id(one) not in known:
            known[id(one)] = optimise(one, choices)
        return known[id(one)]

    with library(cupy), pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiler, "optimise", once)
        backends = ("numpy", "cupy")
        return {name: compiler.assemble(graph, others=others, backend=name, dtype="float64") for name in backends}


def compare(programs: Programs, case: Case) -> None:
    """Compare outputs, the loss, gradients of everything, and what is carried from a chunk to the next."""
    ours, cupy = programs["numpy"], programs["cupy"]
    same(cupy.run(case.params, case.data, **case.points), ours.run(case.params, case.data, **case.points))
    if "loss" not in ours.graph.outputs:
        return
    how = {"wrt": "all", "noise": 3, **case.points}
    found = [program.loss_and_grad(case.params, case.data, **how) for program in (cupy, ours)]  # type: ignore[call-overload]
    same({"loss": float(found[0][0])}, {"loss": float(found[1][0])})
    same(found[0][1], found[1][1])
    carries: list[Mapping[str, Any]] = [{}, {}]
    for _ in range(2 if ours.carries is None else 0):
        chunks = [
            program.loss_and_grad(case.params, case.data, carry=carry, lengths=case.lengths, structure=case.structure)
            for program, carry in zip((cupy, ours), carries, strict=True)
        ]
        carries = [chunk[2] for chunk in chunks]
        same(*carries)


def same(ours: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Compare arrays of the host by name."""
    assert ours.keys() == expected.keys()
    for name, value in ours.items():
        assert isinstance(value, np.ndarray | float), name
        np.testing.assert_allclose(value, expected[name], TOLERANCE, TOLERANCE, err_msg=name)
