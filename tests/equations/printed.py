"""A printed adjoint against what runs: its outputs, by the interpreter, are the compiled module's gradient."""

from dataclasses import replace
from pathlib import Path

import numpy as np

import rnndsl
from rnndsl.compiler import build, check
from rnndsl.equations.adjoint import Adjoint, adjoint_spec
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.verify.cases import Case, draw_case, small_dims

SPECS = Path(__file__).resolve().parents[2] / "specs"


def printed(spec: str | Path) -> Adjoint:
    """Return the adjoint of a spec."""
    return adjoint_spec(check(spec).model)


def assert_gradient(spec: str | Path, *, examples: int = 2) -> str:
    """Compare every gradient of a printed adjoint with that of the spec itself; return the printed text.

    A spec without a loss is compared with the gradient of the loss that its adjoint gives it.
    """
    text = printed(spec).text
    dims = small_dims(build(check(text)), {})
    graph = build(check(text, dims=dims))
    own = spec if "loss" in build(check(spec)).outputs else text
    compiled = rnndsl.compile(own, dims=dims, dtype="float64")
    case = _present(graph, draw_case(graph, 0))
    for number in range(examples):
        _compare(graph, compiled, case.example(number))
    return text


def _present(graph: RecurrenceGraph, case: Case) -> Case:
    """Put something where a target is absent."""
    for name, info in graph.inputs.items():
        if info.role == "target":
            arrays = case.data[name]
            case.data[name] = [np.maximum(a, 0) if info.whole else np.nan_to_num(a, nan=0.5) for a in arrays]
    return case


def _compare(graph: RecurrenceGraph, compiled: rnndsl.Program, one: Case) -> None:
    given = {name: one.data[name] for name in compiled.inputs}
    dropped = {name: [np.ones_like(a) for a in arrays] for name, arrays in one.data.items() if name not in given}
    one = replace(one, data=one.data | dropped)  # without a mask dropout is the identity
    params = {name: one.params[name.replace(".", "_")] for name in compiled.params}
    _, gradients = compiled.loss_and_grad(params, given, wrt="all", **one.points)
    names = {name: f"d_{name.replace('.', '_')}" for name in gradients if not name.startswith(("D_", "mask_"))}
    assert names
    values = interpret(graph, one.params, one.data, dims=one.dims, outputs=names.values(), **one.points)
    assert names
    for name, own in names.items():
        found = values[own][0] if isinstance(values[own], list) else values[own]
        wanted = np.asarray(gradients[name])
        np.testing.assert_allclose(np.reshape(found, wanted.shape), wanted, rtol=1e-9, atol=1e-9, err_msg=own)
