"""`torch.nn.LSTM`."""

from typing import Any, Final

import numpy as np
import torch

from tests.benchmarks.lstm import Stacked
from tests.benchmarks.problem import Array, Given, Peer

#: Torch has input, forget, candidate, output where the spec's peers have forget, input, output, candidate, and back.
ORDER: Final = (1, 0, 3, 2)


def lstm(given: Given) -> Peer:
    """Return the step of the built-in layer; its second bias is zero, and takes part."""
    work = Stacked.of(given)
    net = torch.nn.LSTM(work.shape.inputs, work.shape.units, dtype=getattr(torch, given.program.dtype))
    arrays = (work.input_weights, work.state_weights, work.bias, np.zeros_like(work.bias))
    with torch.no_grad():
        for param, array in zip(net.parameters(), arrays, strict=True):
            param.copy_(torch.from_numpy(_reordered(array)))
    readout, x = (torch.from_numpy(array).requires_grad_() for array in (work.readout, work.x))
    leaves = (*net.parameters(), readout, x)

    def step() -> object:
        loss = (net(x)[0] @ readout).sum() / work.shape.batch
        return loss.detach(), *torch.autograd.grad(loss, leaves)

    def collect(result: Any) -> dict[str, Array]:
        loss, inward, across, bias, _, readout, x = map(np.asarray, result)
        weights = Stacked(_reordered(inward), _reordered(across), _reordered(bias), readout, x)
        return {"loss": loss, **weights.named()}

    return Peer(step, collect)


def _reordered(array: Array) -> Array:
    parts = np.split(array, 4)
    return np.concatenate([parts[place] for place in ORDER])
