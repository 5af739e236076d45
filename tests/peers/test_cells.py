"""Cells that torch.nn lacks equal a few lines of torch, written from their papers, by torch's own autograd."""

from collections.abc import Callable, Sequence

import pytest

from tests.peers.cells import OUTPUTS, UNITS, CellCase, difference, net
from tests.peers.comparison import RAGGED, Tensor, Tensors, torch

MODULES = 3


def jordan(p: Tensors, _t: int, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    y, s = state
    s = 0.5 * s + y
    h = torch.tanh(s @ p["W"].T + x @ p["U"].T + p["b"])
    return torch.sigmoid(h @ p["V"].T + p["c"]), s


def lstm_1997(p: Tensors, _t: int, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    h, c = state
    i, o = torch.sigmoid(net(p, "i", x, h)), torch.sigmoid(net(p, "o", x, h))
    # 4 s(a) - 2 = 2 tanh(a / 2), and 2 s(a) - 1 = tanh(a / 2)
    c = c + i * 2 * torch.tanh(net(p, "g", x, h) / 2)
    return o * torch.tanh(c / 2), c


def peephole(p: Tensors, _t: int, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    h, c = state
    i = torch.sigmoid(net(p, "i", x, h) + p["p_i"] * c)
    f = torch.sigmoid(net(p, "f", x, h) + p["p_f"] * c)
    new = f * c + i * torch.tanh(net(p, "c", x, h))
    o = torch.sigmoid(net(p, "o", x, h) + p["p_o"] * new)
    return o * torch.tanh(new), new


def gru(p: Tensors, _t: int, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (h,) = state
    r, z = torch.sigmoid(net(p, "r", x, h)), torch.sigmoid(net(p, "z", x, h))
    return (torch.lerp(torch.tanh(net(p, "g", x, r * h)), h, z),)


def mut1(p: Tensors, _t: int, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (h,) = state
    z = torch.sigmoid(x @ p["W_z"].T + p["b_z"])
    r = torch.sigmoid(net(p, "r", x, h))
    return (torch.lerp(h, torch.tanh((r * h) @ p["U_h"].T + torch.tanh(x) + p["b_h"]), z),)


def mut2(p: Tensors, _t: int, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (h,) = state
    z = torch.sigmoid(net(p, "z", x, h))
    r = torch.sigmoid(x + h @ p["U_r"].T + p["b_r"])
    return (torch.lerp(h, torch.tanh(net(p, "h", x, r * h)), z),)


def mut3(p: Tensors, _t: int, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (h,) = state
    z = torch.sigmoid(net(p, "z", x, torch.tanh(h)))
    r = torch.sigmoid(net(p, "r", x, h))
    return (torch.lerp(h, torch.tanh(net(p, "h", x, r * h)), z),)


def layer_norm_lstm(p: Tensors, _t: int, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    h, c = state

    def norm(a: Tensor, which: str) -> Tensor:
        return torch.nn.functional.layer_norm(a, a.shape[-1:], p[f"alpha_{which}"], p[f"beta_{which}"], eps=1e-5)

    a = norm(h @ p["U"].T, "h") + norm(x @ p["W"].T, "x") + p["b"]
    f, i, o, g = a.chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(norm(c, "c")), c


def leaky(p: Tensors, _t: int, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (h,) = state
    return (torch.lerp(h, torch.tanh(h @ p["W"].T + x @ p["U"].T + p["b"]), 0.3),)


def clockwork(p: Tensors, t: int, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """As in the paper: one upper triangular block matrix, and the rows of those modules that tick."""
    (h,) = state
    modules = range(1, MODULES + 1)
    rows = [torch.nn.functional.pad(p[f"W_{m}"], (UNITS * (m - 1), 0)) for m in modules]
    u, b = (torch.cat([p[f"{kind}_{m}"] for m in modules]) for kind in "Ub")
    ticks = torch.tensor([t % 2 ** (m - 1) == 0 for m in modules]).repeat_interleave(UNITS)
    return (torch.where(ticks, torch.tanh(h @ torch.cat(rows).T + x @ u.T + b), h),)


CASES = (
    CellCase("Jordan", "Jordan(n, k)", (OUTPUTS, OUTPUTS), jordan, dims="size, n, k", out="k"),
    CellCase("LSTM_1997", "LSTM_1997(n)", (UNITS, UNITS), lstm_1997),
    CellCase("PeepholeLSTM", "PeepholeLSTM(n)", (UNITS, UNITS), peephole),
    CellCase("GRU", "GRU(n)", (UNITS,), gru),
    CellCase("MUT1", "MUT1(n)", (UNITS,), mut1, dims="n"),
    CellCase("MUT2", "MUT2(n)", (UNITS,), mut2, dims="n"),
    CellCase("MUT3", "MUT3(n)", (UNITS,), mut3),
    CellCase("LayerNormLSTM", "LayerNormLSTM(n)", (UNITS, UNITS), layer_norm_lstm),
    CellCase("Leaky", "Leaky(n)", (UNITS,), leaky),
    CellCase("Clockwork", f"Clockwork(n, {MODULES})", (UNITS * MODULES,), clockwork, out=f"{MODULES} * n"),
)


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["equal", "ragged"])
@pytest.mark.parametrize("case", CASES, ids=[case.cell for case in CASES])
def test_equals_its_paper(
    case: CellCase, lengths: Sequence[int] | None, record_property: Callable[[str, object], None]
) -> None:
    record_property("difference", difference(case, lengths))
