"""A neural Turing machine in eager torch: both heads side by side, and one product for all that the controller says."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, linear, softplus

from tests.benchmarks.ntm import HEADS, named, sizes_of_head, stacked
from tests.benchmarks.problem import Array, Given, Peer

Tensor = Any  # the answer of mypy must not depend on whether torch is installed
Tensors = Mapping[str, Tensor]


def eager(given: Given) -> Peer:
    """Return the step of the loop that torch runs operator by operator."""
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in stacked(given).items()}
    y = torch.from_numpy(given.data["y"].swapaxes(0, 1).astype(given.program.dtype))

    def step() -> object:
        loss = _loss(tensors, y)
        return loss.detach(), *torch.autograd.grad(loss, [*tensors.values()])

    def collect(result: Any) -> dict[str, Array]:
        loss, *grads = result
        return {"loss": np.asarray(loss), **named(given, dict(zip(tensors, grads, strict=True)))}

    return Peer(step, collect)


def _loss(p: Tensors, y: Tensor) -> Tensor:
    """Return the mean over what is scored."""
    x, scored, (slots, width) = p["data.x"], p["data.scored"], p["M0"].shape
    batch, hidden = x.shape[1], p["U"].shape[1]
    from_x, from_read = p["W"].split([x.shape[2], width], dim=1)
    across = torch.cat([from_read, p["U"]], dim=1).T
    h, r = x.new_zeros(batch, hidden), x.new_zeros(batch, width)
    c, memory, places = torch.zeros_like(h), p["M0"].expand(batch, -1, -1), x.new_zeros(batch, len(HEADS), slots)
    outputs = []
    for inputs in linear(x, from_x, p["b"]).unbind():
        sigmoids, g = torch.addmm(inputs, torch.cat([r, h], dim=1), across).split([3 * hidden, hidden], dim=1)
        f, i, o = torch.sigmoid(sigmoids).chunk(3, dim=1)
        c = torch.addcmul(f * c, i, torch.tanh(g))
        h = o * torch.tanh(c)
        said, erase, add = linear(h, p["H"], p["d"]).split([p["H"].shape[0] - 2 * width, width, width], dim=1)
        places = _places(said.unflatten(1, (len(HEADS), -1)), memory, places)
        r = torch.bmm(places[:, :1], memory).squeeze(1)
        write = places[:, 1, :, None]
        memory = torch.addcmul(memory * (1 - write * torch.sigmoid(erase)[:, None]), write, torch.tanh(add)[:, None])
        outputs.append(torch.cat([h, r], dim=1))
    logits = linear(torch.stack(outputs), p["V"], p["b_y"])
    losses = binary_cross_entropy_with_logits(logits, y, reduction="none").sum(dim=2)
    return (losses * scored).sum() / scored.sum()


def _places(said: Tensor, memory: Tensor, before: Tensor) -> Tensor:
    """Return where the heads look [batch, heads, slots] (eq. 5 to 9 of the paper)."""
    key, strength, gate, sharpness, moves = said.split(sizes_of_head(memory.shape[2]), dim=2)
    key, moves = torch.tanh(key), torch.softmax(moves, dim=2)
    lengths = key.norm(dim=2, keepdim=True) * memory.norm(dim=2)[:, None] + 1e-8
    cosine = torch.bmm(key, memory.transpose(1, 2)) / lengths
    content = torch.softmax(softplus(strength) * cosine, dim=2)
    mixed = torch.lerp(before, content, torch.sigmoid(gate))
    back, stay, ahead = moves.split(1, dim=2)
    moved = back * mixed.roll(-1, dims=2) + stay * mixed + ahead * mixed.roll(1, dims=2)
    sharp = moved ** (1 + softplus(sharpness))
    return sharp / sharp.sum(dim=2, keepdim=True)
