"""Translation with attention in eager torch; `U @ a[s]`, which attention needs at every step, is computed once.

The reset-after GRU is torch's own: `nn.GRU` encodes, `nn.GRUCell` decodes. The GRU of the paper is not built in: it is
written out, with stacked gates, and with the products of the encoder's inputs taken over all steps at once.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import numpy as np
import torch
from torch.nn.functional import cross_entropy, embedding, linear, pad

from tests.benchmarks.problem import Array, Given, Peer

Tensor = Any  # the answer of mypy must not depend on whether torch is installed
#: A step of a recurrent layer, from its input and state to its next state.
Cell = Callable[[Tensor, Tensor], Tensor]
#: Embeddings, of which torch holds a row per word; then what else belongs to no recurrent layer.
EMBEDDINGS: Final = ("E", "F")
OTHERS: Final = ("v", "W", "U", "W_d", "V", "b")
#: The layers of the spec (ahead, back, decoder), and their gates as torch stacks them.
LAYERS: Final = "hgd"
GATES: Final = "rzg"


class Layers(Protocol):
    """The recurrent layers; `leaves` are their stacked parameters, layer by layer."""

    leaves: Sequence[Tensor]

    def encode(self, words: Tensor) -> Tensor:
        """Return the annotations [batch, source, 2 hidden] of words [batch, source, embed]."""

    def decoder(self) -> Cell:
        """Return the decoder's step."""


class BuiltIn:
    """Torch's own, of which every layer has four parameters."""

    def __init__(self, stacks: Sequence[Array]) -> None:
        """Make them of stacked parameters."""
        dtype = getattr(torch, str(stacks[0].dtype))
        hidden, embed, wide = len(stacks[0]) // 3, stacks[0].shape[1], stacks[-4].shape[1]
        self.gru = torch.nn.GRU(embed, hidden, batch_first=True, bidirectional=True, dtype=dtype)
        self.cell = torch.nn.GRUCell(wide, hidden, dtype=dtype)
        self.leaves: Sequence[Tensor] = (*self.gru.parameters(), *self.cell.parameters())
        with torch.no_grad():
            for leaf, array in zip(self.leaves, stacks, strict=True):
                leaf.copy_(torch.from_numpy(array))

    def encode(self, words: Tensor) -> Tensor:
        """Return the annotations."""
        return self.gru(words)[0]

    def decoder(self) -> Cell:
        """Return the decoder's step."""
        cell: Cell = self.cell
        return cell


class WrittenOut:
    """The GRU whose reset gate acts before the product; every layer has three parameters."""

    def __init__(self, stacks: Sequence[Array]) -> None:
        """Make them of stacked parameters."""
        self.leaves: Sequence[Tensor] = [torch.tensor(array, requires_grad=True) for array in stacks]

    def encode(self, words: Tensor) -> Tensor:
        """Return the annotations."""
        ahead = self._states(0, words, 1)
        back = self._states(1, words, -1)
        return torch.cat([ahead, back], dim=2)

    def decoder(self) -> Cell:
        """Return the decoder's step."""
        weights, _, bias = self.leaves[6:]
        cell = self._cell(2)
        return lambda x, d: cell(linear(x, weights, bias), d)

    def _states(self, layer: int, words: Tensor, direction: int) -> Tensor:
        weights, state, bias = self.leaves[3 * layer : 3 * layer + 3]
        cell, h, found = self._cell(layer), words.new_zeros(len(words), state.shape[1]), list[Tensor]()
        for inputs in linear(words, weights, bias).unbind(1)[::direction]:
            h = cell(inputs, h)
            found.append(h)
        return torch.stack(found[::direction], dim=1)

    def _cell(self, layer: int) -> Cell:
        """Return the step that starts from the product of its input."""
        state = self.leaves[3 * layer + 1]
        sizes = [2 * state.shape[1], state.shape[1]]
        for_gates, for_candidate = state.split(sizes)

        def step(inputs: Tensor, h: Tensor) -> Tensor:
            gates, candidate = inputs.split(sizes, dim=1)
            r, z = torch.sigmoid(torch.addmm(gates, h, for_gates.T)).chunk(2, dim=1)
            g = torch.tanh(torch.addmm(candidate, r * h, for_candidate.T))
            return torch.lerp(g, h, z)

        return step


def eager(given: Given) -> Peer:
    """Return the step of an eager program; a second bias tells the GRU that torch has built in."""
    params, built_in = given.params, "h.d_r" in given.params
    kinds = [f"{layer}.{kind}" for layer in LAYERS for kind in ("WUbd" if built_in else "WUb")]
    stacks = [np.concatenate([params[f"{kind}_{gate}"] for gate in GATES]) for kind in kinds]
    layers: Layers = BuiltIn(stacks) if built_in else WrittenOut(stacks)
    arrays = (*(params[name].T.copy() for name in EMBEDDINGS), *(params[name] for name in OTHERS))
    plain = [torch.tensor(array, requires_grad=True) for array in arrays]
    x, y = (torch.from_numpy(given.data[name]) for name in "xy")

    def step() -> object:
        loss = _loss(plain, layers, x, y)
        return loss.detach(), *torch.autograd.grad(loss, (*plain, *layers.leaves))

    def collect(result: Any) -> dict[str, Array]:
        loss, source, target, *grads = map(np.asarray, result)
        others, stacked = grads[: len(OTHERS)], grads[len(OTHERS) :]
        parts = {
            f"{kind}_{gate}": part
            for kind, grad in zip(kinds, stacked, strict=True)
            for gate, part in zip(GATES, np.split(grad, 3), strict=True)
        }
        return {"loss": loss, "E": source.T, "F": target.T, **dict(zip(OTHERS, others, strict=True)), **parts}

    return Peer(step, collect)


def _loss(plain: Sequence[Tensor], layers: Layers, x: Tensor, y: Tensor) -> Tensor:
    """Return the mean over all words of the target."""
    source, target, score, of_state, of_annotations, start, readout, offset = plain
    annotations = layers.encode(embedding(x, source))
    keys = linear(annotations, of_annotations)
    d = torch.tanh(linear(annotations[:, 0, annotations.shape[2] // 2 :], start))
    cell, states = layers.decoder(), list[Tensor]()
    # the word before the first one is the zero vector
    for word in pad(embedding(y[:, :-1], target), (0, 0, 1, 0)).unbind(1):
        energies = torch.tanh(keys + linear(d, of_state).unsqueeze(1)) @ score
        context = torch.bmm(torch.softmax(energies, dim=1).unsqueeze(1), annotations).squeeze(1)
        d = cell(torch.cat([word, context], dim=1), d)
        states.append(d)
    logits = linear(torch.stack(states, dim=1), readout, offset)
    return cross_entropy(logits.flatten(0, 1), y.flatten())
