"""Cells in torch under autograd, as one writes them for speed: gates stacked, inputs multiplied before the loop.

With `torch.compile` it is the step that is compiled: a whole sequence takes as long to compile again for every length.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch.nn.functional import layer_norm, linear

from tests.benchmarks.cells import named, stacked
from tests.benchmarks.problem import Array, Given, Peer

Tensor = Any  # the answer of mypy must not depend on whether torch is installed
Tensors = Mapping[str, Tensor]
#: The output comes first.
State = tuple[Tensor, ...]
#: What makes machine code of a step, by the name that `torch.compile` has for it.
COMPILER: Final = "inductor"


class Cell(NamedTuple):
    """What needs no state, for all steps at once, and the step; `states` counts the vectors of the state.

    A step takes the parameters, its slices of what `prepare` has made, and the state before.
    """

    states: int
    prepare: Callable[[Tensors, Tensor], Sequence[Tensor]]
    step: Callable[[Tensors, Sequence[Tensor], State], State]


def eager(given: Given) -> Peer:
    """Return the step of the loop that torch runs operator by operator."""
    return _peer(given, CELLS[given.options["cell"]])


def step_by_step(given: Given) -> Peer:
    """Return the same, but a step multiplies its own input: what a module called with x[t] and a state does."""
    cell = CELLS[given.options["cell"]]

    def step(p: Tensors, inputs: Sequence[Tensor], state: State) -> State:
        return cell.step(p, cell.prepare(p, inputs[0]), state)

    return _peer(given, Cell(cell.states, lambda p, x: (x,), step))


def compiled(given: Given) -> Peer:
    """Return the step of the loop around a compiled step."""
    cell = CELLS[given.options["cell"]]
    return _peer(given, cell._replace(step=torch.compile(cell.step, backend=COMPILER, dynamic=False)))


def _peer(given: Given, cell: Cell) -> Peer:
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in stacked(given).items()}
    x, w = tensors["x"], tensors["w"]

    def step() -> object:
        state: State = (x.new_zeros(x.shape[1], len(w)),) * cell.states
        outputs = []
        for inputs in zip(*(each.unbind() for each in cell.prepare(tensors, x)), strict=True):
            state = cell.step(tensors, inputs, state)
            outputs.append(state[0])
        loss = (torch.stack(outputs) @ w).sum() / x.shape[1]
        return loss.detach(), *torch.autograd.grad(loss, [*tensors.values()])

    def collect(result: Any) -> dict[str, Array]:
        loss, *grads = result
        return {"loss": np.asarray(loss), **named(given, dict(zip(tensors, grads, strict=True)))}

    return Peer(step, collect)


# Cells ----------------------------------------------------------------------------------------------------------------


def _summed(p: Tensors, x: Tensor) -> Sequence[Tensor]:
    return (linear(x, p["W"], p["b"]),)


def _lstm(p: Tensors, inputs: Sequence[Tensor], state: State) -> State:
    h, c = state
    sigmoids, g = torch.addmm(inputs[0], h, p["U"].T).split([3 * h.shape[1], h.shape[1]], dim=1)
    f, i, o = torch.sigmoid(sigmoids).chunk(3, dim=1)
    c = torch.addcmul(f * c, i, torch.tanh(g))
    return o * torch.tanh(c), c


def _peephole(p: Tensors, inputs: Sequence[Tensor], state: State) -> State:
    h, c = state
    i, f, o, g = torch.addmm(inputs[0], h, p["U"].T).chunk(4, dim=1)
    i = torch.sigmoid(torch.addcmul(i, p["p_i"], c))
    f = torch.sigmoid(torch.addcmul(f, p["p_f"], c))
    c = torch.addcmul(f * c, i, torch.tanh(g))
    return torch.sigmoid(torch.addcmul(o, p["p_o"], c)) * torch.tanh(c), c


def _normalised(p: Tensors, a: Tensor, which: str) -> Tensor:
    return layer_norm(a, a.shape[-1:], p[f"alpha_{which}"], p[f"beta_{which}"])


def _layer_norm_inputs(p: Tensors, x: Tensor) -> Sequence[Tensor]:
    return (_normalised(p, linear(x, p["W"]), "x") + p["b"],)


def _layer_norm_lstm(p: Tensors, inputs: Sequence[Tensor], state: State) -> State:
    h, c = state
    gates = _normalised(p, linear(h, p["U"]), "h") + inputs[0]
    sigmoids, g = gates.split([3 * h.shape[1], h.shape[1]], dim=1)
    f, i, o = torch.sigmoid(sigmoids).chunk(3, dim=1)
    c = torch.addcmul(f * c, i, torch.tanh(g))
    return o * torch.tanh(_normalised(p, c, "c")), c


def _mut1_inputs(p: Tensors, x: Tensor) -> Sequence[Tensor]:
    projected = linear(x, p["P"])
    z, r = linear(projected, p["W"], p["b"]).chunk(2, dim=-1)
    return torch.sigmoid(z), r, torch.tanh(projected) + p["b_h"]


def _mut1(p: Tensors, inputs: Sequence[Tensor], state: State) -> State:
    z, r, g = inputs
    (h,) = state
    r = torch.sigmoid(torch.addmm(r, h, p["U_r"].T))
    return (torch.lerp(h, torch.tanh(torch.addmm(g, r * h, p["U_h"].T)), z),)


CELLS: Final[Mapping[str, Cell]] = {
    "LSTM": Cell(2, _summed, _lstm),
    "PeepholeLSTM": Cell(2, _summed, _peephole),
    "LayerNormLSTM": Cell(2, _layer_norm_inputs, _layer_norm_lstm),
    "MUT1": Cell(1, _mut1_inputs, _mut1),
}
