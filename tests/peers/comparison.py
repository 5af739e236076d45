"""What every comparison with torch shares: random weights and data, both sides' loss and gradients, the tolerance.

A test module that imports this one is skipped, with the reason, where torch is not installed.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rnndsl

torch: Any = pytest.importorskip("torch", reason='torch is not installed: pip install ".[peers]"')

TOLERANCE = 1e-10
# As many steps as show a clockwork of three modules tick twice.
BATCH, STEPS = 3, 9
RAGGED = (9, 3, 5)

Array = NDArray[Any]
Tensor = Any
Tensors = Mapping[str, Tensor]
# Loss of the whole batch from parameters, real inputs and the mask [B, T] of points that exist.
Reference = Callable[[Tensors, Tensors, Tensor], Tensor]


def peer(cell: str, equations: Sequence[str], dims: str = "size, n", out: str = "n") -> str:
    """Write a model around a cell, with a random cotangent `r` for its output, so that every output is in the loss.

    Args:
        cell: the name that is imported from the library.
        equations: those that make `h[t]` from `x[t]`.
        dims: the model's dimensions; the first is the size of `x[t]`.
        out: the size of `h[t]`.
    """
    body = "\n    ".join(equations)
    return f"""
from cells import {cell}

model Peer({dims}):
    index t : sequence
    input x[t] : {dims.partition(",")[0]}
    input r[t] : {out}

    {body}
    output h[t]
    loss sum(r[t] @ h[t] over t)
"""


def mask_of(lengths: Sequence[int] | None) -> Array:
    """Return [B, T], True where a point exists."""
    ends = np.array(lengths or [STEPS] * BATCH)
    return np.arange(STEPS)[None, :] < ends[:, None]


def weighted(outputs: Tensor, cotangent: Tensor, mask: Tensor) -> Tensor:
    """Return the loss of `peer`, averaged over the batch; points that do not exist do not count."""
    return (outputs * cotangent * mask[:, :, None]).sum() / BATCH


def draw(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, Array]:
    """Draw an array of float64 per name, standard deviation 1/2."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0.0, 0.5, shape) for name, shape in shapes.items()}


def compare(
    source: str | Path,
    dims: Mapping[str, int],
    data: Mapping[str, Array],
    reference: Reference,
    lengths: Sequence[int] | None,
) -> float:
    """Compare loss and all gradients of a spec, its text or its file, with torch's; return the largest difference.

    Ours gets NaN wherever a point does not exist, torch zeros: padding must not matter.
    """
    program = rnndsl.compile(source, dims=dict(dims), backend="numpy", dtype="float64")
    params = draw({name: array.shape for name, array in program.init(seed=0).items()}, seed=1)
    mask = mask_of(lengths)
    real = [name for name, array in data.items() if array.dtype.kind == "f"]

    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in params.items()}
    inputs = {name: torch.tensor(array, requires_grad=name in real) for name, array in data.items()}
    expected = reference(leaves, inputs, torch.tensor(mask))
    expected.backward()

    padded = {name: poisoned(array, mask) if name in real else array for name, array in data.items()}
    given = {"t": list(lengths)} if lengths else None
    loss, grads = program.loss_and_grad(params, padded, wrt="all", lengths=given)

    differences = {"loss": float(abs(loss.value - expected.item()))}
    for name, tensor in {**leaves, **{name: inputs[name] for name in real}}.items():
        wanted = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy()
        assert grads[name].shape == wanted.shape, name
        assert wanted.any(), f"the data show nothing of {name}"
        differences[name] = float(np.abs(grads[name] - wanted).max())
    assert set(grads) == set(differences) - {"loss"}
    assert all(value < TOLERANCE for value in differences.values()), differences
    return max(differences.values())


def poisoned(array: Array, mask: Array) -> Array:
    """Return the array with NaN at the points of [B, T, ...] that do not exist; others are as they were."""
    if array.shape[:2] != mask.shape:
        return array
    copy = array.copy()
    copy[~mask] = np.nan
    return copy
