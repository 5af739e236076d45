"""Gradients by segments are those of the whole, in less memory."""

from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.locations import data_folder
from rnndsl.runtime.checkpointing import check_checkpoint

MODES = ("observe", "checkpoint")
#: Recurrent nets of every kind that runs along one sequence: several delays, inits, vectors beside it, memories.
MODELS = {
    "elman": {"vocab": 5, "hidden": 3},
    "char_lstm": {"vocab": 5, "hidden": 3},
    "time_skips": {},
    "vector_conditioned": {},
    "ntm": {},
}
#: A model with an init that is learned, a real target that is read back, and numbers of points.
OWN = """model Own(n = 3):
    index  t : sequence
    input  x[t] : n
    target y[t] : n
    param  W, U : n, n
    param  a : n
    init   h[t] = tanh(a)
    h[t] : n = tanh(W @ h[t-1] + U @ y[t-2] + x[t] / t)
    y[t] ~ normal(h[t]) weight (1 if t > 2 else 0.5)
"""


#: The same with `loss` statements: sums over points, and penalties that count once.
STATED = f"""{OWN}    loss 0.1 * sum(h[t] @ h[t] over t) - 0.3 * sum(a @ x[t] over t) / 7
    loss 0.5 * a @ (W @ a) + a @ a
"""
#: Without targets and outputs.
LOSSES = OWN.replace("    target y[t] : n\n", "").replace("U @ y[t-2]", "U @ x[t-1]").partition("    y[t] ~")[0] + (
    "    loss sum(h[t] @ x[t] over t) + a @ a\n"
)


def program_of(name: str) -> rnndsl.Program:
    if name in {"own", "stated", "losses"}:
        text = {"own": OWN, "stated": STATED, "losses": LOSSES}[name]
        return rnndsl.compile(text, dtype="float64", modes=MODES)
    path = data_folder("specs") / "models" / f"{name}.rnn"
    open_dims = {n: 4 for n, value in rnndsl.compile(path).graph.dims.items() if value is None}
    return rnndsl.compile(path, dims=open_dims | MODELS[name], dtype="float64", modes=MODES)


def case_of(program: rnndsl.Program) -> tuple[dict[str, Any], dict[str, Any], dict[str, list[int]]]:
    rng = np.random.default_rng(0)
    lengths = [9, 1, 5]
    data: dict[str, Any] = {}
    for name, info in program.inputs.items():
        shape = [size.evaluate(program.dims) for size in info.shape]
        if info.token is not None:
            data[name] = [
                rng.integers(info.token.evaluate(program.dims), size=n if info.domain else ()) for n in lengths
            ]
        else:
            data[name] = [rng.normal(size=([n] if info.domain else []) + shape) for n in lengths]
    params = {name: array + 0.3 * rng.normal(size=array.shape) for name, array in program.init(seed=0).items()}
    return params, data, {"t": lengths}


@pytest.mark.parametrize("name", [*MODELS, "own", "stated", "losses"])
def test_gradients_are_those_of_the_whole(name: str) -> None:
    program = program_of(name)
    params, data, lengths = case_of(program)
    loss, grads = program.loss_and_grad(params, data, lengths=lengths)
    for checkpoint in (1, 4, "sqrt", 100):
        ours, found = program.loss_and_grad(params, data, lengths=lengths, checkpoint=checkpoint)
        assert ours == pytest.approx(loss, rel=1e-12)
        assert ours.terms.keys() == loss.terms.keys()
        assert found.keys() == grads.keys()
        for key, array in grads.items():
            assert np.abs(array).max() > 0
            np.testing.assert_allclose(found[key], array, rtol=1e-9, atol=1e-11, err_msg=f"{key}, {checkpoint}")


