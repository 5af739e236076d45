"""A language model with an LSTM writes, in a loop of eager torch: with `nn.LSTMCell`, and with a cell written out.

The cell that is written out looks its input's product up in a table that holds the biases, too, and takes the three
sigmoids as one. Random numbers are made for all points at once, and a draw is the largest of the logits with Gumbel
noise. A beam is `batch * width` rows of one batch; after each step its states follow the back-pointers.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import numpy as np
import torch
from torch.nn.functional import linear

from tests.benchmarks.decoding import BEAM
from tests.benchmarks.problem import Array, Given, Peer

Tensor = Any  # the answer of mypy must not depend on whether torch is installed
State = tuple[Tensor, Tensor]
#: In which order the gates of `nn.LSTMCell` stand, and those of the cell that is written out.
BUILT_IN: Final = "ifgo"
WRITTEN_OUT: Final = "fiog"
KINDS: Final = "WUb"


class Cell(Protocol):
    """A step: the symbols before (a row of zeros in its table for none), then h and c."""

    def __call__(self, before: Tensor, state: State) -> State:
        """Return the next state."""


def stacks(given: Given, gates: str) -> Sequence[Tensor]:
    """Return input weights with a column of zeros for no symbol, state weights and biases."""
    parts = [[given.params[f"h_1.{kind}_{gate}"] for gate in gates] for kind in KINDS]
    inward, across, bias = (torch.from_numpy(np.concatenate(part)) for part in parts)
    return torch.cat([inward, inward.new_zeros(len(inward), 1)], dim=1), across, bias


def built_in(given: Given) -> Peer:
    """Return the loop around `nn.LSTMCell`, which takes symbols as vectors."""
    inward, across, bias = stacks(given, BUILT_IN)
    cell = torch.nn.LSTMCell(inward.shape[1], across.shape[1], dtype=inward.dtype)
    with torch.no_grad():
        for param, array in zip(cell.parameters(), (inward, across, bias, torch.zeros_like(bias)), strict=True):
            param.copy_(array)
    vectors = torch.eye(inward.shape[1], dtype=inward.dtype)
    return peer(given, lambda before, state: cell(vectors.index_select(0, before), state))


def written_out(given: Given) -> Peer:
    """Return the loop around a cell that is written for it."""
    inward, across, bias = stacks(given, WRITTEN_OUT)
    table, across, units = (inward + bias[:, None]).T.contiguous(), across.T.contiguous(), across.shape[1]

    def cell(before: Tensor, state: State) -> State:
        h, c = state
        sigmoids, g = torch.addmm(table.index_select(0, before), h, across).split([3 * units, units], dim=1)
        f, i, o = sigmoids.sigmoid_().chunk(3, dim=1)
        c = torch.addcmul(f * c, i, g.tanh_())
        return o * torch.tanh(c), c

    return peer(given, cell)


def peer(given: Given, cell: Cell) -> Peer:
    """Return what is asked for with a cell."""
    readout, offset = (torch.from_numpy(given.params[name]) for name in ("V", "c"))
    writer = Writer(cell, readout, offset)
    prompt, points = torch.from_numpy(given.data["y"][:, 0]), given.data["y"].shape[1]
    ways: dict[str, Callable[[], Sequence[Tensor]]] = {
        "sample": lambda: writer.draw(prompt, points, noisy=True),
        "greedy": lambda: writer.draw(prompt, points, noisy=False),
        "beam": lambda: writer.search(prompt, points),
    }
    way = ways[given.options["way"]]

    def step() -> object:
        with torch.inference_mode():
            return way()

    def collect(result: Any) -> dict[str, Array]:
        y, log_prob = map(np.asarray, result)
        return {"y": y, "log_prob": log_prob}

    return Peer(step, collect)


class Writer:
    """A cell with a readout [symbols, units] and its offset."""

    def __init__(self, cell: Cell, readout: Tensor, offset: Tensor) -> None:
        """Keep them."""
        self.cell, self.readout, self.offset = cell, readout, offset
        self.symbols, self.units = readout.shape

    def begin(self, rows: int) -> tuple[State, Tensor]:
        """Return the states and logits of the first point, before which there is no symbol, and states are zeros."""
        zeros = self.readout.new_zeros(rows, self.units)
        state = self.cell(torch.full((rows,), self.symbols), (zeros, zeros))
        return state, self.logits(state[0])

    def logits(self, h: Tensor) -> Tensor:
        """Return scores of all symbols."""
        return linear(h, self.readout, self.offset)

    def draw(self, prompt: Tensor, points: int, *, noisy: bool) -> Sequence[Tensor]:
        """Return texts [batch, points], drawn or the likeliest at every point, and their log-probabilities.

        Each begins with its symbol of the prompt [batch].
        """
        state, first = self.begin(len(prompt))
        said, logits = [prompt], [first]
        noise = first.new_empty(points, *first.shape).exponential_().log_().neg_() if noisy else None
        for t in range(1, points):
            state = self.cell(said[-1], state)
            logits.append(self.logits(state[0]))
            said.append(torch.argmax(logits[-1] if noise is None else logits[-1] + noise[t], dim=1))
        log_probs, texts = torch.log_softmax(torch.stack(logits, dim=1), dim=2), torch.stack(said, dim=1)
        return texts, log_probs.gather(2, texts[:, :, None]).sum((1, 2))

    def search(self, prompt: Tensor, points: int) -> Sequence[Tensor]:
        """Return the best text of every beam [batch, points], and its log-probability; a text begins as in `draw`."""
        batch = len(prompt)
        state, logits = self.begin(batch)
        score = logits.new_full((batch, BEAM), -torch.inf)
        score[:, :1] = torch.log_softmax(logits, dim=1).gather(1, prompt[:, None])
        h, c = (part.repeat_interleave(BEAM, 0) for part in state)
        tokens, parents = [prompt.repeat_interleave(BEAM)], list[Tensor]()
        starts = torch.arange(0, batch * BEAM, BEAM)
        for _ in range(1, points):
            h, c = self.cell(tokens[-1], (h, c))
            log_probs = torch.log_softmax(self.logits(h), dim=1)
            score, best = (score.view(-1, 1) + log_probs).view(batch, -1).topk(BEAM)
            parents.append((starts[:, None] + best // self.symbols).flatten())
            tokens.append((best % self.symbols).flatten())
            h, c = h.index_select(0, parents[-1]), c.index_select(0, parents[-1])
        row, said = starts, list[Tensor]()
        for token, parent in zip(tokens[:0:-1], parents[::-1], strict=True):
            said.append(token.index_select(0, row))
            row = parent.index_select(0, row)
        return torch.stack([prompt, *said[::-1]], dim=1), score[:, 0]
