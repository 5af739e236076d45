"""Gated units of one or two gates equal a few lines of torch, written from their papers."""

from collections.abc import Callable, Sequence

import pytest

from tests.peers.cells import SIZES, UNITS, CellCase, Step, difference, net
from tests.peers.comparison import RAGGED, Tensor, Tensors, torch

State = tuple[Tensor, ...]


def mgu(gate: Callable[[Tensors, Tensor, Tensor], Tensor]) -> Step:
    """Return a step of the minimal gated unit (Zhou et al. 2016), with the summed input of its gate."""

    def step(p: Tensors, _t: int, x: Tensor, state: State) -> State:
        (h,) = state
        f = torch.sigmoid(gate(p, x, h))
        return (torch.lerp(h, torch.tanh(net(p, "h", x, f * h)), f),)

    return step


def min_gru(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    (h,) = state
    return (torch.lerp(h, x @ p["W_h"].T + p["b_h"], torch.sigmoid(x @ p["W_z"].T + p["b_z"])),)


def sru(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    _, c = state
    f, r = (torch.sigmoid(x @ p[f"W_{k}"].T + p[f"v_{k}"] * c + p[f"b_{k}"]) for k in "fr")
    c = torch.lerp(x @ p["W"].T, c, f)
    return torch.lerp(x, c, r), c


def qrnn(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    """Convolve over the last input and this one, then forget and multiply."""
    _, c, last = state
    window = torch.cat([last, x], dim=1)
    z, f, o = (window @ torch.cat([p[f"V_{k}"], p[f"W_{k}"]], dim=1).T for k in "zfo")
    c = torch.lerp(torch.tanh(z), c, torch.sigmoid(f))
    return torch.sigmoid(o) * c, c, x


def ugrnn(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    (h,) = state
    return (torch.lerp(torch.tanh(net(p, "c", x, h)), h, torch.sigmoid(net(p, "g", x, h))),)


def li_gru(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    (h,) = state
    return (torch.lerp(torch.relu(net(p, "h", x, h)), h, torch.sigmoid(net(p, "z", x, h))),)


def cfn(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    (h,) = state
    theta, eta = (torch.sigmoid(h @ p[f"U_{k}"].T + x @ p[f"V_{k}"].T + p[f"b_{k}"]) for k in ("theta", "eta"))
    return (theta * torch.tanh(h) + eta * torch.tanh(x @ p["W"].T),)


def fast_grnn(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    (h,) = state
    shared = x @ p["W"].T + h @ p["U"].T
    z, candidate = torch.sigmoid(shared + p["b_z"]), torch.tanh(shared + p["b_h"])
    zeta, nu = torch.sigmoid(p["zeta"]), torch.sigmoid(p["nu"])
    return ((zeta * (1 - z) + nu) * candidate + z * h,)


def rhn(depth: int) -> Step:
    """Return a step of Zilly et al. (2017), as if the input reached every layer and were masked in all but one."""

    def step(p: Tensors, _t: int, x: Tensor, state: State) -> State:
        (s,) = state
        for layer in range(1, depth + 1):
            first = float(layer == 1)
            h, t, c = (first * (x @ p[f"W_{k}"].T) + s @ p[f"R_{k}_{layer}"].T + p[f"b_{k}_{layer}"] for k in "HTC")
            s = torch.tanh(h) * torch.sigmoid(t) + s * torch.sigmoid(c)
        return (s,)

    return step


CASES = (
    CellCase("MGU", "MGU(n)", (UNITS,), mgu(lambda p, x, h: net(p, "f", x, h))),
    CellCase("MGU1", "MGU1(n)", (UNITS,), mgu(lambda p, x, h: h @ p["U_f"].T + p["b_f"])),
    CellCase("MGU2", "MGU2(n)", (UNITS,), mgu(lambda p, x, h: h @ p["U_f"].T)),
    CellCase("MGU3", "MGU3(n)", (UNITS,), mgu(lambda p, x, h: p["b_f"].expand_as(h))),
    CellCase("MinGRU", "MinGRU(n)", (UNITS,), min_gru),
    CellCase("SRU", "SRU(n)", (UNITS, UNITS), sru, dims="n"),
    CellCase("QRNN", "QRNN(n)", (UNITS, UNITS, SIZES["size"]), qrnn),
    CellCase("UGRNN", "UGRNN(n)", (UNITS,), ugrnn),
    CellCase("LiGRU", "LiGRU(n)", (UNITS,), li_gru),
    CellCase("CFN", "CFN(n)", (UNITS,), cfn),
    CellCase("FastGRNN", "FastGRNN(n)", (UNITS,), fast_grnn),
    CellCase("RHN", "RHN(n)", (UNITS,), rhn(3)),
    CellCase("RHN", "RHN(n, 1)", (UNITS,), rhn(1)),
)


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["equal", "ragged"])
@pytest.mark.parametrize("case", CASES, ids=[case.call for case in CASES])
def test_equals_its_paper(
    case: CellCase, lengths: Sequence[int] | None, record_property: Callable[[str, object], None]
) -> None:
    record_property("difference", difference(case, lengths))