def test_chunks_carry_from_one_to_the_next() -> None:
    """The same truncated gradients as without checkpoints, chunk by chunk."""
    program = program_of("own")
    params, data, _ = case_of(program)
    data = {name: np.stack([value[0], value[0] * 0.5]) for name, value in data.items()}
    plain: Any = {}
    ours: Any = {}
    for start in (0, 4):
        chunk = {name: value[:, start : start + 4] for name, value in data.items()}
        loss, grads, plain = program.loss_and_grad(params, chunk, carry=plain)
        found = program.loss_and_grad(params, chunk, carry=ours, checkpoint=3)
        assert found[0] == pytest.approx(loss, rel=1e-12)
        for key in grads:
            np.testing.assert_allclose(found[1][key], grads[key], rtol=1e-9, atol=1e-12)
        ours = found[2]
    with pytest.raises(DataError, match="the carry"):
        program.loss_and_grad(params, chunk, carry=plain, checkpoint=3)


def test_the_buffers_are_those_of_a_segment() -> None:
    path = data_folder("specs") / "models" / "char_lstm.rnn"
    program = rnndsl.compile(path, dims={"vocab": 7, "hidden": 8}, modes=MODES)
    data = {"y": np.zeros((1, 10_000), np.int64)}
    program.loss_and_grad(program.init(0), data, checkpoint="sqrt")
    spaces = [space for name in ("advance", "retrace") for space in program._module["POOLS"][name]]  # noqa: SLF001
    largest = max(len(array) for space in spaces for array in space.buffers.values())
    assert largest <= 101 * 4 * 8, "the gates of 100 points, and a halo"


def test_dropout_masks_are_the_same_on_the_way_back() -> None:
    text = OWN.replace("tanh(W @ h[t-1]", "tanh(W @ dropout(h[t-1], 0.5)")
    program = rnndsl.compile(text, dtype="float64", modes=MODES)
    params, data, lengths = case_of(program)
    loss, grads = program.loss_and_grad(params, data, lengths=lengths, checkpoint=3, noise=1)
    step, direction = 1e-6, {name: np.cos(np.arange(array.size)).reshape(array.shape) for name, array in params.items()}
    moved = [{n: a + sign * step * direction[n] for n, a in params.items()} for sign in (1, -1)]
    ends = [float(program.loss_and_grad(p, data, lengths=lengths, checkpoint=3, noise=1)[0]) for p in moved]
    slope = sum(float((grads[name] * direction[name]).sum()) for name in grads)
    assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(slope, rel=1e-6)
    assert loss != program.loss_and_grad(params, data, lengths=lengths)[0]


def test_models_that_cannot_be_cut_are_refused() -> None:
    reasons = {
        "tagger": "looks ahead",
        "stack_rnn": "by a range",
        "tree_lstm": "no sequence",
        "seq2seq": "other sequences",
    }
    for name, reason in reasons.items():
        with pytest.raises(DataError, match=reason):
            rnndsl.compile(data_folder("specs") / "models" / f"{name}.rnn", modes=MODES)
    stated = {
        "loss sum(h[t] @ a over t) ^ 2": "sums over all",
        "loss mean(h[t] @ h[t] over t)": "sums over all",
        "loss last(h[t] over t) @ a": "a fixed point",
        "s = sum(h[t] over t)\n    loss s @ a + sum(s @ h[t] over t)": "sums over all",
        "loss sum(h[t] @ a over t) * a @ sum(h[t] over t)": "sums over all",
    }
    for lines, reason in stated.items():
        with pytest.raises(DataError, match=reason):
            rnndsl.compile(f"{OWN}    {lines}\n", modes=MODES)


def test_only_gradients_of_parameters_and_only_where_it_was_asked_for() -> None:
    program = program_of("own")
    params, data, lengths = case_of(program)
    with pytest.raises(DataError, match="of parameters only"):
        program.loss_and_grad(params, data, lengths=lengths, wrt="all", checkpoint=3)
    with pytest.raises(DataError, match='without mode "checkpoint"'):
        rnndsl.compile(OWN).loss_and_grad(params, data, lengths=lengths, checkpoint=3)


@pytest.mark.parametrize("given", [0, -1, 2.5, "root", True])
def test_what_is_no_segment_is_refused(given: object) -> None:
    with pytest.raises(DataError, match="checkpoint is"):
        check_checkpoint(given)
