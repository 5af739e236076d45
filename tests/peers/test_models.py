"""Whole models with tokens and likelihoods equal torch: the loss is the mean over all points that exist."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

import rnndsl
from tests.peers.comparison import BATCH, RAGGED, STEPS, Array, Tensor, Tensors, compare, mask_of, torch
from tests.peers.structures import model

SYMBOLS, UNITS = 6, 4
TAGGER = model("tagger", words=SYMBOLS, tags=SYMBOLS, hidden=UNITS)


def symbols(seed: int) -> Array:
    """Draw tokens [B, T], every symbol but 0 more than once."""
    return np.random.default_rng(seed).integers(0, SYMBOLS, (BATCH, STEPS))


def shifted(tokens: Tensor) -> Tensor:
    """Return the one-hot vectors of the step before, zero at the start."""
    hot = torch.nn.functional.one_hot(tokens, SYMBOLS).double()
    return torch.cat([torch.zeros_like(hot[:, :1]), hot[:, :-1]], dim=1)


def cross_entropy(logits: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over the points that exist."""
    return torch.nn.functional.cross_entropy(logits[mask], tokens[mask])


def char_lstm(p: Tensors, data: Tensors, mask: Tensor) -> Tensor:
    module = torch.nn.LSTM(SYMBOLS, UNITS, num_layers=2, batch_first=True, dtype=torch.float64)
    weights: dict[str, Tensor] = {}
    for layer in (0, 1):
        w, u, b = (torch.cat([p[f"h_{layer + 1}.{kind}_{gate}"] for gate in "ifgo"]) for kind in "WUb")
        weights |= {f"weight_ih_l{layer}": w, f"weight_hh_l{layer}": u}
        weights |= {f"bias_ih_l{layer}": b, f"bias_hh_l{layer}": torch.zeros_like(b)}
    outputs, _ = torch.func.functional_call(module, weights, (shifted(data["y"]),))
    return cross_entropy(outputs @ p["V"].T + p["c"], data["y"], mask)


def tagger(p: Tensors, data: Tensors, mask: Tensor) -> Tensor:
    module = torch.nn.RNN(SYMBOLS, UNITS, bidirectional=True, batch_first=True, dtype=torch.float64)
    values = [p["U"], p["W"], p["b"], torch.zeros_like(p["b"]), p["R"], p["Z"], p["d"], torch.zeros_like(p["d"])]
    names = [name for name, _ in module.named_parameters()]
    hot = torch.nn.functional.one_hot(data["x"], SYMBOLS).double()
    packed = torch.nn.utils.rnn.pack_padded_sequence(hot, mask.sum(dim=1), batch_first=True, enforce_sorted=False)
    outputs, _ = torch.func.functional_call(module, dict(zip(names, values, strict=True)), (packed,))
    unpacked, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True)
    return cross_entropy(unpacked @ p["V"].T + p["c"], data["y"], mask)


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["equal", "ragged"])
def test_char_lstm(lengths: Sequence[int] | None, record_property: Callable[[str, object], None]) -> None:
    spec = model("char_lstm", vocab=SYMBOLS, hidden=UNITS)
    record_property("difference", compare(spec.source, spec.dims, {"y": symbols(3)}, char_lstm, lengths))


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["equal", "ragged"])
def test_tagger(lengths: Sequence[int] | None, record_property: Callable[[str, object], None]) -> None:
    data = {"x": symbols(4), "y": symbols(5)}
    record_property("difference", compare(TAGGER.source, TAGGER.dims, data, tagger, lengths))


def test_logits_of_run_equal_torch() -> None:
    program = rnndsl.compile(TAGGER.source, dims=dict(TAGGER.dims), dtype="float64")
    params, data = program.init(seed=0), {"x": symbols(4), "y": symbols(5)}
    mask = mask_of(RAGGED)
    logits = program.run(params, data, lengths={"t": list(RAGGED)})["y.logits"]
    assert not logits[~mask].any()
    leaves = {name: torch.tensor(array) for name, array in params.items()}
    loss = tagger(leaves, {name: torch.tensor(array) for name, array in data.items()}, torch.tensor(mask))
    ours = torch.nn.functional.cross_entropy(torch.tensor(logits)[mask], torch.tensor(data["y"])[mask])
    assert abs(ours.item() - loss.item()) < 1e-10
