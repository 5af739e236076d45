"""The library's cells equal torch.nn in float64: values and every gradient, stacked, bidirectional and ragged."""

from collections.abc import Callable, Sequence

import pytest

from tests.peers.comparison import (
    BATCH,
    RAGGED,
    STEPS,
    Reference,
    Tensor,
    Tensors,
    compare,
    draw,
    peer,
    torch,
    weighted,
)

SIZE, UNITS = 3, 4

# The weights of one torch layer, from the parameters of ours whose names begin with `prefix`.
Weights = Callable[[Tensors, str], list[Tensor]]


def elman_weights(p: Tensors, prefix: str) -> list[Tensor]:
    """One bias of ours, two of torch's: the second is zero."""
    bias = p[f"{prefix}.b"]
    return [p[f"{prefix}.U"], p[f"{prefix}.W"], bias, torch.zeros_like(bias)]


def lstm_weights(p: Tensors, prefix: str) -> list[Tensor]:
    """Gates in torch's order."""
    w, u, b = (torch.cat([p[f"{prefix}.{kind}_{gate}"] for gate in "ifgo"]) for kind in "WUb")
    return [w, u, b, torch.zeros_like(b)]


def gru_weights(p: Tensors, prefix: str) -> list[Tensor]:
    """Both biases are parameters of ours too; torch calls the candidate n, we g."""
    return [torch.cat([p[f"{prefix}.{kind}_{gate}"] for gate in "rzg"]) for kind in "WUbd"]


KINDS: tuple[tuple[str, str, Weights, dict[str, str]], ...] = (
    ("Elman", "RNN", elman_weights, {"nonlinearity": "tanh"}),
    ("IRNN", "RNN", elman_weights, {"nonlinearity": "relu"}),
    ("LSTM", "LSTM", lstm_weights, {}),
    ("ResetAfterGRU", "GRU", gru_weights, {}),
)

# Name, our equations with CELL for the cell, its layers' prefixes in torch's order, torch's options, our output's size.
LAYOUTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], dict[str, int | bool], str], ...] = (
    ("one layer", ("h[t] = CELL(n)(x[t])",), ("h",), {}, "n"),
    (
        "stacked",
        ("h_1[t] = CELL(n)(x[t])", "h_2[t] = CELL(n)(h_1[t])", "h[t] = CELL(n)(h_2[t])"),
        ("h_1", "h_2", "h"),
        {"num_layers": 3},
        "n",
    ),
    (
        "bidirectional",
        ("f[t] = CELL(n)(x[t])", "g[t] = CELL(n)(x[t]) backward over t", "h[t] = concat(f[t], g[t])"),
        ("f", "g"),
        {"bidirectional": True},
        "2 * n",
    ),
    (
        "stacked and bidirectional",
        (
            "f_1[t] = CELL(n)(x[t])",
            "g_1[t] = CELL(n)(x[t]) backward over t",
            "a[t] = concat(f_1[t], g_1[t])",
            "f_2[t] = CELL(n)(a[t])",
            "g_2[t] = CELL(n)(a[t]) backward over t",
            "h[t] = concat(f_2[t], g_2[t])",
        ),
        ("f_1", "g_1", "f_2", "g_2"),
        {"num_layers": 2, "bidirectional": True},
        "2 * n",
    ),
)


def reference_of(
    kind: str, options: dict[str, int | bool | str], weights: Weights, prefixes: Sequence[str], lengths: Sequence[int]
) -> Reference:
    """Return the loss by torch.nn on a packed batch."""
    module = getattr(torch.nn, kind)(SIZE, UNITS, batch_first=True, dtype=torch.float64, **options)
    names = [name for name, _ in module.named_parameters()]

    def loss(p: Tensors, data: Tensors, mask: Tensor) -> Tensor:
        values = [tensor for prefix in prefixes for tensor in weights(p, prefix)]
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            data["x"], torch.tensor(list(lengths)), batch_first=True, enforce_sorted=False
        )
        outputs, _ = torch.func.functional_call(module, dict(zip(names, values, strict=True)), (packed,))
        unpacked, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True)
        return weighted(unpacked, data["r"], mask)

    return loss


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["equal", "ragged"])
@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout[0] for layout in LAYOUTS])
@pytest.mark.parametrize("kind", KINDS, ids=[kind[0] for kind in KINDS])
def test_equals_torch_nn(
    kind: tuple[str, str, Weights, dict[str, str]],
    layout: tuple[str, tuple[str, ...], tuple[str, ...], dict[str, int | bool], str],
    lengths: Sequence[int] | None,
    record_property: Callable[[str, object], None],
) -> None:
    cell, module, weights, activation = kind
    _, equations, prefixes, options, out = layout
    width = UNITS * 2 if "bidirectional" in options else UNITS
    text = peer(cell, [line.replace("CELL", cell) for line in equations], out=out)
    data = draw({"x": (BATCH, STEPS, SIZE), "r": (BATCH, STEPS, width)}, seed=2)
    reference = reference_of(module, {**options, **activation}, weights, prefixes, lengths or [STEPS] * BATCH)
    record_property("difference", compare(text, {"size": SIZE, "n": UNITS}, data, reference, lengths))
