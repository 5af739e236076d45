"""What comparisons of cells with torch share: a cell's step in a few lines of torch, and the loop around it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.peers.comparison import BATCH, STEPS, Reference, Tensor, Tensors, compare, draw, peer, torch, weighted

UNITS, OUTPUTS = 4, 2
SIZES = {"size": 3, "n": UNITS, "k": OUTPUTS}

# (parameters, t from 1, x[t], state at t-1) -> state at t; the state's first member is the cell's output.
Step = Callable[[Tensors, int, Tensor, tuple[Tensor, ...]], tuple[Tensor, ...]]


class CellCase(NamedTuple):
    """A cell of the library, how it is applied, the sizes of its state in torch, and its step.

    `dims` are the model's, the size of the input first; `out` is the size of the output. A step that looks one step
    back at its input, too, has the last input among its states.
    """

    cell: str
    call: str
    states: tuple[int, ...]
    step: Step
    dims: str = "size, n"
    out: str = "n"


def net(p: Tensors, gate: str, x: Tensor, h: Tensor) -> Tensor:
    """Return the summed input of a gate: W x + U h + b."""
    return x @ p[f"W_{gate}"].T + h @ p[f"U_{gate}"].T + p[f"b_{gate}"]


def reference_of(case: CellCase) -> Reference:
    """Return the loss by a loop over t in torch."""

    def loss(p: Tensors, data: Tensors, mask: Tensor) -> Tensor:
        own = {name.removeprefix("h."): tensor for name, tensor in p.items()}
        state = tuple(torch.zeros(BATCH, size, dtype=torch.float64) for size in case.states)
        outputs = []
        for t in range(STEPS):
            state = case.step(own, t + 1, data["x"][:, t], state)
            outputs.append(state[0])
        return weighted(torch.stack(outputs, dim=1), data["r"], mask)

    return loss


def difference(case: CellCase, lengths: Sequence[int] | None) -> float:
    """Compare a cell with its step; return the largest difference."""
    text = peer(case.cell, [f"h[t] = {case.call}(x[t])"], case.dims, case.out)
    dims = {name: SIZES[name] for name in case.dims.split(", ")}
    inputs = next(iter(dims.values()))
    data = draw({"x": (BATCH, STEPS, inputs), "r": (BATCH, STEPS, case.states[0])}, seed=2)
    return compare(text, dims, data, reference_of(case), lengths)
