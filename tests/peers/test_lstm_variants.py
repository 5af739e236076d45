"""LSTMs with something left out, changed or added equal a few lines of torch, written from their papers."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from tests.peers.cells import OUTPUTS, UNITS, CellCase, Step, difference, net
from tests.peers.comparison import RAGGED, Tensor, Tensors, torch

State = tuple[Tensor, ...]


# The eight variants of Greff et al. (2015) ----------------------------------------------------------------------------


class Variant(NamedTuple):
    """How the block of Greff et al. (2015), section II, is changed in section III."""

    gates: str = "ifo"
    input_activation: Callable[[Tensor], Tensor] = torch.tanh
    output_activation: Callable[[Tensor], Tensor] = torch.tanh
    coupled: bool = False
    peepholes: bool = True
    full: bool = False


def block(variant: Variant) -> Step:
    """Return a step of the vanilla LSTM with one change; its state is y, c, and the gates i, f, o."""

    def step(p: Tensors, _t: int, x: Tensor, state: State) -> State:
        y, c, *gates = state
        old = dict(zip("ifo", gates, strict=True))

        def gate(k: str, cell: Tensor) -> Tensor:
            if k not in variant.gates:
                return torch.ones_like(c)
            a = x @ p[f"W_{k}"].T + y @ p[f"R_{k}"].T + p[f"b_{k}"]
            a = a + cell * p[f"p_{k}"] if variant.peepholes else a
            others = [value @ p[f"R_{source}{k}"].T for source, value in old.items()] if variant.full else []
            return torch.sigmoid(a + sum(others))

        z = variant.input_activation(x @ p["W_z"].T + y @ p["R_z"].T + p["b_z"])
        i = gate("i", c)
        f = 1 - i if variant.coupled else gate("f", c)
        c = z * i + c * f
        o = gate("o", c)
        return variant.output_activation(c) * o, c, i, f, o

    return step


def identity(a: Tensor) -> Tensor:
    """Return what is given: an activation function that is left out."""
    return a


VARIANTS = {
    "NIG": Variant(gates="fo"),
    "NFG": Variant(gates="io"),
    "NOG": Variant(gates="if"),
    "NIAF": Variant(input_activation=identity),
    "NOAF": Variant(output_activation=identity),
    "CIFG": Variant(coupled=True),
    "NP": Variant(peepholes=False),
    "FGR": Variant(full=True),
}


# Others ---------------------------------------------------------------------------------------------------------------


def janet(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    (h,) = state
    s = net(p, "f", x, h)
    return (torch.sigmoid(s) * h + torch.sigmoid(1 - s) * torch.tanh(net(p, "c", x, h)),)  # 1 - s(a) = s(-a), beta = 1


def min_lstm(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    (h,) = state
    f, i = (torch.sigmoid(x @ p[f"W_{k}"].T + p[f"b_{k}"]) for k in "fi")
    return (torch.lerp(h, x @ p["W_h"].T + p["b_h"], i / (f + i)),)


def ran(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    h, c = state
    i, f = torch.sigmoid(net(p, "i", x, h)), torch.sigmoid(net(p, "f", x, h))
    c = i * (x @ p["W_c"].T) + f * c
    return torch.tanh(c), c


def lstmp(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    r, c = state

    def summed(k: str) -> Tensor:
        return x @ p[f"W_{k}"].T + r @ p[f"R_{k}"].T + p[f"b_{k}"]

    i, f = (torch.sigmoid(summed(k) + p[f"p_{k}"] * c) for k in "if")
    c = f * c + i * torch.tanh(summed("c"))
    m = torch.sigmoid(summed("o") + p["p_o"] * c) * torch.tanh(c)
    return m @ p["P"].T, c


def multiplicative_lstm(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    h, c = state
    m = (x @ p["W_m"].T) * (h @ p["U_m"].T)
    f, i, o = (torch.sigmoid(net(p, k, x, m)) for k in "fio")
    c = f * c + i * torch.tanh(net(p, "g", x, m))
    return torch.tanh(c) * o, c


def nas(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    h, c = state
    inputs, states = zip(*((x @ p[f"W_{k}"].T, h @ p[f"U_{k}"].T) for k in range(1, 9)), strict=True)
    first = (torch.sigmoid, torch.relu, torch.sigmoid, torch.relu, torch.tanh, torch.sigmoid, torch.tanh, torch.sigmoid)
    added = [a + b for a, b in zip(inputs, states, strict=True)]
    added[3] = inputs[3] * states[3]
    a = [function(value) for function, value in zip(first, added, strict=True)]
    c = torch.tanh(torch.tanh(a[0] * a[1]) + c) * torch.tanh(a[2] + a[3])
    return torch.tanh(c * torch.tanh(torch.tanh(a[4] * a[5]) + torch.sigmoid(a[6] + a[7]))), c


CASES = (
    *(CellCase(name, f"{name}(n)", (UNITS,) * 5, block(variant)) for name, variant in VARIANTS.items()),
    CellCase("JANET", "JANET(n)", (UNITS,), janet),
    CellCase("MinLSTM", "MinLSTM(n)", (UNITS,), min_lstm),
    CellCase("RAN", "RAN(n)", (UNITS, UNITS), ran),
    CellCase("LSTMP", "LSTMP(n, k)", (OUTPUTS, UNITS), lstmp, dims="size, n, k", out="k"),
    CellCase("MultiplicativeLSTM", "MultiplicativeLSTM(n)", (UNITS, UNITS), multiplicative_lstm),
    CellCase("NAS", "NAS(n)", (UNITS, UNITS), nas),
)


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["equal", "ragged"])
@pytest.mark.parametrize("case", CASES, ids=[case.cell for case in CASES])
def test_equals_its_paper(
    case: CellCase, lengths: Sequence[int] | None, record_property: Callable[[str, object], None]
) -> None:
    record_property("difference", difference(case, lengths))
