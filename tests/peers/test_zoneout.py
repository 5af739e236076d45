"""Zoneout (Krueger et al. 2017) equals torch with the masks that are given, that were drawn, and in expectation."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

import rnndsl
from tests.peers.cells import SIZES, UNITS, CellCase, difference, net
from tests.peers.comparison import (
    BATCH,
    RAGGED,
    STEPS,
    TOLERANCE,
    Array,
    Tensor,
    Tensors,
    compare,
    draw,
    peer,
    torch,
    weighted,
)

State = tuple[Tensor, ...]
X, R = (BATCH, STEPS, SIZES["size"]), (BATCH, STEPS, UNITS)
DIMS = {"size": SIZES["size"], "n": UNITS}


def zoneout(p: Tensors, x: Tensor, state: State, kept: Sequence[Tensor | float]) -> State:
    """Return the state after a step, with what is kept of c and of h: masks, or their expected values."""
    h, c = state
    f, i, o = (torch.sigmoid(net(p, k, x, h)) for k in "fio")
    new = f * c + i * torch.tanh(net(p, "g", x, h))
    return kept[1] * h + (1 - kept[1]) * o * torch.tanh(new), kept[0] * c + (1 - kept[0]) * new


def states(p: Tensors, data: Tensors, kept: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return h and c, [B, T, n]."""
    own = {name.removeprefix("h."): tensor for name, tensor in p.items()}
    steps = [(torch.zeros(BATCH, UNITS, dtype=torch.float64),) * 2]
    for t in range(STEPS):
        steps.append(zoneout(own, data["x"][:, t], steps[-1], [masks[:, t] for masks in kept]))
    h, c = (torch.stack(values, dim=1) for values in zip(*steps[1:], strict=True))
    return h, c


def by_masks(p: Tensors, data: Tensors, mask: Tensor) -> Tensor:
    """Return the loss of a model around ZoneoutMasks."""
    return weighted(states(p, data, (data["d"], data["e"]))[0], data["r"], mask)


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["equal", "ragged"])
def test_masks_that_are_given(lengths: Sequence[int] | None, record_property: Callable[[str, object], None]) -> None:
    text = peer("ZoneoutMasks", ["input d[t], e[t] : n", "h[t] = ZoneoutMasks(n)(x[t], d[t], e[t])"])
    rng = np.random.default_rng(4)
    masks = {name: rng.integers(0, 2, R).astype(float) for name in "de"}
    record_property("difference", compare(text, DIMS, draw({"x": X, "r": R}, seed=2) | masks, by_masks, lengths))


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["equal", "ragged"])
def test_expected_values(lengths: Sequence[int] | None, record_property: Callable[[str, object], None]) -> None:
    case = CellCase("ZoneoutLSTM", "ZoneoutLSTM(n)", (UNITS, UNITS), lambda p, _t, x, s: zoneout(p, x, s, (0.5, 0.05)))
    record_property("difference", difference(case, lengths))


def kept_of(values: Array) -> Array:
    """Return 1 where a state [B, T, n] is what it was one step before."""
    before = np.concatenate([np.zeros_like(values[:, :1]), values[:, :-1]], axis=1)
    kept: Array = (values == before).astype(float)
    return kept


def test_masks_that_were_drawn(record_property: Callable[[str, object], None]) -> None:
    """The gradients of random cotangents of h and c are h and c themselves: they show what was kept in training."""
    extra = ["input q[t] : n", "h[t] = ZoneoutLSTM(n, outputs = 0.3)(x[t])", "loss sum(q[t] @ h.c[t] over t)"]
    program = rnndsl.compile(peer("ZoneoutLSTM", extra), dims=dict(DIMS), dtype="float64")
    params = draw({name: array.shape for name, array in program.init(seed=0).items()}, seed=1)
    data = draw({"x": X, "r": R, "q": R}, seed=2)
    loss, grads = program.loss_and_grad(params, data, wrt="all", noise=5)
    kept = [kept_of(grads[name]) for name in "qr"]
    assert 0.3 < kept[0].mean() < 0.7
    assert 0.1 < kept[1].mean() < 0.5

    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in params.items()}
    inputs = {name: torch.tensor(array, requires_grad=True) for name, array in data.items()}
    h, c = states(leaves, inputs, [torch.tensor(masks) for masks in kept])
    expected = ((h * inputs["r"]).sum() + (c * inputs["q"]).sum()) / BATCH
    expected.backward()
    gaps = [float(np.abs(grads[name] - tensor.grad.numpy()).max()) for name, tensor in {**leaves, **inputs}.items()]
    assert max(gaps) < TOLERANCE
    assert abs(loss.value - expected.item()) < TOLERANCE
    record_property("difference", max(gaps))
