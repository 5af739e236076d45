"""Cells without gates, those that discretise differential equations among them, equal a few lines of torch."""

from collections.abc import Callable, Sequence

import pytest

from tests.peers.cells import UNITS, CellCase, difference
from tests.peers.comparison import RAGGED, Tensor, Tensors, torch

State = tuple[Tensor, ...]


def indrnn(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    """With the recurrent weights as a diagonal matrix."""
    (h,) = state
    return (torch.relu(x @ p["W"].T + h @ torch.diag(p["u"]) + p["b"]),)


def multiplicative_rnn(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    """With the recurrent matrix of every example's input."""
    (h,) = state
    matrix = p["V"] @ torch.diag_embed(x @ p["F"].T) @ p["U"]
    return (torch.tanh((matrix @ h[:, :, None])[:, :, 0] + x @ p["W"].T + p["b"]),)


def antisymmetric(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    (h,) = state
    matrix = p["W"] - p["W"].T - 0.01 * torch.eye(UNITS, dtype=torch.float64)
    return (h + 0.1 * torch.tanh(h @ matrix.T + x @ p["V"].T + p["b"]),)


def cornn(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    y, z = state
    drive = torch.tanh(torch.cat([y, z, x], dim=1) @ torch.cat([p["W"], p["R"], p["V"]], dim=1).T + p["b"])
    z = z + 0.05 * drive - 0.05 * 2 * y - 0.05 * 5 * z
    return y + 0.05 * z, z


def lem(p: Tensors, _t: int, x: Tensor, state: State) -> State:
    y, z = state

    def net(k: str, seen: Tensor) -> Tensor:
        return seen @ p[f"W_{k}"].T + x @ p[f"V_{k}"].T + p[f"b_{k}"]

    z = torch.lerp(z, torch.tanh(net("z", y)), 0.5 * torch.sigmoid(net("p", y)))
    return torch.lerp(y, torch.tanh(net("y", z)), 0.5 * torch.sigmoid(net("q", y))), z


CASES = (
    CellCase("IndRNN", "IndRNN(n)", (UNITS,), indrnn),
    CellCase("MultiplicativeRNN", "MultiplicativeRNN(n, k)", (UNITS,), multiplicative_rnn, dims="size, n, k"),
    CellCase("AntisymmetricRNN", "AntisymmetricRNN(n)", (UNITS,), antisymmetric),
    CellCase("CoRNN", "CoRNN(n)", (UNITS, UNITS), cornn),
    CellCase("LEM", "LEM(n, delta = 0.5)", (UNITS, UNITS), lem),
)


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["equal", "ragged"])
@pytest.mark.parametrize("case", CASES, ids=[case.cell for case in CASES])
def test_equals_its_paper(
    case: CellCase, lengths: Sequence[int] | None, record_property: Callable[[str, object], None]
) -> None:
    record_property("difference", difference(case, lengths))
