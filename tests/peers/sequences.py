"""What comparisons with torch on sequences share: cells in a few lines of torch, random tokens.

A reference computes one example at a time and one step at a time.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from tests.peers.comparison import Array, Tensor, Tensors, torch
from tests.peers.structures import column, tokens, zeros

State = tuple[Tensor, ...]
# (parameters, input, state before) -> state; its first member is the output.
Cell = Callable[[Tensors, Tensor, State], State]


def ragged(seed: int, lengths: Sequence[int], size: int) -> list[Array]:
    """Draw a sequence of whole numbers below `size` for every example, some absent."""
    rng = np.random.default_rng(seed)
    return [tokens(rng, [length], size) for length in lengths]


def gru(p: Tensors, x: Tensor, state: State) -> State:
    """Return the state of a GRU whose reset gate acts before the product."""
    (h,) = state
    r, z = (torch.sigmoid(p[f"W_{k}"] @ x + p[f"U_{k}"] @ h + p[f"b_{k}"]) for k in "rz")
    return (torch.lerp(torch.tanh(p["W_g"] @ x + p["U_g"] @ (r * h) + p["b_g"]), h, z),)


def lstm(p: Tensors, x: Tensor, state: State) -> State:
    """Return the state of an LSTM, h and c."""
    h, c = state
    net = {k: p[f"W_{k}"] @ x + p[f"U_{k}"] @ h + p[f"b_{k}"] for k in "fiog"}
    c = torch.sigmoid(net["f"]) * c + torch.sigmoid(net["i"]) * torch.tanh(net["g"])
    return torch.sigmoid(net["o"]) * torch.tanh(c), c


def walk(cell: Cell, p: Tensors, inputs: Iterable[Tensor], start: State) -> list[State]:
    """Return the states of a cell at every step."""
    states, state = [], start
    for x in inputs:
        state = cell(p, x, state)
        states.append(state)
    return states


def end(states: list[State], start: State) -> State:
    """Return the last state, or what it would have begun with."""
    return states[-1] if states else start


def rows(vectors: Sequence[Tensor], size: int) -> Tensor:
    """Return vectors as the rows of a matrix, which may have none."""
    return torch.stack([zeros(size), *vectors])[1:]


def outputs(states: list[State], size: int) -> Tensor:
    """Return the outputs of all steps, [T, size]."""
    return rows([state[0] for state in states], size)


def embedded(matrix: Tensor, words: Tensor) -> list[Tensor]:
    """Return the vectors of words, zeros for those that are absent."""
    return [column(matrix, word) for word in words]


def previous(matrix: Tensor, words: Tensor) -> list[Tensor]:
    """Return for every step the vector of the word before it, zeros at the first."""
    return [zeros(matrix.shape[0]), *embedded(matrix, words[:-1])][: len(words)]
