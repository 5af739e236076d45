"""Who takes part. A peer gets a problem and returns a step: a call that gives the gradients, in the problem's order."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

import rnndsl
from tests.benchmarks.by_hand import HandWritten
from tests.benchmarks.problem import Array, Problem

Step = Callable[[], object]
#: What brings the results of a step into the shapes of the problem, for comparison.
Collect = Callable[[Any], tuple[Array, ...]]

SPEC: Final = """
from cells import LSTM

model Bench(size, n):
    index t : sequence
    input x[t] : size
    param w
    h[t] = LSTM(n)(x[t])
    loss sum(w @ h[t] over t)
"""
GATES: Final = "fiog"


def generated(given: Problem) -> tuple[Step, Collect]:
    """Return a step of the program that rnndsl makes of the library's LSTM."""
    shape = given.shape
    program = rnndsl.compile(SPEC, dims={"size": shape.inputs, "n": shape.units}, dtype=str(given.x.dtype))
    stacked = {"W": given.input_weights, "U": given.state_weights, "b": given.bias}
    params = {f"h.{k}_{g}": part for k, a in stacked.items() for g, part in zip(GATES, np.split(a, 4), strict=True)}
    params["w"] = given.readout
    data = {"x": np.ascontiguousarray(given.x.swapaxes(0, 1))}

    def collect(result: Any) -> tuple[Array, ...]:
        grads = result[1]
        weights = [np.concatenate([grads[f"h.{kind}_{gate}"] for gate in GATES]) for kind in "WUb"]
        return (*weights, grads["w"], grads["x"].swapaxes(0, 1))

    return lambda: program.loss_and_grad(params, data, wrt="all"), collect


def by_hand(given: Problem) -> tuple[Step, Collect]:
    """Return a step of the hand-written program."""

    def collect(result: Any) -> tuple[Array, ...]:
        return (*result[:-1], result[-1].reshape(given.x.shape))

    return HandWritten(given).step, collect


def torch_lstm(given: Problem) -> tuple[Step, Collect]:
    """Return a step of `torch.nn.LSTM`, whose second bias is zero; its gates come as input, forget, candidate, output.

    Raises:
        ModuleNotFoundError: torch is not installed.
    """
    import torch  # noqa: PLC0415 - an optional peer, and never in a process with another one

    order = [1, 0, 3, 2]

    def gates(array: Array, places: list[int]) -> Array:
        parts = np.split(array, 4)
        return np.concatenate([parts[place] for place in places])

    net = torch.nn.LSTM(given.shape.inputs, given.shape.units, dtype=getattr(torch, str(given.x.dtype)))
    arrays = (given.input_weights, given.state_weights, given.bias, np.zeros_like(given.bias))
    with torch.no_grad():
        for param, array in zip(net.parameters(), arrays, strict=True):
            param.copy_(torch.from_numpy(gates(array, order)))
    readout, x = (torch.from_numpy(array).requires_grad_() for array in (given.readout, given.x))
    leaves = (*net.parameters(), readout, x)

    def step() -> object:
        loss = (net(x)[0] @ readout).sum() / given.shape.batch
        return torch.autograd.grad(loss, leaves)

    def collect(result: Any) -> tuple[Array, ...]:
        found = [np.asarray(grad) for grad in result]
        return (*(gates(grad, [1, 0, 3, 2]) for grad in found[:3]), *found[4:])

    return step, collect


PEERS: Final[Mapping[str, Callable[[Problem], tuple[Step, Collect]]]] = {
    "generated": generated,
    "hand-written": by_hand,
    "torch.nn.LSTM": torch_lstm,
}
