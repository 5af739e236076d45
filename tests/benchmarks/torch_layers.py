"""The layers of `torch.nn`, on data [steps, batch, inputs]; sequences of several lengths are packed in every step."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from tests.benchmarks.layers import GATES, KINDS
from tests.benchmarks.problem import Array, Given, Peer

Tensor = Any  # the answer of mypy must not depend on whether torch is installed


def built_in(given: Given) -> Any:
    """Return the module with the weights that are given; where its second bias is none of the spec, it is zero."""
    cell, params = given.options["cell"], given.params
    stacks = [np.concatenate([params[f"h.{kind}_{gate}"] for gate in GATES[cell]]) for kind in KINDS[cell]]
    made = torch.nn.LSTM if cell == "LSTM" else torch.nn.GRU
    net = made(stacks[0].shape[1], stacks[1].shape[1], dtype=getattr(torch, given.program.dtype))
    with torch.no_grad():
        for param in net.parameters():
            param.zero_()
        for param, array in zip(net.parameters(), stacks, strict=False):
            param.copy_(torch.from_numpy(array))
    return net


def layer(given: Given) -> Peer:
    """Return the step that the options of the problem ask for."""
    net, x = built_in(given), torch.from_numpy(np.ascontiguousarray(given.data["x"].swapaxes(0, 1)))
    return _forward(net, x) if given.options["work"] == "forward" else _training(given, net, x)


def _forward(net: Any, x: Tensor) -> Peer:
    def step() -> object:
        with torch.inference_mode():
            return net(x)[0]

    def collect(result: Any) -> dict[str, Array]:
        return {"h": result.numpy().swapaxes(0, 1)}

    return Peer(step, collect)


def _training(given: Given, net: Any, x: Tensor) -> Peer:
    x, w = x.requires_grad_(), torch.tensor(given.params["w"], requires_grad=True)
    leaves, run = (*net.parameters(), w, x), _states(given, net, x)

    def step() -> object:
        loss = (run() @ w).sum() / x.shape[1]
        return loss.detach(), *torch.autograd.grad(loss, leaves)

    def collect(result: Any) -> dict[str, Array]:
        loss, *stacks, d_w, d_x = map(np.asarray, result)
        cell = given.options["cell"]
        parts = {
            f"h.{kind}_{gate}": part
            for kind, stack in zip(KINDS[cell], stacks, strict=False)
            for gate, part in zip(GATES[cell], np.split(stack, len(GATES[cell])), strict=True)
        }
        return {"loss": loss, "w": d_w, "x": d_x.swapaxes(0, 1), **parts}

    return Peer(step, collect)


def _states(given: Given, net: Any, x: Tensor) -> Callable[[], Tensor]:
    """Return what computes the states of all points."""
    if given.lengths is None:
        return lambda: net(x)[0]
    lengths = torch.tensor(given.lengths["t"].tolist())
    return lambda: net(pack_padded_sequence(x, lengths))[0].data
